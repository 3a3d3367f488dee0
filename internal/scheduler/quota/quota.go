// Package quota limits how many runs each namespace has at once, and how many it starts in a
// second, whichever Schedulers they belong to.
package quota

import (
	"fmt"
	"sync"
	"time"
)

// Limits are those of a namespace. Zero is no limit.
type Limits struct {
	// Runs is how many runs may be under way at once.
	Runs int
	// StartsPerSecond is how many may be started in a second, on average; as many may be
	// started at once.
	StartsPerSecond int
}

// Shortage is what the message of a run says that waits for a limit; what names the runs.
func (l Limits) Shortage(what string) string {
	switch {
	case l.Runs > 0 && l.StartsPerSecond > 0:
		return fmt.Sprintf("It waits for the quota of its namespace, which may have %d %s at once and start %d in a second.", l.Runs, what, l.StartsPerSecond)
	case l.Runs > 0:
		return fmt.Sprintf("It waits for the quota of its namespace, which may have %d %s at once.", l.Runs, what)
	default:
		return fmt.Sprintf("It waits for the quota of its namespace, which may start %d %s in a second.", l.StartsPerSecond, what)
	}
}

// distance is how far apart starts are that come evenly.
func (l Limits) distance() time.Duration { return max(time.Second/time.Duration(l.StartsPerSecond), 1) }

// Quotas counts the runs of namespaces against their limits.
type Quotas struct {
	elapsed func() time.Duration

	mu       sync.Mutex
	fallback Limits
	own      map[string]Limits
	usage    map[string]*usage
}

// usage is what a namespace uses.
type usage struct {
	running int
	// next is the elapsed time at which a start would be in time if starts came evenly.
	next time.Duration
	// waiting are the shares that wait, and whether they have been notified that more may be
	// started; turns counts which of them were served.
	waiting map[*Share]bool
	turns   uint64
}

// New returns Quotas with those limits for namespaces that have none of their own. elapsed is
// time that passes evenly, counted from any fixed instant.
func New(elapsed func() time.Duration, limits Limits) *Quotas {
	return &Quotas{elapsed: elapsed, fallback: limits, own: map[string]Limits{}, usage: map[string]*usage{}}
}

// SetLimits gives a namespace limits of its own. What runs goes on.
func (q *Quotas) SetLimits(namespace string, limits Limits) {
	q.change(namespace, func() { q.own[namespace] = limits })
}

// ResetLimits takes the limits of its own from a namespace, or forgets a namespace that is gone.
func (q *Quotas) ResetLimits(namespace string) {
	q.change(namespace, func() { delete(q.own, namespace) })
}

// Share returns the share of one Scheduler of a namespace. Shares that wait are served by turns.
func (q *Quotas) Share(namespace string) *Share { return &Share{quotas: q, namespace: namespace} }

func (q *Quotas) limits(namespace string) Limits {
	if own, ok := q.own[namespace]; ok {
		return own
	}
	return q.fallback
}

func (q *Quotas) of(namespace string) *usage {
	u := q.usage[namespace]
	if u == nil {
		u = &usage{waiting: map[*Share]bool{}}
		q.usage[namespace] = u
	}
	return u
}

// change changes something that may allow those that wait to start runs, and notifies them. What
// notifies them must not need the lock.
func (q *Quotas) change(namespace string, do func()) {
	q.mu.Lock()
	do()
	var notified []*Share
	if u := q.usage[namespace]; u != nil {
		for s, knows := range u.waiting {
			if !knows {
				u.waiting[s] = true
				notified = append(notified, s)
			}
		}
		if u.running == 0 && len(u.waiting) == 0 && u.next <= q.elapsed() {
			delete(q.usage, namespace)
		}
	}
	q.mu.Unlock()
	for _, s := range notified {
		s.released()
	}
}
