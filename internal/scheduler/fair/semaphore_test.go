package fair

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// log notes in which order the waiters of namespaces are served.
type log struct{ served []string }

// enqueue adds so many waiters of a namespace.
func (l *log) enqueue(s *Semaphore, namespace string, waiters int) {
	for range waiters {
		s.Enqueue(namespace, func() { l.served = append(l.served, namespace) })
	}
}

func TestSemaphore_ServesRoundRobin(t *testing.T) {
	t.Parallel()
	s, l := NewSemaphore(1), log{}
	s.TryAcquire("gate")
	l.enqueue(s, "a", 3)
	l.enqueue(s, "b", 2)
	l.enqueue(s, "c", 1)
	s.Release("gate")
	for range 6 {
		s.Release(l.served[len(l.served)-1])
	}
	if want := []string{"a", "b", "c", "a", "b", "a"}; !slices.Equal(l.served, want) {
		t.Errorf("served %v, want %v", l.served, want)
	}
	if len(s.shares) != 0 || s.waiting.Len() != 0 || s.InUse() != 0 {
		t.Errorf("%d shares, %d waiting, %d in use are left, want none", len(s.shares), s.waiting.Len(), s.InUse())
	}
}

// A namespace that holds fewer permits goes first, although another one waits for longer.
func TestSemaphore_ServesTheSmallestShareFirst(t *testing.T) {
	t.Parallel()
	s, l := NewSemaphore(4), log{}
	l.enqueue(s, "a", 6)
	l.enqueue(s, "b", 2)
	for range 2 {
		s.Release("a")
	}
	if want := []string{"a", "a", "a", "a", "b", "b"}; !slices.Equal(l.served, want) {
		t.Errorf("served %v, want %v", l.served, want)
	}
}

// However long permits are held, some are left for a namespace that comes later.
func TestSemaphore_LeavesPermitsForOthers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		permits int
		greedy  []string
		want    map[string]int
	}{
		"one namespace gets four fifths":                {permits: 50, greedy: []string{"a"}, want: map[string]int{"a": 40}},
		"two namespaces, one after the other":           {permits: 50, greedy: []string{"a", "b"}, want: map[string]int{"a": 40, "b": 8}},
		"five permits leave one":                        {permits: 5, greedy: []string{"a"}, want: map[string]int{"a": 4}},
		"fewer than five permits leave none":            {permits: 4, greedy: []string{"a"}, want: map[string]int{"a": 4}},
		"what is left is shared by those who come last": {permits: 5, greedy: []string{"a", "b", "c"}, want: map[string]int{"a": 4, "b": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, l := NewSemaphore(tc.permits), log{}
			for _, namespace := range tc.greedy {
				l.enqueue(s, namespace, 2*tc.permits)
			}
			got := map[string]int{}
			for _, namespace := range l.served {
				got[namespace]++
			}
			if !maps.Equal(got, tc.want) {
				t.Errorf("permits %v, want %v", got, tc.want)
			}
		})
	}
}

func TestSemaphore_TryAcquireDoesNotOvertakeTheNamespace(t *testing.T) {
	t.Parallel()
	s, l := NewSemaphore(1), log{}
	if !s.TryAcquire("a") || s.TryAcquire("a") || s.TryAcquire("b") {
		t.Error("want one permit acquired, and no second one")
	}
	l.enqueue(s, "b", 1)
	s.Release("a")
	if s.TryAcquire("a") || len(l.served) != 1 {
		t.Errorf("served %v, want the permit passed on to b", l.served)
	}
}

func TestSemaphore_CancelledWaiterIsNotServed(t *testing.T) {
	t.Parallel()
	s, l := NewSemaphore(1), log{}
	s.TryAcquire("a")
	cancel := s.Enqueue("b", func() { t.Error("a waiter was served that had given up") })
	l.enqueue(s, "b", 1)
	if !cancel() || cancel() {
		t.Error("want the wait given up once")
	}
	s.Release("a")
	if len(l.served) != 1 {
		t.Errorf("served %v, want the other waiter", l.served)
	}
	s.Release("b")
	if served := s.Enqueue("c", func() {}); served() {
		t.Error("a wait was given up that was over")
	}
}

func TestSemaphore_AcquireEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := NewSemaphore(1)
		if err := s.Acquire(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Acquire(ctx, "b"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want that the time is over", err)
		}
		s.Release("a")
		if err := s.Acquire(ctx, "b"); err == nil || s.InUse() != 0 {
			t.Errorf("acquired %d permits with a context that has ended", s.InUse())
		}
	})
}

func TestSemaphore_ReleaseOfNothingPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("want a panic")
		}
	}()
	NewSemaphore(1).Release("a")
}

// model is a Semaphore with what is expected of it.
type model struct {
	*Semaphore
	held    map[string]int
	waiting map[string][]int // numbers of the waiters, in their order
	cancels map[int]func() bool
	next    int
	// passed counts, for a namespace that holds nothing and waits, how often each other one was
	// served meanwhile.
	passed map[string]map[string]int
}

func newModel(permits int) *model {
	return &model{
		Semaphore: NewSemaphore(permits), held: map[string]int{}, waiting: map[string][]int{}, cancels: map[int]func() bool{},
		passed: map[string]map[string]int{},
	}
}

func (m *model) enqueue(t *rapid.T, namespace string) {
	number := m.next
	m.next++
	m.waiting[namespace] = append(m.waiting[namespace], number)
	if len(m.waiting[namespace]) == 1 && m.held[namespace] == 0 {
		m.passed[namespace] = map[string]int{}
	}
	m.cancels[number] = m.Enqueue(namespace, func() { m.granted(t, namespace, number) })
}

func (m *model) granted(t *rapid.T, namespace string, number int) {
	if m.waiting[namespace][0] != number {
		t.Fatalf("waiter %d of %s was served before %d", number, namespace, m.waiting[namespace][0])
	}
	m.waiting[namespace] = m.waiting[namespace][1:]
	m.held[namespace]++
	delete(m.passed, namespace)
	for other, passed := range m.passed {
		if passed[namespace]++; passed[namespace] > 1 {
			t.Fatalf("%s was served twice while %s, which holds nothing, was waiting", namespace, other)
		}
	}
}

func (m *model) release(namespace string) {
	if m.held[namespace]--; m.held[namespace] == 0 && len(m.waiting[namespace]) > 0 {
		m.passed[namespace] = map[string]int{}
	}
	m.Release(namespace)
}

func (m *model) cancel(t *rapid.T, namespace string, i int) {
	number := m.waiting[namespace][i]
	m.waiting[namespace] = slices.Delete(slices.Clone(m.waiting[namespace]), i, i+1)
	if len(m.waiting[namespace]) == 0 {
		delete(m.passed, namespace)
	}
	if !m.cancels[number]() {
		t.Fatalf("waiter %d could not be cancelled", number)
	}
}

// check checks what holds at any time.
func (m *model) check(t *rapid.T, permits int) {
	inUse := 0
	for _, held := range m.held {
		inUse += held
	}
	if inUse > permits || inUse != m.InUse() {
		t.Fatalf("%d permits are held, %d in use, of %d", inUse, m.InUse(), permits)
	}
	for namespace, waiting := range m.waiting {
		if len(waiting) > 0 && m.held[namespace] < maxRatio*(permits-inUse) {
			t.Fatalf("%s holds %d permits and waits although %d are free", namespace, m.held[namespace], permits-inUse)
		}
	}
}

// Whatever comes, there are never more permits than that, none is free that somebody may have,
// a namespace that holds nothing is served within one round, its waiters are in order, and in
// the end everybody has been served.
func TestSemaphore_NobodyStarves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		permits := rapid.IntRange(1, 12).Draw(t, "permits")
		m := newModel(permits)
		namespaces := []string{"a", "b", "c", "d", "e"}
		names := rapid.SampledFrom(namespaces)
		t.Repeat(map[string]func(*rapid.T){
			"enqueue": func(t *rapid.T) { m.enqueue(t, names.Draw(t, "namespace")) },
			"try": func(t *rapid.T) {
				namespace := names.Draw(t, "namespace")
				free := len(m.waiting[namespace]) == 0 && m.held[namespace] < maxRatio*(permits-m.InUse())
				if got := m.TryAcquire(namespace); got != free {
					t.Fatalf("acquired: %t, want %t", got, free)
				} else if got {
					m.held[namespace]++
				}
			},
			"release": func(t *rapid.T) {
				if namespace := names.Draw(t, "namespace"); m.held[namespace] > 0 {
					m.release(namespace)
				}
			},
			"cancel": func(t *rapid.T) {
				if namespace := names.Draw(t, "namespace"); len(m.waiting[namespace]) > 0 {
					m.cancel(t, namespace, rapid.IntRange(0, len(m.waiting[namespace])-1).Draw(t, "waiter"))
				}
			},
			"": func(t *rapid.T) { m.check(t, permits) },
		})
		for m.InUse() > 0 {
			for _, namespace := range namespaces {
				for m.held[namespace] > 0 {
					m.release(namespace)
				}
			}
			m.check(t, permits)
		}
		if len(m.shares) != 0 || m.Semaphore.waiting.Len() != 0 {
			t.Fatalf("%s are left", fmt.Sprint(slices.Sorted(maps.Keys(m.shares))))
		}
	})
}
