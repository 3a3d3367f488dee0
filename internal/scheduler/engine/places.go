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

// places shares out what the executors of a Scheduler have: how many runs each of them
// carries out at a time as Pods; for calls see pools. Only the loop's goroutine touches
// it.
//
// A place is held by every run that the records call Starting, Running or Stopping,
// no matter which leader started it: so it needs no memory of its own, and is the same after a
// takeover. A place that becomes free goes to the Task that was served least recently, or,
// if it never was, has waited since before the others were. So a Task with a hundred runs
// keeps nobody from his first, and it does not depend on chance who comes first of those
// that begin to wait at one instant.
type places struct {
	// held is how many places of an executor are taken.
	held map[string]int
	// lines are the Tasks that wait for a place of an executor, the next one first.
	lines map[string][]*entry
	quota quotaWait
	// turns counts who was served and who began to wait for the first time.
	turns uint64
}

func newPlaces(share *quota.Share) places {
	return places{quota: quotaWait{share: share}, held: map[string]int{}, lines: map[string][]*entry{}}
}

// hold counts the places that an entry's runs hold, as they are on record.
func (p *places) hold(e *entry) { p.count(e, placesOf(e.base)) }

// reserve counts those of a record that is being saved as well: which of the two it
// will be is not known yet.
func (p *places) reserve(e *entry, rec model.Record) {
	p.count(e, max(placesOf(e.base), placesOf(rec)))
}

// release gives up all that an entry holds, and its place in the line.
func (p *places) release(e *entry) {
	p.count(e, 0)
	p.leave(e)
}

func (p *places) count(e *entry, n int) {
	if e.executor != e.task.Executor { // it has been given another one
		p.leave(e)
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

// placesOf is how many runs of a record hold a place.
func placesOf(rec model.Record) int {
	n := 0
	for i := range rec.Active {
		if rec.Active[i].UnderWay() {
			n++
		}
	}
	return n
}

// free is how many runs an entry may launch now, and whether there is a bound to
// it. Where others wait, it is one, for whose turn it is. shortage is what others wait for.
func (p *places) free(e *entry) (n int, limited bool, shortage string) {
	if e.task.InProcess {
		return 0, false, ""
	}
	n = math.MaxInt
	if e.task.Places > 0 {
		n, limited = max(e.task.Places-p.held[e.task.Executor], 0), true
		shortage = fmt.Sprintf("It waits for capacity of the executor %s, which has %d.", e.task.Executor, e.task.Places)
	}
	if most, ok := p.quota.free(); ok {
		if limited = true; most < n {
			n, shortage = most, p.quota.share.Limits().Shortage("runs as Pods")
		}
		if p.isBehindOthers(e) {
			n = 0
		}
	}
	line := p.lines[e.task.Executor]
	switch i := slices.IndexFunc(line, (*entry).canTakeTurn); {
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
func (p *places) isBehindOthers(e *entry) bool {
	return slices.ContainsFunc(p.heads(), func(head *entry) bool {
		return head.executor != e.task.Executor && (e.turn == 0 || head.turn < e.turn)
	})
}

// canTakeTurn reports whether a place would be of use to an entry soon. One that is
// being saved is waited for; one that is left alone after an error or a panic lets
// the others pass.
func (e *entry) canTakeTurn() bool { return !e.resting }

// line puts an entry in the line, or takes it out, by what was decided. One that has
// just been served and wants more goes to the end.
func (p *places) line(e *entry, dec decide.Decision) {
	waits := slices.Contains(p.lines[e.task.Executor], e)
	launched := slices.ContainsFunc(dec.Commands, func(c decide.Command) bool { return c.Kind == decide.StartRun })
	if waits && (launched || !dec.Starved) {
		p.leave(e)
		waits = false
	}
	if launched || dec.Starved && e.turn == 0 {
		p.turns++
		e.turn = p.turns
	}
	if dec.Starved && !waits {
		p.join(e)
	}
}

// join puts an entry in the line before those that were served later.
func (p *places) join(e *entry) {
	line := p.lines[e.task.Executor]
	i, _ := slices.BinarySearchFunc(line, e.turn, func(other *entry, turn uint64) int { return cmp.Compare(other.turn, turn) })
	p.lines[e.task.Executor] = slices.Insert(line, i, e)
}

func (p *places) leave(e *entry) {
	line := slices.DeleteFunc(p.lines[e.executor], func(other *entry) bool { return other == e })
	if p.lines[e.executor] = line; len(line) == 0 {
		delete(p.lines, e.executor)
	}
}

// heads are the entries that are next among those that wait for an executor which has capacity,
// the one that was served least recently first.
func (p *places) heads() []*entry {
	var heads []*entry
	for _, line := range p.lines {
		i := slices.IndexFunc(line, (*entry).canTakeTurn)
		if i >= 0 && (line[i].task.Places <= 0 || p.held[line[i].executor] < line[i].task.Places) {
			heads = append(heads, line[i])
		}
	}
	slices.SortFunc(heads, func(a, b *entry) int { return cmp.Compare(a.turn, b.turn) })
	return heads
}

// next are the entries whose turn it is, one for each executor that has capacity, as far as the
// quota goes; short reports that it does not go far enough.
func (p *places) next() (turns []*entry, short bool) {
	used := 0
	for _, e := range p.heads() {
		switch most, limited := p.quota.free(); {
		case limited && most <= used:
			short = true
		case !e.busy:
			turns = append(turns, e)
			used++
		}
	}
	return turns, short
}

// waitedFor reports whether a decision gives up a place that somebody waits for.
func (p *places) waitedFor(e *entry, dec decide.Decision) bool {
	return placesOf(dec.Record) < e.held && len(p.lines[e.task.Executor]) > 0
}

// serve has those looked at whose turn it is.
func (s *Scheduler) serve() {
	if len(s.places.lines) == 0 || s.closing || s.jumps.isDoubted() {
		return
	}
	turns, short := s.places.next()
	for _, e := range turns {
		s.queue.set(e, s.now)
	}
	if short {
		s.places.quota.await(s)
	}
}
