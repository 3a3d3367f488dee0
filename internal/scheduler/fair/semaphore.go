// Package fair shares permits among namespaces, so that a burst of one does not delay the
// others. It knows neither time nor what the permits are for.
package fair

import (
	"cmp"
	"container/list"
	"context"
	"fmt"
	"sync"

	"github.com/carillon-dev/carillon/internal/scheduler/indexedheap"
)

// maxRatio bounds how many permits a namespace may hold: fewer than maxRatio times the free
// ones when it acquires another. One namespace alone gets four fifths of the permits, two get
// four ninths each. What is left is for namespaces that come later, since permits may be held
// for long: by requests that are not answered, by runs that do not end. Fewer than five permits
// leave nothing.
const maxRatio = 4

// Semaphore shares a number of permits among namespaces. A free permit goes to the namespace
// with waiters that holds the fewest; among those that hold equally many, round-robin. Within a
// namespace the waiters are served in the order in which they came.
type Semaphore struct {
	permits int

	mu    sync.Mutex
	inUse int
	// shares are those of the namespaces that hold permits or wait for some, by name; waiting
	// are those that wait.
	shares  map[string]*share
	waiting *indexedheap.Heap[*share]
	turns   uint64
}

// share is what one namespace holds and waits for.
type share struct {
	held     int
	waiters  list.List // of *waiter
	turn     uint64    // when it was served last, or began to wait
	position int       // in the heap of those that wait
}

// waiter waits for a permit until it is served or gives up.
type waiter struct {
	granted func()
	gone    bool // out of the waiters of its share
}

// NewSemaphore returns a Semaphore with so many permits.
func NewSemaphore(permits int) *Semaphore {
	return &Semaphore{
		permits: permits, shares: map[string]*share{},
		waiting: indexedheap.New(byNeed, func(sh *share) *int { return &sh.position }),
	}
}

// Permits returns how many permits there are.
func (s *Semaphore) Permits() int { return s.permits }

// InUse returns how many permits are held.
func (s *Semaphore) InUse() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inUse
}

// Acquire waits for a permit until ctx has ended. A permit that was acquired has to be released.
func (s *Semaphore) Acquire(ctx context.Context, namespace string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("acquiring a permit: %w", err)
	}
	granted := make(chan struct{})
	cancel := s.Enqueue(namespace, func() { close(granted) })
	select {
	case <-granted:
		return nil
	case <-ctx.Done():
		if !cancel() { // granted meanwhile
			s.Release(namespace)
		}
		return fmt.Errorf("acquiring a permit: %w", ctx.Err())
	}
}

// TryAcquire acquires a permit if the namespace can have one now.
func (s *Semaphore) TryAcquire(namespace string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.share(namespace)
	acquired := sh.waiters.Len() == 0 && s.mayAcquire(sh)
	if acquired {
		s.take(sh)
	}
	s.tidy(namespace, sh)
	return acquired
}

// Enqueue calls granted once with a permit acquired, at once or later from another goroutine.
// granted must not block. cancel gives up the wait; it reports false if granted has been called
// or is about to be.
func (s *Semaphore) Enqueue(namespace string, granted func()) (cancel func() bool) {
	s.mu.Lock()
	sh := s.share(namespace)
	element := sh.waiters.PushBack(&waiter{granted: granted})
	if sh.waiters.Len() == 1 {
		sh.turn = s.nextTurn()
		s.waiting.Set(sh)
	}
	served := s.serve()
	s.mu.Unlock()
	notify(served)
	return func() bool { return s.cancel(namespace, sh, element) }
}

// Release gives back a permit of the namespace.
func (s *Semaphore) Release(namespace string) {
	s.mu.Lock()
	sh := s.shares[namespace]
	if sh == nil || sh.held == 0 {
		s.mu.Unlock()
		panic("fair: a permit of the namespace " + namespace + " is released that it does not hold")
	}
	sh.held--
	s.inUse--
	if sh.waiters.Len() > 0 {
		s.waiting.Set(sh)
	}
	s.tidy(namespace, sh)
	served := s.serve()
	s.mu.Unlock()
	notify(served)
}

// cancel removes a waiter. It reports false if the waiter has been served or removed.
func (s *Semaphore) cancel(namespace string, sh *share, element *list.Element) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if element.Value.(*waiter).gone {
		return false
	}
	sh.remove(element)
	if sh.waiters.Len() == 0 {
		s.waiting.Remove(sh)
	}
	s.tidy(namespace, sh)
	return true
}

// serve assigns free permits to waiters and returns these. They are notified without the lock.
func (s *Semaphore) serve() (served []*waiter) {
	for s.waiting.Len() > 0 && s.mayAcquire(s.waiting.First()) {
		sh := s.waiting.First()
		served = append(served, sh.remove(sh.waiters.Front()))
		s.take(sh)
		if sh.turn = s.nextTurn(); sh.waiters.Len() > 0 {
			s.waiting.Set(sh)
		} else {
			s.waiting.Remove(sh)
		}
	}
	return served
}

// remove removes a waiter.
func (sh *share) remove(element *list.Element) *waiter {
	w := sh.waiters.Remove(element).(*waiter)
	w.gone = true
	return w
}

// mayAcquire reports whether there is a permit for a namespace. If there is none for the one
// that holds the fewest, there is none for any.
func (s *Semaphore) mayAcquire(sh *share) bool { return sh.held < maxRatio*(s.permits-s.inUse) }

func (s *Semaphore) take(sh *share) {
	sh.held++
	s.inUse++
}

func (s *Semaphore) nextTurn() uint64 {
	s.turns++
	return s.turns
}

// share returns the share of a namespace.
func (s *Semaphore) share(namespace string) *share {
	sh := s.shares[namespace]
	if sh == nil {
		sh = &share{}
		s.shares[namespace] = sh
	}
	return sh
}

// tidy forgets a namespace that neither holds nor waits for anything.
func (s *Semaphore) tidy(namespace string, sh *share) {
	if sh.held == 0 && sh.waiters.Len() == 0 {
		delete(s.shares, namespace)
	}
}

func notify(served []*waiter) {
	for _, w := range served {
		w.granted()
	}
}

// byNeed orders the namespaces that wait, the one to be served next first.
func byNeed(a, b *share) int { return cmp.Or(cmp.Compare(a.held, b.held), cmp.Compare(a.turn, b.turn)) }
