package engine

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/quota"
)

// podPermits limits how many runs each executor of a Scheduler has active as Pods; for in-process
// runs see inProcessPermits. Only the loop's goroutine uses it.
//
// Every run that the records call Starting, Running or Stopping holds a permit, whichever leader
// started it. So permits need no memory of their own, and are the same after a takeover. A released
// permit goes to the Task that was served least recently, or, if a Task never was, that has waited
// since before the others were served. So a Task with a hundred runs does not delay the first run of
// another, and the order of Tasks that begin to wait at one instant does not depend on chance.
type podPermits struct {
	// held is how many permits of an executor are in use.
	held map[string]int
	// queues are the Tasks that wait for a permit of an executor, the next one first.
	queues map[string][]*entry
	quota  quotaWait
	// served counts who was served and who began to wait for the first time.
	served uint64
}

func newPodPermits(share *quota.Share) podPermits {
	return podPermits{quota: quotaWait{share: share}, held: map[string]int{}, queues: map[string][]*entry{}}
}

// hold counts the permits that an entry's runs hold by its saved record.
func (p *podPermits) hold(e *entry) { p.count(e, permitsHeld(e.base)) }

// reserve counts those of a record that is being saved as well: which of the two it
// will be is not known yet.
func (p *podPermits) reserve(e *entry, rec model.Record) {
	p.count(e, max(permitsHeld(e.base), permitsHeld(rec)))
}

// release releases all permits of an entry, and removes it from the wait queue.
func (p *podPermits) release(e *entry) {
	p.count(e, 0)
	p.dequeue(e)
}

func (p *podPermits) count(e *entry, n int) {
	if e.executor != e.task.Executor { // it has been given another one
		p.dequeue(e)
	}
	if e.task.InProcess {
		n = 0
	}
	p.held[e.executor] -= e.held
	e.executor, e.held = e.task.Executor, n
	p.held[e.executor] += n
	p.quota.adjust(n - e.quotaHeld)
	e.quotaHeld = n
}

// permitsHeld is how many runs of a record hold a permit.
func permitsHeld(rec model.Record) int {
	n := 0
	for i := range rec.Active {
		if rec.Active[i].HasAttempt() {
			n++
		}
	}
	return n
}

// free is how many runs an entry may start now, and whether that is limited. Where others wait, it is
// one, for the entry at the head of the queue. shortage is what the message of a waiting run says.
func (p *podPermits) free(e *entry) (n int, limited bool, shortage string) {
	if e.task.InProcess {
		return 0, false, ""
	}
	n = math.MaxInt
	if e.task.MaxConcurrent > 0 {
		n, limited = max(e.task.MaxConcurrent-p.held[e.task.Executor], 0), true
		shortage = fmt.Sprintf("It waits for capacity of the executor %s, which has %d.", e.task.Executor, e.task.MaxConcurrent)
	}
	if most, ok := p.quota.free(); ok {
		if limited = true; most < n {
			n, shortage = most, p.quota.share.Limits().Shortage("runs as Pods")
		}
		if p.isBehindOthers(e) {
			n = 0
		}
	}
	line := p.queues[e.task.Executor]
	switch i := slices.IndexFunc(line, (*entry).isEligible); {
	case !limited:
		return 0, false, ""
	case len(line) == 0 || len(line) == 1 && line[0] == e:
		return n, true, shortage
	case i >= 0 && line[i] == e:
		return min(n, 1), true, shortage
	default:
		return 0, true, shortage
	}
}

// isBehindOthers reports whether a Task of another executor waits for the quota that was
// served less recently.
func (p *podPermits) isBehindOthers(e *entry) bool {
	return slices.ContainsFunc(p.queueHeads(), func(head *entry) bool {
		return head.executor != e.task.Executor && (e.lastServed == 0 || head.lastServed < e.lastServed)
	})
}

// isEligible reports whether an entry could use a permit soon. One with a save in flight is waited
// for; one that backs off after an error or a panic lets the others pass.
func (e *entry) isEligible() bool { return !e.backingOff }

// updateQueue adds an entry to the wait queue or removes it after a decision. A Task that just
// received a permit and needs another goes to the back.
func (p *podPermits) updateQueue(e *entry, dec decide.Decision) {
	waits := slices.Contains(p.queues[e.task.Executor], e)
	launched := slices.ContainsFunc(dec.Commands, func(c decide.Command) bool { return c.Kind == decide.StartRun })
	if waits && (launched || !dec.NeedsPermit) {
		p.dequeue(e)
		waits = false
	}
	if launched || dec.NeedsPermit && e.lastServed == 0 {
		p.served++
		e.lastServed = p.served
	}
	if dec.NeedsPermit && !waits {
		p.enqueue(e)
	}
}

// enqueue inserts an entry before those that were served later.
func (p *podPermits) enqueue(e *entry) {
	line := p.queues[e.task.Executor]
	i, _ := slices.BinarySearchFunc(line, e.lastServed, func(other *entry, turn uint64) int { return cmp.Compare(other.lastServed, turn) })
	p.queues[e.task.Executor] = slices.Insert(line, i, e)
}

func (p *podPermits) dequeue(e *entry) {
	line := slices.DeleteFunc(p.queues[e.executor], func(other *entry) bool { return other == e })
	if p.queues[e.executor] = line; len(line) == 0 {
		delete(p.queues, e.executor)
	}
}

// queueHeads are the entries that are next among those that wait for an executor which has capacity,
// the one that was served least recently first.
func (p *podPermits) queueHeads() []*entry {
	var heads []*entry
	for _, line := range p.queues {
		i := slices.IndexFunc(line, (*entry).isEligible)
		if i >= 0 && (line[i].task.MaxConcurrent <= 0 || p.held[line[i].executor] < line[i].task.MaxConcurrent) {
			heads = append(heads, line[i])
		}
	}
	slices.SortFunc(heads, func(a, b *entry) int { return cmp.Compare(a.lastServed, b.lastServed) })
	return heads
}

// eligible are the next entries, one for each executor that has capacity, as far as the quota goes.
// short reports that it does not go far enough.
func (p *podPermits) eligible() (turns []*entry, short bool) {
	used := 0
	for _, e := range p.queueHeads() {
		switch most, limited := p.quota.free(); {
		case limited && most <= used:
			short = true
		case !e.inFlight:
			turns = append(turns, e)
			used++
		}
	}
	return turns, short
}

// hasWaiters reports whether a decision releases a permit that another Task waits for.
func (p *podPermits) hasWaiters(e *entry, dec decide.Decision) bool {
	return permitsHeld(dec.Record) < e.held && len(p.queues[e.task.Executor]) > 0
}

// dispatchPending has the next Tasks of the wait queues decided about.
func (s *Engine) dispatchPending() {
	if len(s.podPermits.queues) == 0 || s.closing || s.clockJumps.isSuspect() {
		return
	}
	turns, short := s.podPermits.eligible()
	for _, e := range turns {
		s.queue.set(e, s.now)
	}
	if short {
		s.podPermits.quota.await(s)
	}
}
