package engine

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

// searchLog notes in which order searches were carried on.
type searchLog struct {
	mu    sync.Mutex
	names []string
}

// search returns a search of so many pieces.
func (l *searchLog) search(ctx context.Context, namespace, name string, pieces int) search {
	return search{ctx: ctx, namespace: namespace, next: func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.names = append(l.names, name)
		pieces--
		return pieces == 0
	}}
}

// held makes a Searches wait until release is called, so that what is added meanwhile is there when it begins.
func held(t *testing.T) (s *Searches, release func()) {
	t.Helper()
	s, gate := NewSearches(1), make(chan struct{})
	s.add(search{ctx: context.Background(), namespace: "gate", next: func() bool { <-gate; return true }})
	synctest.Wait()
	return s, func() { close(gate); synctest.Wait() }
}

// A namespace with many searches does not keep another one waiting for longer than one piece (E2).
func TestSearches_TakeTurnsBetweenNamespaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, release := held(t)
		var log searchLog
		for range 3 {
			s.add(log.search(t.Context(), "a", "a", 2))
		}
		s.add(log.search(t.Context(), "b", "b", 2))
		s.add(log.search(t.Context(), "c", "c", 1))
		release()
		if want := []string{"a", "b", "c", "a", "b", "a", "a", "a", "a"}; !slices.Equal(log.names, want) {
			t.Errorf("turns %v, want %v", log.names, want)
		}
		if len(s.turns) != 0 || len(s.waiting) != 0 || s.running != 0 {
			t.Errorf("%d turns, %d namespaces, %d goroutines are left, want none", len(s.turns), len(s.waiting), s.running)
		}
	})
}

func TestSearches_DropWhatHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, release := held(t)
		var log searchLog
		ctx, cancel := context.WithCancel(t.Context())
		s.add(log.search(ctx, "a", "dropped", 5))
		s.add(log.search(t.Context(), "a", "kept", 1))
		cancel()
		release()
		if want := []string{"kept"}; !slices.Equal(log.names, want) {
			t.Errorf("carried on %v, want %v", log.names, want)
		}
	})
}

func TestSearches_WorkOnABoundedNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, gate := NewSearches(2), make(chan struct{})
		begun := make(chan struct{}, 5)
		for range 5 {
			s.add(search{ctx: t.Context(), namespace: "a", next: func() bool { begun <- struct{}{}; <-gate; return true }})
		}
		synctest.Wait()
		if len(begun) != 2 {
			t.Errorf("%d are worked on, want 2", len(begun))
		}
		close(gate)
		synctest.Wait()
		if len(begun) != 5 {
			t.Errorf("%d were worked on in all, want 5", len(begun))
		}
	})
}
