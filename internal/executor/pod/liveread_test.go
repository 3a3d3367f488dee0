package pod_test

import (
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// last returns what was reported last.
func (s *server) last(t *testing.T) model.Observation {
	t.Helper()
	synctest.Wait()
	reports := s.all()
	if len(reports) == 0 {
		t.Fatal("nothing was reported")
	}
	return reports[len(reports)-1].Obs
}

// A live read always reports something, with the time at which it was sent.
func TestR4_AdoptReportsWhenItRead(t *testing.T) {
	t.Parallel()
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	run := runAt(now)
	deleting := func(p *corev1.Pod) {
		p.DeletionTimestamp, p.Finalizers = &metav1.Time{Time: now}, []string{"example.com/hold"}
	}
	for name, tc := range map[string]struct {
		held *corev1.Pod
		want model.Phase
	}{
		"waiting":       {held: podOf(run), want: model.PhaseExists},
		"running":       {held: podOf(run, phase(corev1.PodRunning, running("main", now))), want: model.PhaseRunning},
		"being deleted": {held: podOf(run, phase(corev1.PodRunning, running("main", now)), deleting), want: model.PhaseExists},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tc.held.CreationTimestamp = metav1.NewTime(now.Add(-time.Hour))
				s := newServer(t, tc.held)
				s.onGet = first(3, errAway)
				s.executor(t, 1).Adopt(t.Context(), taskOf(), run)
				time.Sleep(time.Minute)
				obs := s.last(t)
				if sent := s.read()[len(s.read())-1]; obs.Phase != tc.want || !obs.SeenAt.Equal(sent) {
					t.Errorf("reported %s seen at %v, want %s seen at %v", obs.Phase, obs.SeenAt, tc.want, sent)
				}
				if !obs.Created.Equal(tc.held.CreationTimestamp.Time) {
					t.Errorf("reported as created at %v, want %v", obs.Created, tc.held.CreationTimestamp)
				}
			})
		})
	}
}

// A Pod that is stopped because it had not started is spared if it has started
// meanwhile; one that is stopped for another reason is not.
func TestR12_StopSparesAPodThatHasStarted(t *testing.T) {
	t.Parallel()
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		reason      string
		started     bool
		wantDeleted bool
	}{
		"renewed, not started":         {reason: model.ReasonRenewed, wantDeleted: true},
		"renewed, started":             {reason: model.ReasonRenewed, started: true},
		"start timeout, not started":   {reason: model.ReasonStartTimeout, wantDeleted: true},
		"start timeout, started":       {reason: model.ReasonStartTimeout, started: true},
		"replaced although it started": {reason: model.ReasonReplaced, started: true, wantDeleted: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				run := runAt(now)
				run.State, run.StopReason, run.NotBefore = model.Stopping, tc.reason, now.Add(time.Minute)
				held := podOf(run)
				if tc.started {
					held = podOf(run, phase(corev1.PodRunning, running("main", now)))
				}
				s := newServer(t, held)
				s.executor(t, 1).Stop(t.Context(), taskOf(), run)
				time.Sleep(time.Second)
				if deleted := len(s.names(t)) == 0; deleted != tc.wantDeleted {
					t.Errorf("deleted: %t, want %t", deleted, tc.wantDeleted)
				}
				if !tc.wantDeleted && s.last(t).Phase != model.PhaseRunning {
					t.Errorf("reported %s, want that it runs", s.last(t).Phase)
				}
			})
		})
	}
}
