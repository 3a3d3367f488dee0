package scheduler

import (
	"container/heap"
	"time"
)

// dueQueue orders entries by when they have to be looked at again. An entry is
// in it at most once.
type dueQueue []*entry

func (q dueQueue) Len() int { return len(q) }

// Less puts what is due at one instant in the order of arrival: which Task gets a
// place must not be left to chance.
func (q dueQueue) Less(i, j int) bool {
	if order := q[i].wake.Compare(q[j].wake); order != 0 {
		return order < 0
	}
	return q[i].number < q[j].number
}

func (q dueQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

// Push implements heap.Interface; use set.
func (q *dueQueue) Push(x any) {
	e := x.(*entry)
	e.place = len(*q)
	*q = append(*q, e)
}

// Pop implements heap.Interface; use next.
func (q *dueQueue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	e.place = notQueued
	return e
}

const notQueued = -1

// set arms e for t; the zero time takes it out of the queue.
func (q *dueQueue) set(e *entry, t time.Time) {
	switch {
	case t.IsZero() && e.place != notQueued:
		heap.Remove(q, e.place)
	case t.IsZero():
	case e.place != notQueued:
		e.wake = t
		heap.Fix(q, e.place)
	default:
		e.wake = t
		heap.Push(q, e)
	}
}

// next takes out an entry that is due by now, or returns nil and how long until
// the first one is, -1 when there is none.
func (q *dueQueue) next(now time.Time) (*entry, time.Duration) {
	if len(*q) == 0 {
		return nil, -1
	}
	if first := (*q)[0]; first.wake.After(now) {
		return nil, first.wake.Sub(now)
	}
	return heap.Pop(q).(*entry), 0
}
