package pod_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/executor/pod"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/serviceaccount"
)

// account makes a Task act as a ServiceAccount.
func account(name string) func(*model.Task) {
	return func(t *model.Task) {
		t.Payload = &payload.Action{Scheduler: "default", Pod: template(), ServiceAccount: name}
	}
}

// A Pod is created as the account. The rest, which must not depend on its rights, is done by
// the manager.
func TestAccount_CreatesAndNothingElse(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		task model.Task
		want string
	}{
		"of an account":  {taskOf(account("reports")), "reports"},
		"of the manager": {taskOf(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, run := newServer(t), runAt(time.Now())
				s.onCreate = func(ctx context.Context, n int) error {
					if as, _ := serviceaccount.Of(ctx); as.Name != tc.want || tc.want != "" && as.Namespace != theKey.Namespace {
						t.Errorf("created as %+v, want %q", as, tc.want)
					}
					if n == 1 {
						return errAway // so that it is looked for
					}
					return nil
				}
				others := func(ctx context.Context, _ int) error {
					if as, ok := serviceaccount.Of(ctx); ok {
						t.Errorf("another request as %+v", as)
					}
					return nil
				}
				s.onGet, s.onDelete = others, others
				e := s.executor(t, 1)
				e.Start(t.Context(), tc.task, run)
				time.Sleep(time.Minute)
				e.Adopt(t.Context(), tc.task, run)
				synctest.Wait()
				e.Stop(t.Context(), tc.task, run)
				time.Sleep(time.Minute)
				if len(s.created()) != 2 || len(s.read()) == 0 || len(s.deleted()) == 0 {
					t.Errorf("%d creates, %d reads, %d deletes", len(s.created()), len(s.read()), len(s.deleted()))
				}
			})
		})
	}
}

// A right that is missing ends the run at once. What may pass is waited for.
func TestAccount_Refusals(t *testing.T) {
	t.Parallel()
	const own = `User "system:serviceaccount:reports:reports" cannot create resource "pods" in API group "" in the namespace "reports"`
	for name, tc := range map[string]struct {
		account string
		err     error
		reason  string // empty: it is tried again
		message string
	}{
		"the manager may not impersonate": {
			"reports", apierrors.NewForbidden(corev1.Resource("serviceaccounts"), "reports", errors.New(`User "m" cannot impersonate resource "serviceaccounts" in API group ""`)),
			v1alpha1.ReasonServiceAccountForbidden, "the manager may not act as it",
		},
		"the account may not create Pods": {"reports", apierrors.NewForbidden(pods, "", errors.New(own)), v1alpha1.ReasonServiceAccountForbidden, "it may not create pods"},
		"the account does not exist": {
			"reports", apierrors.NewForbidden(pods, "x", errors.New(`error looking up service account reports/reports: serviceaccount "reports" not found`)),
			v1alpha1.ReasonServiceAccountForbidden, "it does not exist",
		},
		"an account of the template does not exist": {
			"reports", apierrors.NewForbidden(pods, "x", errors.New(`error looking up service account reports/other: serviceaccount "other" not found`)), "", "",
		},
		"a quota":                    {"reports", errQuota, "", ""},
		"Pod Security":               {"reports", apierrors.NewForbidden(pods, "x", errors.New(`violates PodSecurity "restricted:latest"`)), v1alpha1.ReasonPodRejected, "violates PodSecurity"},
		"a Task of the manager":      {"", apierrors.NewForbidden(pods, "", errors.New(own)), v1alpha1.ReasonPodRejected, "cannot create"},
		"the namespace has none yet": {"", apierrors.NewForbidden(pods, "x", errors.New(`error looking up service account reports/default: serviceaccount "default" not found`)), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, run := newServer(t), runAt(time.Now())
				s.onCreate = always(tc.err)
				s.executor(t, 1).Start(t.Context(), taskOf(account(tc.account)), run)
				time.Sleep(time.Minute)
				got := s.settled()
				if tc.reason == "" {
					if len(got) > 0 || len(s.created()) < 5 {
						t.Errorf("%d creates, reports %+v; want it tried again", len(s.created()), got)
					}
					return
				}
				if len(got) != 1 || got[0].Obs.Reason != tc.reason || !strings.Contains(got[0].Obs.Message, tc.message) || !got[0].Obs.Permanent || len(s.created()) != 1 {
					t.Errorf("%d creates, reports %+v; want one that says %s: %s", len(s.created()), got, tc.reason, tc.message)
				}
			})
		})
	}
}

func TestRender_RunsAsTheAccount(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spec    func(*corev1.PodSpec)
		account string
		want    string
	}{
		"of the Task":                       {func(*corev1.PodSpec) {}, "reports", "reports"},
		"of the template":                   {func(s *corev1.PodSpec) { s.ServiceAccountName = "worker" }, "reports", "worker"},
		"of the template, by the old field": {func(s *corev1.PodSpec) { s.DeprecatedServiceAccount = "worker" }, "reports", ""},
		"of neither":                        {func(*corev1.PodSpec) {}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := template()
			tc.spec(&own.Spec)
			got := pod.Render(pod.Request{Key: theKey, Scheduler: "default", Template: own, ServiceAccount: tc.account, Run: runAt(time.Now())})
			if got.Spec.ServiceAccountName != tc.want {
				t.Errorf("serviceAccountName %q, want %q", got.Spec.ServiceAccountName, tc.want)
			}
		})
	}
}
