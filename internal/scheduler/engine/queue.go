package engine

import (
	"cmp"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/indexedheap"
)

// dueQueue orders entries by when they have to be looked at again. An entry is
// in it at most once.
type dueQueue struct{ heap *indexedheap.Heap[*entry] }

// newDueQueue puts what is due at one instant in the order of arrival: which Task is served
// first must not be left to chance.
func newDueQueue() dueQueue {
	compare := func(a, b *entry) int { return cmp.Or(a.wake.Compare(b.wake), cmp.Compare(a.number, b.number)) }
	return dueQueue{indexedheap.New(compare, func(e *entry) *int { return &e.position })}
}

// Len returns how many entries are to be looked at again.
func (q dueQueue) Len() int { return q.heap.Len() }

// set arms e for t; the zero time takes it out of the queue.
func (q dueQueue) set(e *entry, t time.Time) {
	if t.IsZero() {
		q.heap.Remove(e)
		return
	}
	e.wake = t
	q.heap.Set(e)
}

// next takes out an entry that is due by now, or returns nil and how long until
// the first one is, -1 when there is none.
func (q dueQueue) next(now time.Time) (*entry, time.Duration) {
	if q.heap.Len() == 0 {
		return nil, -1
	}
	if first := q.heap.First(); first.wake.After(now) {
		return nil, first.wake.Sub(now)
	}
	return q.heap.Pop(), 0
}
