package dryrun

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr/testr"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/serviceaccount"
	"github.com/carillon-dev/carillon/trigger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var pods = corev1.Resource("pods")

// request is a create that the API server was sent.
type request struct {
	at              time.Time
	namespace, name string
	image           string
}

// bench is a Checker with the API server that it talks to.
type bench struct {
	*Checker

	mu sync.Mutex
	// answer is what the API server answers.
	answer   func(ctx context.Context, pod *corev1.Pod) error
	requests []request
	changed  []string // the names of the Tasks whose verdict changed
}

// newBench returns a bench that runs until the test ends.
func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{answer: func(context.Context, *corev1.Pod) error { return nil }}
	server := fake.NewClientBuilder().WithInterceptorFuncs(interceptor.Funcs{
		Create: func(ctx context.Context, _ client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
			if o := (&client.CreateOptions{}).ApplyOptions(opts); !cmp.Equal(o.DryRun, []string{metav1.DryRunAll}) {
				t.Errorf("a create with dryRun %q", o.DryRun)
			}
			pod := obj.(*corev1.Pod)
			b.mu.Lock()
			b.requests = append(b.requests, request{time.Now(), pod.Namespace, pod.Name, pod.Spec.Containers[0].Image})
			answer := b.answer
			b.mu.Unlock()
			return answer(ctx, pod)
		},
	}).Build()
	b.Checker = New(Config{
		Client: server, Clock: clock.RealClock{}, MaxInFlight: 2, Log: testr.New(t),
		Changed: func(_ context.Context, key model.Key) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.changed = append(b.changed, key.Name)
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return b
}

// answers sets what the API server answers.
func (b *bench) answers(answer func(ctx context.Context, pod *corev1.Pod) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = answer
}

// sent returns the creates so far.
func (b *bench) sent() []request {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.requests)
}

// reported returns the Tasks whose verdict has changed so far.
func (b *bench) reported() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.changed)
}

// snapshot returns a Task that runs every hour.
func snapshot(t *testing.T, namespace, name, image string) model.Snapshot {
	t.Helper()
	tr, err := trigger.Compile(trigger.Spec{Schedule: "@hourly"}, trigger.Options{Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return model.Snapshot{Task: model.Task{
		Key: model.Key{Namespace: namespace, Name: name, UID: "uid-" + namespace + "-" + name}, Trigger: tr, ActionHash: "v1-" + image,
		Payload: &payload.Action{Scheduler: "default", Pod: &corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			Containers: []corev1.Container{{Name: "main", Image: image}},
		}}},
	}}
}

// verdict is the Checker's of a Task.
func (b *bench) verdict(snap model.Snapshot) payload.Verdict {
	v, _ := b.Verdict(snap.Task.UID, snap.Task.ActionHash)
	return v
}

func TestA7_NewTemplateIsChecked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, snap := newBench(t), snapshot(t, "ns", "report", "image:1")
		b.Ensure(snap)
		b.Ensure(snap)
		time.Sleep(firstDelay + time.Hour)
		slot, _ := snap.Task.Trigger.Next(b.sent()[0].at)
		want := []request{{
			at: time.Date(2000, 1, 1, 0, 0, 2, 0, time.Local), namespace: "ns", image: "image:1",
			name: model.AttemptName(snap.Task.Key, model.RunRef{Source: model.SourceScheduled, Slot: slot.Unix()}, 1, ""),
		}}
		if diff := cmp.Diff(want, b.sent(), cmp.AllowUnexported(request{})); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		if got := b.verdict(snap); got != (payload.Verdict{Accepted: true}) {
			t.Errorf("verdict %+v, want Accepted", got)
		}
		if diff := cmp.Diff([]string{"report"}, b.reported()); diff != "" {
			t.Errorf("changed (-want +got):\n%s", diff)
		}
	})
}

func TestA7_Verdicts(t *testing.T) {
	t.Parallel()
	terminating := apierrors.NewForbidden(pods, "x", errors.New("unable to create new content in namespace ns because it is being terminated"))
	terminating.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: corev1.NamespaceTerminatingCause}}
	tests := map[string]struct {
		answer error
		want   payload.Verdict
	}{
		"accepted":               {nil, payload.Verdict{Accepted: true}},
		"a Pod has the name":     {apierrors.NewAlreadyExists(pods, "x"), payload.Verdict{Accepted: true}},
		"a webhook with effects": {apierrors.NewBadRequest(`admission webhook "a" does not support dry run`), payload.Verdict{Accepted: true}},
		"invalid": {
			apierrors.NewInvalid(corev1.SchemeGroupVersion.WithKind("Pod").GroupKind(), "report-1", field.ErrorList{
				field.NotFound(field.NewPath("spec", "containers").Index(0).Child("volumeMounts").Index(0).Child("name"), "nowhere"),
			}),
			payload.Verdict{Refused: `spec.containers[0].volumeMounts[0].name: Not found: "nowhere"`},
		},
		"Pod Security": {
			apierrors.NewForbidden(pods, "report-1", errors.New(`violates PodSecurity "restricted:latest": runAsNonRoot != true`)),
			payload.Verdict{Refused: `violates PodSecurity "restricted:latest": runAsNonRoot != true`},
		},
		"no permission": {
			apierrors.NewForbidden(pods, "", errors.New(`User "a" cannot create resource "pods"`)),
			payload.Verdict{Refused: `pods is forbidden: User "a" cannot create resource "pods"`},
		},
		"ServiceAccount not found": {
			apierrors.NewForbidden(pods, "report-1", errors.New(`error looking up service account ns/nobody: serviceaccount "nobody" not found`)),
			payload.Verdict{Refused: `error looking up service account ns/nobody: serviceaccount "nobody" not found`},
		},
		"the namespace is new": {
			apierrors.NewForbidden(pods, "report-1", errors.New(`error looking up service account ns/default: serviceaccount "default" not found`)),
			payload.Verdict{Delayed: `error looking up service account ns/default: serviceaccount "default" not found`},
		},
		"the namespace is being deleted": {
			terminating, payload.Verdict{Delayed: "unable to create new content in namespace ns because it is being terminated"},
		},
		"quota": {
			apierrors.NewForbidden(pods, "report-1", errors.New("exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0")),
			payload.Verdict{Delayed: "exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0"},
		},
		"webhook unavailable": {
			apierrors.NewInternalError(errors.New(`failed calling webhook "policy.example": connection refused`)),
			payload.Verdict{Delayed: `Internal error occurred: failed calling webhook "policy.example": connection refused`},
		},
		"webhook denied": {
			apierrors.NewForbidden(pods, "report-1", errors.New("admission webhook \"policy.example\" denied the request: no")),
			payload.Verdict{Refused: `admission webhook "policy.example" denied the request: no`},
		},
		"no time":             {apierrors.NewTooManyRequests("busy", 1), payload.Verdict{}},
		"not reachable":       {errors.New("dial tcp 10.96.0.1:443: connect: connection refused"), payload.Verdict{}},
		"credentials expired": {apierrors.NewUnauthorized("token has expired"), payload.Verdict{}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, snap := newBench(t), snapshot(t, "ns", "report", "image:1")
				b.answers(func(context.Context, *corev1.Pod) error { return tc.answer })
				b.Ensure(snap)
				time.Sleep(firstDelay)
				synctest.Wait()
				if diff := cmp.Diff(tc.want, b.verdict(snap)); diff != "" {
					t.Errorf("verdict (-want +got):\n%s", diff)
				}
				b.answers(func(context.Context, *corev1.Pod) error { return nil })
				time.Sleep(firstRecheck)
				synctest.Wait()
				if got := b.verdict(snap); !got.Accepted {
					t.Errorf("after what was in the way is gone: verdict %+v, want Accepted", got)
				}
			})
		})
	}
}

// A Task with a ServiceAccount is checked as that, and rights that are missing do not stall it:
// the next run may have them.
func TestA7_MissingRightsAreAWarning(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer error
		want   string
	}{
		"of the manager": {
			apierrors.NewForbidden(corev1.Resource("serviceaccounts"), "reports", errors.New(`User "m" cannot impersonate resource "serviceaccounts" in API group ""`)),
			"the manager may not act as it",
		},
		"of the account": {
			apierrors.NewForbidden(pods, "", errors.New(`User "system:serviceaccount:ns:reports" cannot create resource "pods" in API group ""`)), "it may not create pods",
		},
		"the account": {
			apierrors.NewForbidden(pods, "x", errors.New(`error looking up service account ns/reports: serviceaccount "reports" not found`)), "it does not exist",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, snap := newBench(t), snapshot(t, "ns", "report", "image:1")
				payload.Of(snap.Task).ServiceAccount = "reports"
				b.answers(func(ctx context.Context, pod *corev1.Pod) error {
					if as, _ := serviceaccount.Of(ctx); as != (serviceaccount.Account{Namespace: "ns", Name: "reports"}) || pod.Spec.ServiceAccountName != "reports" {
						t.Errorf("checked as %+v, a Pod of %q", as, pod.Spec.ServiceAccountName)
					}
					return tc.answer
				})
				b.Ensure(snap)
				time.Sleep(firstDelay)
				synctest.Wait()
				if got := b.verdict(snap); !strings.Contains(got.Delayed, tc.want) || got.Refused != "" {
					t.Errorf("verdict %+v, want a delay: %s", got, tc.want)
				}
			})
		})
	}
}

// A7: a webhook that does not answer is a warning.
func TestA7_NoAnswerIsAVerdict(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, snap := newBench(t), snapshot(t, "ns", "report", "image:1")
		b.answers(func(ctx context.Context, _ *corev1.Pod) error { <-ctx.Done(); return ctx.Err() })
		b.Ensure(snap)
		time.Sleep(firstDelay + requestTimeout)
		synctest.Wait()
		if got := b.verdict(snap); !strings.Contains(got.Delayed, "no answer within 15s") {
			t.Errorf("verdict %+v, want a delay for want of an answer", got)
		}
	})
}

func TestA7_RefusedTemplateIsCheckedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, snap := newBench(t), snapshot(t, "ns", "report", "image:1")
		b.answers(func(context.Context, *corev1.Pod) error { return apierrors.NewBadRequest("no") })
		b.Ensure(snap)
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := len(b.sent()); n < 12 || n > 20 {
			t.Errorf("%d checks in an hour, want some, further and further apart", n)
		}
		if diff := cmp.Diff([]string{"report"}, b.reported()); diff != "" {
			t.Errorf("changed (-want +got):\n%s", diff)
		}
		// An edit is checked soon, and only its last version.
		for i := range 3 {
			snap = snapshot(t, "ns", "report", fmt.Sprint("image:", 2+i))
			b.Ensure(snap)
		}
		before := len(b.sent())
		time.Sleep(firstDelay)
		synctest.Wait()
		if len(b.sent()) != before+1 || b.sent()[before].image != "image:4" {
			t.Errorf("after an edit: %+v, want one check of image:4", b.sent()[before:])
		}
	})
}

// A restart does not send a dry run for each of the Tasks.
func TestA7_AcceptedTemplateIsNotCheckedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for i := range 20_000 {
			snap := snapshot(t, "ns", fmt.Sprint("report-", i), "image:1")
			snap.Record.AcceptedAction = snap.Task.ActionHash
			b.Ensure(snap)
		}
		call := snapshot(t, "ns", "call", "image:1")
		call.Task.Payload = &payload.Action{Scheduler: "default", HTTP: &payload.HTTP{URL: "https://hooks.example"}}
		b.Ensure(call)
		time.Sleep(time.Hour)
		if len(b.sent()) > 0 {
			t.Errorf("%d checks, want none", len(b.sent()))
		}
	})
}

// A template that a run was created from, or whose Task is gone, is not checked.
func TestA7_UnnecessaryCheckIsNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, run, gone := newBench(t), snapshot(t, "ns", "run", "image:1"), snapshot(t, "ns", "gone", "image:1")
		b.Ensure(run)
		b.Ensure(gone)
		b.Accept(run.Task)
		b.Accept(run.Task)
		b.Forget(model.Key{Namespace: "ns", Name: "gone"})
		time.Sleep(time.Hour)
		if len(b.sent()) > 0 || !b.verdict(run).Accepted {
			t.Errorf("%d checks, verdict %+v; want none and Accepted", len(b.sent()), b.verdict(run))
		}
		if diff := cmp.Diff([]string{"run"}, b.reported()); diff != "" {
			t.Errorf("changed (-want +got):\n%s", diff)
		}
	})
}

// E2: namespaces whose admission webhook does not answer do not hold up the others, however
// many Tasks and namespaces that are.
func TestE2_SlowNamespaceDelaysNoOther(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ namespaces, tasks int }{
		"many Tasks of one": {1, 200},
		"many namespaces":   {20, 3},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.answers(func(ctx context.Context, pod *corev1.Pod) error {
					if pod.Namespace == "other" {
						return nil
					}
					<-ctx.Done()
					return ctx.Err()
				})
				for i := range tc.namespaces {
					for j := range tc.tasks {
						b.Ensure(snapshot(t, fmt.Sprint("slow-", i), fmt.Sprint("report-", j), "image:1"))
					}
				}
				for _, wait := range []time.Duration{0, time.Minute, 10 * time.Minute} {
					time.Sleep(wait)
					snap := snapshot(t, "other", fmt.Sprint("report-", wait), "image:1")
					b.Ensure(snap)
					time.Sleep(firstDelay + time.Duration(tc.namespaces/2)*slowAfter)
					synctest.Wait()
					if !b.verdict(snap).Accepted {
						t.Errorf("after %s: no verdict for a Task of another namespace", wait)
					}
				}
			})
		})
	}
}

// E2: a namespace with many Tasks that are applied at once leaves room for the others.
func TestE2_NamespacesTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.answers(func(context.Context, *corev1.Pod) error { time.Sleep(100 * time.Millisecond); return nil })
		for j := range 1000 {
			b.Ensure(snapshot(t, "many", fmt.Sprint("report-", j), "image:1"))
		}
		snap := snapshot(t, "other", "report", "image:1")
		b.Ensure(snap)
		time.Sleep(firstDelay + time.Second)
		synctest.Wait()
		if !b.verdict(snap).Accepted {
			t.Error("no verdict for a Task of another namespace after a second")
		}
		time.Sleep(101 * time.Second)
		synctest.Wait()
		if len(b.sent()) != 1001 {
			t.Errorf("%d checks, want 1001", len(b.sent()))
		}
	})
}

// S8: nothing is sent once the lease is no longer held.
func TestS8_NothingIsCheckedAfterTheLeaseIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		ctx, cancel := context.WithCancel(t.Context())
		follower := New(b.cfg)
		done := make(chan struct{})
		go func() { follower.Run(ctx); close(done) }()
		follower.Ensure(snapshot(t, "ns", "report", "image:1"))
		cancel()
		<-done
		time.Sleep(time.Hour)
		if len(b.sent()) > 0 {
			t.Errorf("%d checks, want none", len(b.sent()))
		}
	})
}

// E2: a panic over one template says nothing of it, and leaves the others alone.
func TestE2_PanicSaysNothingOfTheTemplate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		bad, good := snapshot(t, "ns", "bad", "image:1"), snapshot(t, "ns", "good", "image:2")
		b.answers(func(_ context.Context, pod *corev1.Pod) error {
			if pod.Spec.Containers[0].Image == "image:1" {
				panic("bad data")
			}
			return nil
		})
		b.Ensure(bad)
		b.Ensure(good)
		time.Sleep(firstDelay)
		synctest.Wait()
		if !b.verdict(good).Accepted || b.verdict(bad) != (payload.Verdict{}) {
			t.Errorf("verdicts %+v and %+v, want none of the bad one and Accepted", b.verdict(bad), b.verdict(good))
		}
		b.answers(func(context.Context, *corev1.Pod) error { return nil })
		time.Sleep(firstRecheck)
		synctest.Wait()
		if !b.verdict(bad).Accepted {
			t.Error("it is not checked again")
		}
	})
}
