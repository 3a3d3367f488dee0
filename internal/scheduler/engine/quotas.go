package engine

import (
	"cmp"
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/quota"
)

// quotaWait is a wait for the quota of the namespace, which is used up. Only the loop's goroutine
// touches it.
type quotaWait struct {
	share *quota.Share // nil: no quota
	// until is the elapsed time at which another start is allowed; zero: other runs have to
	// end first.
	until time.Duration
	// requested: the loop is notified when quota is released. waiting: other Schedulers of the
	// namespace let this one go first if it is next, also after it has been notified.
	requested, waiting bool
}

// free returns how many runs may be started.
func (w *quotaWait) free() (n int, limited bool) {
	if w.share == nil {
		return 0, false
	}
	n, limited, _ = w.share.Free()
	return n, limited
}

// adjust counts runs that others started, or that have ended if delta is negative.
func (w *quotaWait) adjust(delta int) {
	if w.share != nil {
		w.share.Adjust(delta)
	}
}

// await has the loop wake up when another start may be allowed.
func (w *quotaWait) await(s *Engine) {
	if _, _, wait := w.share.Free(); wait > 0 {
		w.until = s.cfg.Elapsed() + wait
	}
	if !w.requested {
		w.requested, w.waiting = true, true
		w.share.Wait(func() { s.post(w.over) }) // the iteration looks at what waits
	}
}

// over ends the wait: what waits is to be looked at again.
func (w *quotaWait) over() { w.requested, w.until = false, 0 }

// settle lets other Schedulers go first if nothing waits any more.
func (w *quotaWait) settle() {
	if w.waiting && !w.requested {
		w.waiting = false
		w.share.StopWaiting()
	}
}

// endQuotaWaits ends the waits whose time has come.
func (s *Engine) endQuotaWaits() {
	for _, w := range s.quotaWaits() {
		if w.until > 0 && s.nowElapsed >= w.until {
			w.over()
		}
	}
	s.unblockInProcess()
}

func (s *Engine) quotaWaits() []*quotaWait {
	return []*quotaWait{&s.podPermits.quota, &s.inProcess.quota}
}

// untilQuota settles the waits, and shortens a sleep so that the loop wakes up when another start is allowed.
func (s *Engine) untilQuota(sleep time.Duration) time.Duration {
	for _, w := range s.quotaWaits() {
		w.settle()
		if w.until > 0 {
			sleep = min(sleep, max(w.until-s.cfg.Elapsed(), 0))
		}
	}
	return sleep
}

// takeQuota counts the runs as Pods that a decision starts. It reports false if there is no
// quota left for them.
func (s *Engine) takeQuota(e *entry, dec decide.Decision) bool {
	if dec.PermitsTaken == 0 || e.task.InProcess || s.podPermits.quota.share == nil {
		return true
	}
	if !s.podPermits.quota.share.TryStart(dec.PermitsTaken) {
		return false
	}
	e.quotaHeld += dec.PermitsTaken
	return true
}

// quotaTurns says which executor of in-process runs the quota is for next: the one that was
// served least recently.
type quotaTurns struct {
	blocked []string // those with runs that wait for it
	turns   map[string]uint64
	last    uint64
}

func (t *quotaTurns) block(executor string) {
	if !slices.Contains(t.blocked, executor) {
		t.blocked = append(t.blocked, executor)
	}
}

func (t *quotaTurns) unblock(executor string) {
	t.blocked = slices.DeleteFunc(t.blocked, func(other string) bool { return other == executor })
}

// next is the waiting executor that was served least recently. There must be one.
func (t *quotaTurns) next() string {
	return slices.MinFunc(t.blocked, func(a, b string) int { return cmp.Compare(t.turns[a], t.turns[b]) })
}

func (t *quotaTurns) isBehindOthers(executor string) bool {
	return slices.ContainsFunc(t.blocked, func(other string) bool { return other != executor && t.turns[other] < t.turns[executor] })
}

func (t *quotaTurns) served(executor string) {
	if t.turns == nil {
		t.turns = map[string]uint64{}
	}
	t.last++
	t.turns[executor] = t.last
}

// hasInProcessQuota reports whether another in-process run of an executor may start. If not, the
// executor is looked at again when it may.
func (s *Engine) hasInProcessQuota(executor string) bool {
	n, limited := s.inProcess.quota.free()
	if !limited || n > 0 && !s.inProcess.quotaTurns.isBehindOthers(executor) {
		return true
	}
	s.inProcess.quotaTurns.block(executor)
	return false
}

// takeInProcessQuota counts an in-process run of an executor. It reports false if another Scheduler
// of the namespace was faster.
func (s *Engine) takeInProcessQuota(executor string) bool {
	switch share := s.inProcess.quota.share; {
	case share == nil:
		return true
	case share.TryStart(1):
		s.inProcess.quotaTurns.served(executor)
		return true
	default:
		s.inProcess.quotaTurns.block(executor)
		return false
	}
}

// unblockInProcess starts in-process runs that wait for the quota, as far as it goes.
func (s *Engine) unblockInProcess() {
	for t := &s.inProcess.quotaTurns; len(t.blocked) > 0; {
		executor := t.next()
		if n, limited := s.inProcess.quota.free(); limited && n == 0 && len(s.inProcess.queues[executor]) > 0 {
			s.inProcess.quota.await(s)
			return
		}
		t.unblock(executor)
		s.dispatchInProcess(executor)
	}
}
