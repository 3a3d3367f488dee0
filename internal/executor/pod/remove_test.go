package pod_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

func TestAdopt(t *testing.T) {
	t.Parallel()
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	run := runAt(now)
	vanished := []model.Observation{seen(run, model.Observation{Phase: model.PhaseNotFound})}
	tests := map[string]struct {
		held  *corev1.Pod
		onGet func(context.Context, int) error
		want  []model.Observation
	}{
		"waiting": {held: podOf(run)},
		"running": {
			held: podOf(run, phase(corev1.PodRunning, running("main", now))),
			want: []model.Observation{seen(run, model.Observation{Phase: model.PhaseRunning, Start: now})},
		},
		"running, after a while without API server": {
			held:  podOf(run, phase(corev1.PodRunning, running("main", now))),
			onGet: first(5, errAway),
			want:  []model.Observation{seen(run, model.Observation{Phase: model.PhaseRunning, Start: now})},
		},
		"gone": {want: vanished},
		"another has the name": {
			held: podOf(run, func(p *corev1.Pod) { p.Annotations[v1alpha1.AnnotationAttempt] = "2" }), want: vanished,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				s := newServer(t)
				if tc.held != nil {
					s = newServer(t, tc.held)
				}
				s.onGet = tc.onGet
				s.executor(t, 1).Adopt(ctx, taskOf(), run)
				time.Sleep(time.Minute)
				s.wantReports(t, tc.want...)
				if len(s.created()) > 0 {
					t.Error("Adopt created a Pod")
				}
			})
		})
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	run := runAt(now)
	busy := phase(corev1.PodRunning, running("main", now))
	deleting := func(p *corev1.Pod) {
		p.DeletionTimestamp = &metav1.Time{Time: now.Add(30 * time.Second)}
		p.Finalizers = []string{"example.com/wait"}
	}
	vanished := []model.Observation{seen(run, model.Observation{Phase: model.PhaseNotFound})}
	tests := map[string]struct {
		held        *corev1.Pod
		onGet       func(context.Context, int) error
		onDelete    func(context.Context, int) error
		want        []model.Observation
		wantDeletes int
		wantLeft    int
	}{
		"running": {held: podOf(run, busy), wantDeletes: 1},
		"running, after a while without API server": {
			held: podOf(run, busy), onGet: first(2, errAway), onDelete: first(2, errAway), wantDeletes: 3,
		},
		"being deleted": {held: podOf(run, busy, deleting), wantLeft: 1},
		"finished": {
			held: podOf(run, phase(corev1.PodSucceeded, exited("main", 0, "Completed", now, now))),
			want: []model.Observation{seen(run, model.Observation{
				Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: v1alpha1.ReasonSucceeded, Start: now, Finish: now,
			})},
			wantLeft: 1,
		},
		"gone": {want: vanished},
		"gone meanwhile": {
			held: podOf(run, busy), onDelete: always(apierrors.NewNotFound(pods, run.Name)),
			onGet: func(_ context.Context, n int) error {
				if n > 1 {
					return apierrors.NewNotFound(pods, run.Name)
				}
				return nil
			},
			want: vanished, wantDeletes: 1, wantLeft: 1,
		},
		"another has the name": {
			held: podOf(run, func(p *corev1.Pod) { p.Labels = nil }), want: vanished, wantLeft: 1,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				s := newServer(t)
				if tc.held != nil {
					s = newServer(t, tc.held)
				}
				s.onGet, s.onDelete = tc.onGet, tc.onDelete
				s.executor(t, 1).Stop(ctx, taskOf(), run)
				time.Sleep(time.Minute)
				s.wantReports(t, tc.want...)
				if len(s.deleted()) != tc.wantDeletes {
					t.Errorf("%d deletes, want %d", len(s.deleted()), tc.wantDeletes)
				}
				if left := s.names(t); len(left) != tc.wantLeft {
					t.Errorf("left: %v, want %d", left, tc.wantLeft)
				}
			})
		})
	}
}

// Stop ends the tries to create a Pod; no create follows it.
func TestStopWhileWaitingToCreate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s, run := newServer(t), runAt(time.Now())
		s.onCreate = always(errQuota)
		e := s.executor(t, 1)
		e.Start(ctx, taskOf(), run)
		time.Sleep(20 * time.Second)
		e.Stop(ctx, taskOf(), run)
		e.Start(ctx, taskOf(), run) // comes too late
		time.Sleep(2 * time.Second)
		before := len(s.created())
		if reports := s.settled(); len(reports) != 1 {
			t.Errorf("Stop was not answered soon: %v", reports)
		}
		time.Sleep(time.Hour)
		s.wantReports(t, seen(run, model.Observation{Phase: model.PhaseNotFound}))
		if len(s.created()) != before {
			t.Errorf("%d creates after Stop", len(s.created())-before)
		}
	})
}

// A stop that spares what has started gives way to one that does not: somebody cancelled the run
// meanwhile.
func TestR13_AStopThatSparesGivesWayToOneThatDoesNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		run := runAt(time.Now())
		s := newServer(t, podOf(run, phase(corev1.PodRunning, running("main", time.Now()))))
		s.onGet = first(1, errAway)
		e := s.executor(t, 1)
		run.State, run.StopReason, run.NotBefore = model.Stopping, model.ReasonStartTimeout, time.Now().Add(time.Minute)
		e.Stop(ctx, taskOf(), run)
		synctest.Wait() // it waits to try again
		run.StopReason = model.ReasonCancelled
		e.Stop(ctx, taskOf(), run)
		time.Sleep(time.Minute)
		if left := s.names(t); len(left) > 0 {
			t.Errorf("left: %v, want nothing", left)
		}
	})
}

// Stop does not overtake a create that is under way.
func TestStopWhileCreating(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s, run := newServer(t), runAt(time.Now())
		s.onCreate = func(context.Context, int) error { time.Sleep(10 * time.Second); return nil }
		e := s.executor(t, 2)
		e.Start(ctx, taskOf(), run)
		synctest.Wait()
		e.Stop(ctx, taskOf(), run)
		time.Sleep(time.Minute)
		s.wantReports(t, seen(run, model.Observation{Phase: model.PhaseCreated, Start: run.Start}))
		if left := s.names(t); len(left) > 0 || len(s.deleted()) != 1 {
			t.Errorf("left: %v after %d deletes, want nothing after one", left, len(s.deleted()))
		}
	})
}

func TestStopEndsWithTheRightToAct(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s, run := newServer(t), runAt(time.Now())
		s.onGet = always(errors.New("no route to host"))
		ctx, cancel := context.WithCancel(ctx)
		s.executor(t, 1).Stop(ctx, taskOf(), run)
		time.Sleep(time.Minute)
		cancel()
		s.wantReports(t)
		before := len(s.read())
		time.Sleep(time.Hour)
		if len(s.read()) != before {
			t.Errorf("%d reads after the leadership had ended", len(s.read())-before)
		}
	})
}

// A watch that was broken off may never have shown the Pod, and then tells nothing of
// its end.
func TestR4_StopLooksUntilThePodIsGone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		goneAfter int // requests
		patience  time.Duration
		wantGets  int
		want      model.Phase // what is reported, if anything is
	}{
		"gone at the third look":     {goneAfter: 2, patience: time.Minute, wantGets: 3, want: model.PhaseNotFound},
		"not waited for any longer":  {goneAfter: 99, patience: 18 * time.Second, wantGets: 4},
		"its end is not waited for":  {goneAfter: 99, wantGets: 1},
		"gone when it is looked for": {goneAfter: 0, patience: time.Minute, wantGets: 1, want: model.PhaseNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				run := runAt(time.Now().UTC())
				run.State, run.NotBefore = model.Stopping, time.Now().Add(tc.patience)
				s := newServer(t, podOf(run, func(p *corev1.Pod) { p.Finalizers = []string{"example.com/wait"} }))
				s.onGet = func(_ context.Context, n int) error {
					if n > tc.goneAfter {
						return apierrors.NewNotFound(pods, run.Name)
					}
					return nil
				}
				s.executor(t, 1).Stop(t.Context(), taskOf(), run)
				time.Sleep(5 * time.Minute)
				if tc.want == "" {
					s.wantReports(t)
				} else {
					s.wantReports(t, seen(run, model.Observation{Phase: tc.want}))
				}
				if len(s.read()) != tc.wantGets || len(s.deleted()) > 1 {
					t.Errorf("%d gets and %d deletes, want %d and at most 1", len(s.read()), len(s.deleted()), tc.wantGets)
				}
			})
		})
	}
}
