package quota

import "time"

// Share is what a Scheduler has of the quota of its namespace. It belongs to one goroutine.
type Share struct {
	quotas    *Quotas
	namespace string
	turn      uint64 // when it was served last, guarded by the lock of quotas
	released  func()
}

// Limits returns those of the namespace.
func (s *Share) Limits() Limits {
	s.quotas.mu.Lock()
	defer s.quotas.mu.Unlock()
	return s.quotas.limits(s.namespace)
}

// Free returns how many runs may be started now; limited is false if there is no limit. If there
// is none, wait is after which time there is one, zero if that depends on other runs to end, or
// on another share that is to be served first.
func (s *Share) Free() (n int, limited bool, wait time.Duration) {
	s.quotas.mu.Lock()
	defer s.quotas.mu.Unlock()
	limits := s.quotas.limits(s.namespace)
	if limits == (Limits{}) {
		return 0, false, 0
	}
	n, wait = s.free(limits)
	return n, true, wait
}

// TryStart counts so many runs as started, if all of them may start now.
func (s *Share) TryStart(runs int) (started bool) {
	s.quotas.change(s.namespace, func() {
		limits := s.quotas.limits(s.namespace)
		if limits != (Limits{}) {
			if n, _ := s.free(limits); n < runs {
				return
			}
		}
		u := s.quotas.of(s.namespace)
		u.running += runs
		if limits.StartsPerSecond > 0 {
			u.next = max(u.next, s.quotas.elapsed()) + time.Duration(runs)*limits.distance()
		}
		u.turns++
		s.turn, started = u.turns, true
	})
	return started
}

// Adjust counts runs that were started by others, or have ended if delta is negative.
func (s *Share) Adjust(delta int) {
	if delta != 0 {
		s.quotas.change(s.namespace, func() { s.quotas.of(s.namespace).running += delta })
	}
}

// Wait calls released once when more runs may be started than before, unless StopWaiting is
// called. Until then other shares of the namespace that were served later let this one go first,
// also after released was called. released must not block, and must not use a Share.
func (s *Share) Wait(released func()) {
	s.quotas.mu.Lock()
	defer s.quotas.mu.Unlock()
	s.released = released
	s.quotas.of(s.namespace).waiting[s] = false
}

// StopWaiting ends a wait. Other shares need not let this one go first any more.
func (s *Share) StopWaiting() {
	s.quotas.change(s.namespace, func() {
		if u := s.quotas.usage[s.namespace]; u != nil {
			delete(u.waiting, s)
		}
	})
}

// free is Free for limits of which one is set.
func (s *Share) free(limits Limits) (n int, wait time.Duration) {
	u := s.quotas.usage[s.namespace]
	if u == nil {
		u = &usage{}
	}
	n = limits.Runs + limits.StartsPerSecond // more than the one that is set allows
	if limits.Runs > 0 {
		n = min(n, max(limits.Runs-u.running, 0))
	}
	if limits.StartsPerSecond > 0 && n > 0 {
		ahead := max(u.next-s.quotas.elapsed(), 0) // of what has been started already
		if n = min(n, int((time.Second-ahead)/limits.distance())); n <= 0 {
			return 0, ahead + limits.distance() - time.Second
		}
	}
	for other := range u.waiting {
		if other != s && other.turn < s.turn {
			n--
		}
	}
	return max(n, 0), 0
}
