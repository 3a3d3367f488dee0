package pod_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/executor/pod"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// A Pod that somebody else created is not taken for the attempt's, whatever it carries, as far
// as this process can tell; see docs/adr/0032-a-nonce-in-the-names-of-pods.md.
func TestStart_TellsForgeriesApart(t *testing.T) {
	t.Parallel()
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when a bubble begins
	done := phase(corev1.PodSucceeded, exited("main", 0, "Completed", now, now))
	guessed := runAt(now)
	guessed.Nonce = "GUESSED"
	for name, tc := range map[string]struct {
		held   func(run model.Run) *corev1.Pod
		change func(run *model.Run)
		want   model.Phase
		reason string
	}{
		"the nonce is guessed": {
			held: func(run model.Run) *corev1.Pod {
				return podOf(guessed, done, func(p *corev1.Pod) { p.Name = run.Name })
			},
			want: model.PhaseFinished, reason: v1alpha1.ReasonNameTaken,
		},
		"the nonce was read before this process created the Pod": {
			held:   func(run model.Run) *corev1.Pod { return podOf(run, done) },
			change: func(run *model.Run) { run.New = true },
			want:   model.PhaseFinished, reason: v1alpha1.ReasonNameTaken,
		},
		"another process may have created it": {
			held: func(run model.Run) *corev1.Pod { return podOf(run, done) },
			want: model.PhaseFinished, reason: v1alpha1.ReasonSucceeded,
		},
		"the attempt's Pod is known": {
			held:   func(run model.Run) *corev1.Pod { return podOf(run, done) },
			change: func(run *model.Run) { run.UID = "another-uid" },
			want:   model.PhaseFinished, reason: v1alpha1.ReasonNameTaken,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				run := runAt(now)
				if tc.change != nil {
					tc.change(&run)
				}
				s := newServer(t, tc.held(run))
				s.executor(t, 1).Start(t.Context(), taskOf(), run)
				if obs := s.last(t); obs.Phase != tc.want || obs.Reason != tc.reason {
					t.Errorf("reported %s %s, want %s %s", obs.Phase, obs.Reason, tc.want, tc.reason)
				}
			})
		})
	}
}

// The UID of the answer goes with the report, and so does that of a Pod that is found.
func TestStart_ReportsTheUID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, run := newServer(t), runAt(time.Now())
		e := s.executor(t, 1)
		e.Start(t.Context(), taskOf(), run)
		if obs := s.last(t); obs.Phase != model.PhaseCreated || obs.UID != "pod-uid-new" {
			t.Errorf("reported %s with the UID %q, want Began with that of the answer", obs.Phase, obs.UID)
		}
		e.Adopt(t.Context(), taskOf(), run)
		if obs := s.last(t); obs.Phase != model.PhaseExists || obs.UID != "pod-uid-new" {
			t.Errorf("reported %s with the UID %q, want Exists with that of the Pod", obs.Phase, obs.UID)
		}
	})
}

// A client that sends a create again by itself is answered that the name is taken, by the Pod
// that it has created.
func TestStart_RecognisesItsOwnPodAfterAHiddenRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, run := newServer(t), runAt(time.Now())
		run.New = true
		s.afterCreate = func(int) error { return apierrors.NewAlreadyExists(pods, run.Name) }
		s.executor(t, 1).Start(t.Context(), taskOf(), run)
		s.wantReports(t, seen(run, model.Observation{Phase: model.PhaseCreated, Start: time.Now()}))
	})
}

// A Pod that was given the name of the attempt's, which is gone, is neither reported nor deleted.
func TestAdoptAndStop_LeaveStrangersAlone(t *testing.T) {
	t.Parallel()
	for name, work := range map[string]func(*pod.Executor, context.Context, model.Run){
		"adopt": func(e *pod.Executor, ctx context.Context, run model.Run) { e.Adopt(ctx, taskOf(), run) },
		"stop":  func(e *pod.Executor, ctx context.Context, run model.Run) { e.Stop(ctx, taskOf(), run) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				run := runAt(time.Now())
				s := newServer(t, podOf(run, phase(corev1.PodRunning, running("main", time.Now()))))
				run.UID = "gone"
				work(s.executor(t, 1), t.Context(), run)
				time.Sleep(time.Minute)
				s.wantReports(t, seen(run, model.Observation{Phase: model.PhaseNotFound}))
				if err := s.Client.Get(t.Context(), client.ObjectKey{Namespace: theKey.Namespace, Name: run.Name}, &corev1.Pod{}); err != nil {
					t.Errorf("the other Pod: %v", err)
				}
			})
		})
	}
}
