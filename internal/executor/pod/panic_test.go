package pod_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// panicOnce panics for the first request.
func panicOnce(_ context.Context, n int) error {
	if n == 1 {
		panic("bad data")
	}
	return nil
}

// E2: a panic over an attempt ends no process and holds no place: it is tried again.
func TestE2_PanicDelaysTheAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.onCreate, s.onGet = panicOnce, panicOnce
		e := s.executor(t, 1)
		run := runAt(time.Now())
		e.Start(t.Context(), taskOf(), run)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := s.settled(); len(got) != 1 || got[0].Obs.Phase != model.PhaseCreated {
			t.Errorf("reported %+v, want that it began", got)
		}
		s.mu.Lock()
		s.gets = nil
		s.mu.Unlock()
		e.Adopt(t.Context(), taskOf(), run)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := s.settled(); len(got) != 2 || got[1].Obs.Phase != model.PhaseExists && got[1].Obs.Phase != model.PhasePending {
			t.Errorf("reported %+v, want that it exists", got)
		}
	})
}

// E2: what panics while Pods of finished runs are removed leaves the place to others, and is
// done with the next run.
func TestE2_PanicDelaysThePrune(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		run := runAt(time.Now())
		s := newServer(t, podOf(run, phase(corev1.PodSucceeded)))
		s.onDelete = panicOnce
		e := s.executor(t, 1)
		none := taskOf(func(task *model.Task) { task.KeepSucceeded = 0 })
		for _, want := range []int{1, 2} {
			e.Prune(t.Context(), none, nil)
			synctest.Wait()
			if got := len(s.deleted()); got != want {
				t.Errorf("%d deletes, want %d", got, want)
			}
		}
	})
}
