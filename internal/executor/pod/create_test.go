package pod_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/executor/pod"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// What the API server answers.
var (
	errQuota   = apierrors.NewForbidden(pods, "x", errors.New("exceeded quota: compute, requested: pods=1, used: pods=5, limited: pods=5"))
	errWebhook = apierrors.NewInternalError(errors.New(`failed calling webhook "policy.example": connection refused`))
	errAway    = errors.New("dial tcp 10.96.0.1:443: connect: connection refused")
)

func grace(d time.Duration) func(*model.Task) {
	return func(t *model.Task) { t.Grace = d }
}

func startTimeout(d time.Duration) func(*model.Task) {
	return func(t *model.Task) { t.StartTimeout = d }
}

// always gives the same answer to each request.
func always(err error) func(context.Context, int) error {
	return func(context.Context, int) error { return err }
}

// first gives an answer to the first n requests.
func first(n int, err error) func(context.Context, int) error {
	return func(_ context.Context, i int) error {
		if i <= n {
			return err
		}
		return nil
	}
}

func TestStartCreatesThePod(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s, run := newServer(t), runAt(time.Now())
		time.Sleep(3 * time.Second)
		s.executor(t, 1).Start(ctx, taskOf(grace(3*time.Second)), run)
		s.wantReports(t, seen(run, model.Observation{Phase: model.PhaseCreated, Start: time.Now()}))
		if diff := cmp.Diff([]string{run.Name}, s.names(t)); diff != "" {
			t.Errorf("Pods (-want +got):\n%s", diff)
		}
		if len(s.read()) > 0 {
			t.Errorf("a Pod that was created at once cost %d reads", len(s.read()))
		}
	})
}

func TestStartTwiceCreatesOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s, run := newServer(t), runAt(time.Now())
		s.onCreate = func(context.Context, int) error { time.Sleep(time.Second); return nil }
		e := s.executor(t, 5)
		e.Start(ctx, taskOf(), run)
		e.Start(ctx, taskOf(), run)
		time.Sleep(time.Minute)
		s.wantReports(t, seen(run, model.Observation{Phase: model.PhaseCreated, Start: run.Start}))
		if len(s.created()) != 1 {
			t.Errorf("%d creates, want 1", len(s.created()))
		}
	})
}

func TestR3_LateIsNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s, run := newServer(t), runAt(time.Now())
		time.Sleep(31 * time.Second)
		s.executor(t, 1).Start(ctx, taskOf(grace(30*time.Second)), run)
		s.wantReports(t, seen(run, model.Observation{
			Phase: model.PhaseMisfired, Message: model.GraceMessage(31*time.Second, 30*time.Second),
		}))
		if len(s.created()) > 0 {
			t.Error("a Pod was created after the grace period")
		}
	})
}

// R3: only a run's first attempt can be late.
func TestR3_LaterAttemptIsNeverLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s, run := newServer(t), runAt(time.Now())
		run.Attempt = 2
		run.Name = model.AttemptName(theKey, run.Ref(), 2, run.Nonce)
		time.Sleep(time.Minute)
		s.executor(t, 1).Start(ctx, taskOf(grace(30*time.Second)), run)
		s.wantReports(t, seen(run, model.Observation{Phase: model.PhaseCreated, Start: time.Now()}))
	})
}

// R3: what a predecessor created in time is not late because it is found later.
func TestR3_AdoptedIsNotLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		run := runAt(time.Now())
		began := time.Now().UTC()
		s := newServer(t, podOf(run, phase(corev1.PodRunning, running("main", began))))
		time.Sleep(time.Hour)
		s.executor(t, 1).Start(ctx, taskOf(grace(30*time.Second)), run)
		s.wantReports(t, seen(run, model.Observation{Phase: model.PhaseRunning, Start: began}))
	})
}

// R3: the grace period is over while the Pod could not be created. The last try
// is made in time, and none after it.
func TestR3_LateAfterTrying(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s, run := newServer(t), runAt(time.Now())
		s.onCreate = always(errQuota)
		s.executor(t, 1).Start(ctx, taskOf(grace(30*time.Second)), run)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		reports := s.settled()
		if len(reports) != 1 || reports[0].Obs.Phase != model.PhaseMisfired || !strings.Contains(reports[0].Obs.Message, "exceeded quota: compute") {
			t.Fatalf("reports %v, want one Late with the last error", reports)
		}
		limit := run.Due.Add(30 * time.Second)
		if last := s.created()[len(s.created())-1]; !last.Equal(limit) {
			t.Errorf("the last try was %s after the slot was due, want at the end of the grace period", last.Sub(run.Due))
		}
		if at := reports[0].At; !at.After(limit) || at.After(limit.Add(12*time.Second)) {
			t.Errorf("reported %s after the slot was due", at.Sub(run.Due))
		}
	})
}

func TestE2_TriesAgain(t *testing.T) {
	t.Parallel()
	unavailable := apierrors.NewServiceUnavailable("etcd leader changed")
	tests := map[string]error{
		"quota":               errQuota,
		"quota not counted":   apierrors.NewForbidden(pods, "x", errors.New("status unknown for quota: compute, resources: pods")),
		"quota changed":       apierrors.NewConflict(corev1.Resource("resourcequotas"), "compute", errors.New("changed")),
		"no service account":  apierrors.NewForbidden(pods, "x", errors.New(`error looking up service account reports/default: serviceaccount "default" not found`)),
		"too many requests":   apierrors.NewTooManyRequestsError("busy"),
		"internal error":      apierrors.NewInternalError(errors.New("failed calling webhook")),
		"server timeout":      apierrors.NewServerTimeout(pods, "create", 0),
		"request timeout":     apierrors.NewTimeoutError("timed out", 0),
		"unavailable":         unavailable,
		"wrapped":             fmt.Errorf("sending: %w", unavailable),
		"credentials expired": apierrors.NewUnauthorized("token has expired"),
		"not reachable":       errAway,
		"no answer":           context.DeadlineExceeded,
	}
	for name, refusal := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				s, run := newServer(t), runAt(time.Now())
				s.onCreate = first(4, refusal)
				s.executor(t, 1).Start(ctx, taskOf(), run)
				time.Sleep(time.Minute)
				synctest.Wait()
				if len(s.created()) != 5 {
					t.Fatalf("%d creates, want 5", len(s.created()))
				}
				s.wantReports(t, seen(run, model.Observation{Phase: model.PhaseCreated, Start: s.created()[4]}))
				if diff := cmp.Diff([]string{run.Name}, s.names(t)); diff != "" {
					t.Errorf("Pods (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestTriesAgainAfterAWhile(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		refusal            error
		wantFirst, wantMax time.Duration
	}{
		"at its own pace":          {errQuota, 200 * time.Millisecond, 12 * time.Second},
		"as the API server wishes": {apierrors.NewTooManyRequests("busy", 15), 15 * time.Second, 16 * time.Second},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				s := newServer(t)
				s.onCreate = always(tc.refusal)
				s.executor(t, 1).Start(ctx, taskOf(startTimeout(0)), runAt(time.Now()))
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				var gaps []time.Duration
				for i := range len(s.created()) - 1 {
					gaps = append(gaps, s.created()[i+1].Sub(s.created()[i]))
				}
				if len(gaps) < 15 || gaps[0] < tc.wantFirst || gaps[0] > 2*tc.wantFirst {
					t.Fatalf("gaps between the tries: %v", gaps)
				}
				for i, gap := range gaps[1:] {
					if gap > tc.wantMax || gap < min(gaps[i], 10*time.Second) {
						t.Errorf("gaps between the tries: %v", gaps)
						break
					}
				}
			})
		})
	}
}

// A8: while a create is tried again, the API server's last words are reported within
// seconds, and again when they change.
func TestA8_RefusalIsReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s, run := newServer(t), runAt(time.Now())
		s.onCreate = func(_ context.Context, n int) error {
			switch {
			case n < 8:
				return errQuota
			case n < 12:
				return errWebhook
			default:
				return nil
			}
		}
		s.executor(t, 1).Start(ctx, taskOf(), run)
		time.Sleep(2 * time.Minute)
		s.wantReports(t, seen(run, model.Observation{Phase: model.PhaseCreated, Start: s.created()[11]}))
		delays := s.delays()
		if len(delays) != 2 {
			t.Fatalf("reports of delays: %v, want one of the quota and one of the webhook", delays)
		}
		if !delays[0].Obs.NotCreated || !delays[1].Obs.NotCreated {
			t.Error("it is not said that the Pod does not exist")
		}
		if late := delays[0].At.Sub(run.Start); late > 2*time.Second || !strings.Contains(delays[0].Obs.Message, "so far: exceeded quota: compute") {
			t.Errorf("after %s: %q, want the quota within 2 s, without the name of the Pod", late, delays[0].Obs.Message)
		}
		if !delays[1].At.Equal(s.created()[7]) || !strings.Contains(delays[1].Obs.Message, "failed calling webhook") {
			t.Errorf("at %s: %q, want the webhook at %s", delays[1].At, delays[1].Obs.Message, s.created()[7])
		}
	})
}

// A8: the API server asks to wait for longer than people wait for a word.
func TestA8_RefusalIsReportedBeforeALongWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, run := newServer(t), runAt(time.Now())
		s.onCreate = always(apierrors.NewTooManyRequests("busy", 15))
		s.executor(t, 1).Start(t.Context(), taskOf(), run)
		synctest.Wait()
		if delays := s.delays(); len(delays) != 1 || !strings.Contains(delays[0].Obs.Message, "busy") {
			t.Errorf("reports of delays: %v, want one at once", delays)
		}
	})
}

// A refusal that passes at once, as when two Pods count against one quota, is worth no write.
func TestBriefRefusalIsNotReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, run := newServer(t), runAt(time.Now())
		s.onCreate = first(2, apierrors.NewConflict(corev1.Resource("resourcequotas"), "compute", errors.New("changed")))
		s.executor(t, 1).Start(t.Context(), taskOf(), run)
		time.Sleep(time.Minute)
		synctest.Wait()
		if delays := s.delays(); len(delays) != 0 {
			t.Errorf("reports of delays: %v, want none", delays)
		}
	})
}

func TestE2_StartTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s, run := newServer(t), runAt(time.Now())
		s.onCreate = always(errQuota)
		s.executor(t, 1).Start(ctx, taskOf(startTimeout(time.Minute)), run)
		time.Sleep(time.Minute - time.Nanosecond) // before the core gives it up
		synctest.Wait()
		reports := s.settled()
		if len(reports) != 1 {
			t.Fatalf("reports %v, want one", reports)
		}
		s.wantReports(t, seen(run, model.Observation{
			Phase: model.PhaseFinished, Outcome: model.Failed, Reason: v1alpha1.ReasonStartTimeout, Finish: reports[0].At, NotCreated: true,
			Message: "It could not be created within the startTimeout of 1m0s: " + pod.Words(errQuota),
		}))
	})
}

func TestE2_Rejected(t *testing.T) {
	t.Parallel()
	terminating := apierrors.NewForbidden(pods, "x", errors.New("unable to create new content in namespace reports because it is being terminated"))
	terminating.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: corev1.NamespaceTerminatingCause}}
	tests := map[string]error{
		"invalid": apierrors.NewInvalid(corev1.SchemeGroupVersion.WithKind("Pod").GroupKind(), "x",
			field.ErrorList{field.Required(field.NewPath("spec", "containers"), "")}),
		"pod security":          apierrors.NewForbidden(pods, "x", errors.New(`violates PodSecurity "restricted:latest": runAsNonRoot != true`)),
		"quota wants a limit":   apierrors.NewForbidden(pods, "x", errors.New("failed quota: compute: must specify limits.cpu for: main")),
		"no permission":         apierrors.NewForbidden(pods, "x", errors.New(`User "system:serviceaccount:carillon:manager" cannot create resource "pods"`)),
		"namespace terminating": terminating,
		"namespace gone":        apierrors.NewNotFound(corev1.Resource("namespaces"), "reports"),
		"webhook said no":       apierrors.NewBadRequest("admission webhook denied the request"),
	}
	for name, refusal := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				s, run := newServer(t), runAt(time.Now())
				s.onCreate = always(refusal)
				s.executor(t, 1).Start(ctx, taskOf(), run)
				s.wantReports(t, seen(run, model.Observation{
					Phase: model.PhaseFinished, Outcome: model.Failed, Reason: v1alpha1.ReasonPodRejected,
					Message: refusal.Error(), Finish: time.Now(), Permanent: true, NotCreated: true,
				}))
				if len(s.created()) != 1 {
					t.Errorf("%d creates, want 1", len(s.created()))
				}
			})
		})
	}
}

func TestNameInUse(t *testing.T) {
	t.Parallel()
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when a bubble begins
	run := runAt(now)
	failed := seen(run, model.Observation{
		Phase: model.PhaseFinished, Outcome: model.Failed, Finish: now,
		Reason: v1alpha1.ReasonNameTaken, NotCreated: true, Disrupted: true, // the next attempt has another name
		Message: "A Pod named " + run.Name + " that is not the run's exists already; the next attempt has another name.",
	})
	tests := map[string]struct {
		held *corev1.Pod
		want []model.Observation
	}{
		"ours, waiting": {held: podOf(run)},
		"ours, running": {
			held: podOf(run, phase(corev1.PodRunning, running("main", now))),
			want: []model.Observation{seen(run, model.Observation{Phase: model.PhaseRunning, Start: now})},
		},
		"ours, done": {
			held: podOf(run, phase(corev1.PodSucceeded, exited("main", 0, "Completed", now, now))),
			want: []model.Observation{seen(run, model.Observation{
				Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: v1alpha1.ReasonSucceeded, Start: now, Finish: now,
			})},
		},
		"somebody else's": {
			held: podOf(run, func(p *corev1.Pod) { p.Labels, p.Annotations = nil, nil }),
			want: []model.Observation{failed},
		},
		"of another Task": {
			held: podOf(run, func(p *corev1.Pod) { p.OwnerReferences[0].UID = "another" }),
			want: []model.Observation{failed},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				s := newServer(t, tc.held)
				s.executor(t, 1).Start(ctx, taskOf(), run)
				s.wantReports(t, tc.want...)
			})
		})
	}
}

// A Pod that had been created and was deleted by somebody must not run again.
func TestNameNoLongerInUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s, run := newServer(t), runAt(time.Now())
		s.onCreate = always(apierrors.NewAlreadyExists(pods, run.Name))
		s.executor(t, 1).Start(ctx, taskOf(), run)
		s.wantReports(t, seen(run, model.Observation{Phase: model.PhaseNotFound}))
	})
}

// the record: a create that brought no answer has been carried out. It is found under its
// name, whatever trying again is answered, and it began when it was sent.
func TestCreatedWithoutAnswer(t *testing.T) {
	t.Parallel()
	tests := map[string]func(s *server){
		"the name is taken": func(s *server) { s.onGet = first(1, errAway) },
		"found at once":     func(*server) {},
		"not there yet when it is looked for, and then it has used up the quota": func(s *server) {
			s.onGet = first(1, apierrors.NewNotFound(pods, "x"))
			s.onCreate = func(_ context.Context, n int) error {
				if n > 1 {
					return errQuota
				}
				return nil
			}
		},
		"the Pod itself has used up the quota": func(s *server) {
			s.onGet = first(3, errAway)
			s.onCreate = func(_ context.Context, n int) error {
				if n > 1 {
					return errQuota
				}
				return nil
			}
		},
	}
	for name, arrange := range tests {
		for _, limit := range []time.Duration{0, time.Second} { // it is not late, and needs no limit to be found
			t.Run(fmt.Sprintf("%s, grace %s", name, limit), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					ctx := t.Context()
					s, run := newServer(t), runAt(time.Now())
					s.afterCreate = func(int) error { return context.DeadlineExceeded }
					arrange(s)
					s.executor(t, 1).Start(ctx, taskOf(grace(limit)), run)
					time.Sleep(time.Minute)
					s.wantReports(t, seen(run, model.Observation{Phase: model.PhaseCreated, Start: run.Start}))
					if diff := cmp.Diff([]string{run.Name}, s.names(t)); diff != "" {
						t.Errorf("Pods (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// The Pod of a predecessor has used up the quota.
func TestAdoptsInSpiteOfTheQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		run := runAt(time.Now())
		began := time.Now().UTC()
		s := newServer(t, podOf(run, phase(corev1.PodRunning, running("main", began))))
		s.onCreate = always(errQuota)
		s.executor(t, 1).Start(ctx, taskOf(), run)
		s.wantReports(t, seen(run, model.Observation{Phase: model.PhaseRunning, Start: began}))
	})
}

// As long as nobody can tell whether a Pod was created, no outcome is reported:
// the core gives the run up in its own time.
func TestNoOutcomeWhileUnknown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s, run := newServer(t), runAt(time.Now())
		s.onCreate, s.onGet = always(context.DeadlineExceeded), always(errAway)
		s.executor(t, 1).Start(ctx, taskOf(grace(time.Second)), run)
		time.Sleep(time.Hour)
		s.wantReports(t)
		if len(s.created()) == 0 {
			t.Error("nothing was tried")
		}
	})
}

// The new leader goes on.
func TestStartEndsWithTheRightToAct(t *testing.T) {
	t.Parallel()
	tests := map[string]func(ctx context.Context, n int) error{
		"waiting to try again": always(errQuota),
		"under way":            func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() },
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				s := newServer(t)
				s.onCreate = answer
				ctx, cancel := context.WithCancel(ctx)
				s.executor(t, 1).Start(ctx, taskOf(), runAt(time.Now()))
				time.Sleep(time.Second)
				cancel()
				synctest.Wait()
				before := len(s.created())
				time.Sleep(time.Hour)
				s.wantReports(t)
				if after := len(s.created()); after != before {
					t.Errorf("%d creates after the leadership had ended", after-before)
				}
			})
		})
	}
}

// A predecessor in the same process that is losing leadership does not
// keep the successor from going on.
func TestStartFollowsAnEndedOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s, run := newServer(t), runAt(time.Now())
		s.onCreate = func(ctx context.Context, n int) error {
			if n == 1 {
				<-ctx.Done()
				time.Sleep(time.Second)
				return ctx.Err()
			}
			return nil
		}
		e := s.executor(t, 5)
		old, cancel := context.WithCancel(ctx)
		e.Start(old, taskOf(), run)
		synctest.Wait()
		cancel()
		e.Start(ctx, taskOf(), run)
		time.Sleep(time.Minute)
		s.wantReports(t, seen(run, model.Observation{Phase: model.PhaseCreated, Start: run.Start.Add(time.Second)}))
	})
}

func TestMaxInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s := newServer(t)
		var under, most int
		s.onCreate = func(context.Context, int) error {
			s.mu.Lock()
			under++
			most = max(most, under)
			s.mu.Unlock()
			time.Sleep(time.Second)
			s.mu.Lock()
			under--
			s.mu.Unlock()
			return nil
		}
		e := s.executor(t, 3)
		began := time.Now()
		for i := range 9 {
			e.Start(ctx, taskOf(), runAt(began.Add(time.Duration(i)*time.Second)))
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if most != 3 || len(s.all()) != 9 {
			t.Errorf("%d requests at a time and %d Pods after 3 s, want 3 and 9", most, len(s.all()))
		}
	})
}

// E2: Tasks that a quota holds up do not take the others' places.
func TestE2_WaitingHoldsNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s := newServer(t)
		s.onCreate = first(1, errQuota)
		e := s.executor(t, 1)
		held, free := runAt(time.Now()), runAt(time.Now().Add(time.Second))
		e.Start(ctx, taskOf(), held)
		synctest.Wait()
		e.Start(ctx, taskOf(), free)
		s.wantReports(t, seen(free, model.Observation{Phase: model.PhaseCreated, Start: time.Now()}))
	})
}

// A run that was decided as a Pod is started after its Task was given another action.
func TestStartWithoutTemplate(t *testing.T) {
	t.Parallel()
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	run := runAt(now)
	http := func(task *model.Task) {
		task.Payload = &payload.Action{Scheduler: "default", HTTP: &payload.HTTP{URL: "http://hooks.example"}}
	}
	tests := map[string]struct {
		held []*corev1.Pod
		want model.Observation
	}{
		"not created": {nil, model.Observation{
			Phase: model.PhaseFinished, Outcome: model.Failed, Reason: v1alpha1.ReasonPodRejected,
			Message: "The Task's action is no longer a Pod.", Finish: now, Permanent: true, NotCreated: true,
		}},
		"created before": {
			[]*corev1.Pod{podOf(run, phase(corev1.PodRunning, running("main", now)))},
			model.Observation{Phase: model.PhaseRunning, Start: now},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				s := newServer(t)
				for _, p := range tc.held {
					if err := s.Create(ctx, p); err != nil {
						t.Fatal(err)
					}
				}
				s.executor(t, 1).Start(ctx, taskOf(http), run)
				s.wantReports(t, seen(run, tc.want))
			})
		})
	}
}
