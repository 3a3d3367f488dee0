// Package verdict judges what became of the slots of a Task, from what witnesses
// saw: Pods that were made, requests that came in, lines that were logged. What the
// manager says itself counts for nothing where there is a witness; it is asked only
// for what nobody can see, the slots that it has dropped.
package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Attempt is an attempt of a run, as a witness saw it.
type Attempt struct {
	// Slot is the slot in its metadata.
	Slot time.Time
	// Number is the number of the attempt, from 1.
	Number int
	// Coalesced is how many older slots it stands for, by its metadata.
	Coalesced int64
	// Began is when it was first seen.
	Began time.Time
	// Ended is when it was first seen to have ended, or to be gone; zero if it never was.
	Ended time.Time
	// End is how it ended.
	End End
	// Where is where to look for it: a Pod, a request, a log.
	Where string
}

// End is how an attempt ended.
type End int

const (
	// Unfinished means that it was never seen to end. A Pod was deleted before, or a
	// caller went away.
	Unfinished End = iota
	// Failed means that it ended, and did not do its work.
	Failed
	// Completed means that it did its work.
	Completed
)

// Outcome is what the Task's record said of a slot.
type Outcome struct {
	Slot time.Time
	// Name is the outcome as in the API, such as Skipped.
	Name string
	// Reason is why, as in the API.
	Reason string
	// At is when it was known.
	At time.Time
	// Coalesced is how many older slots were folded into it.
	Coalesced int64
}

// The outcomes that matter here, as the API calls them.
const (
	outcomeFailed   = "Failed"
	outcomeLost     = "Lost"
	outcomeMissed   = "Missed"
	outcomeReplaced = "Replaced"
	outcomeSkipped  = "Skipped"
)

// Case is all that is known about a Task after everything has settled.
type Case struct {
	// Task is the namespace and the name.
	Task string
	// Expected are all slots that fell due, in order.
	Expected []time.Time
	// InProcess says that runs are calls inside the manager, which are made again
	// after a takeover.
	InProcess bool
	// MaxInstances is how many runs may be unfinished at a time; with 0 it is not judged
	// whether runs were skipped rightly.
	MaxInstances int
	// NewestWins says that a newer run displaces those that have not started (Replace).
	NewestWins bool
	// Attempts are those that the witnesses saw.
	Attempts []Attempt
	// Outcomes are those that the record has ever held. One that was held for long
	// counts once.
	Outcomes []Outcome
	// Counted is how many slots the Task's counters account for.
	Counted int64
	// Dropped is how many of these they call missed or skipped. Of those that were
	// dropped together the record lists the newest ten, and counts the others.
	Dropped int64
	// Disturbed are the instants at which a manager was struck, ended, or began to
	// lead.
	Disturbed []time.Time
}

// Verdict is what became of the slots of one or more Tasks.
type Verdict struct {
	// Expected is how many slots fell due.
	Expected int
	// Started is how many of them had a run, or one that the record says was refused
	// or stopped before anybody could see it.
	Started int
	// Coalesced is how many were folded into a newer one.
	Coalesced int
	// Missed and Skipped are how many the record says were dropped. What it only
	// counts is among the missed.
	Missed, Skipped int
	// Repeated is how many calls inside the manager were made again, or folded into a
	// newer one after they had been made, because the manager that made them was
	// struck: they are made at least once.
	Repeated int
	// Fenced is how many Pods were deleted before they had ended because no record
	// listed them.
	Fenced int
	// Doubled is how many slots were decided twice: two runs completed, an attempt
	// ran in two Pods, a slot had a run and was folded or dropped as well, the record
	// gave it two outcomes, or there was a run for what is no slot.
	Doubled int
	// Lost is how many slots were not decided, or started and never ended.
	Lost int
	// FalselySkipped is how many slots the record calls skipped because of other runs
	// although fewer than maxInstances were alive.
	FalselySkipped int
	// Miscounted is by how many slots the counters are off.
	Miscounted int
	// Evidence says what is wrong, in one line for each slot.
	Evidence []string
}

// Add adds another verdict to this one.
func (v *Verdict) Add(other Verdict) {
	v.Expected += other.Expected
	v.Started += other.Started
	v.Coalesced += other.Coalesced
	v.Missed += other.Missed
	v.Skipped += other.Skipped
	v.Repeated += other.Repeated
	v.Fenced += other.Fenced
	v.Doubled += other.Doubled
	v.Lost += other.Lost
	v.FalselySkipped += other.FalselySkipped
	v.Miscounted += other.Miscounted
	v.Evidence = append(v.Evidence, other.Evidence...)
}

// Guilty reports whether anything is wrong.
func (v *Verdict) Guilty() bool { return v.Doubled+v.Lost+v.FalselySkipped+v.Miscounted > 0 }

// Judge says what became of the slots of a Task.
func Judge(c Case) Verdict {
	j := newJudge(c)
	for _, slot := range c.Expected {
		j.judge(j.slots[slot.Unix()])
	}
	j.judgeUnseen()
	j.judgeSkips()
	for _, at := range j.strange {
		j.doubled(&at, "is no slot")
	}
	if off := c.Counted - int64(len(c.Expected)); off != 0 {
		j.verdict.Miscounted = int(max(off, -off))
		j.verdict.Evidence = append(j.verdict.Evidence,
			fmt.Sprintf("%s: its counters account for %d slots, and %d fell due", c.Task, c.Counted, len(c.Expected)))
	}
	return j.verdict
}

// slot is what is known about one slot.
type slot struct {
	at       time.Time
	attempts []Attempt
	// folds are the attempts and outcomes that stand for it, by their slots.
	folds map[int64]fold
	// outcomes are the names of those that the record gave it.
	outcomes []string
	// dropped is when the record dropped it, zero if it did not.
	dropped time.Time
}

// fold is a newer slot that stands for this one.
type fold struct {
	slot time.Time
	// decided is when its first attempt was seen, or when it was dropped.
	decided time.Time
}

type judge struct {
	Case

	slots map[int64]*slot
	// strange are runs for what is no slot.
	strange []slot
	// unseen are slots of which there is no trace.
	unseen  []*slot
	verdict Verdict
}

func newJudge(c Case) *judge {
	j := &judge{Case: c, slots: map[int64]*slot{}}
	for _, at := range c.Expected {
		j.slots[at.Unix()] = &slot{at: at, folds: map[int64]fold{}}
	}
	for _, a := range c.Attempts {
		s, ok := j.slots[a.Slot.Unix()]
		if !ok {
			j.strange = append(j.strange, slot{at: a.Slot, attempts: []Attempt{a}})
			continue
		}
		s.attempts = append(s.attempts, a)
	}
	for _, s := range j.slots {
		slices.SortFunc(s.attempts, func(a, b Attempt) int {
			return cmp.Or(a.Began.Compare(b.Began), cmp.Compare(a.Number, b.Number))
		})
	}
	for _, o := range c.Outcomes {
		s, ok := j.slots[o.Slot.Unix()]
		if !ok {
			continue
		}
		if !slices.Contains(s.outcomes, o.Name) {
			s.outcomes = append(s.outcomes, o.Name)
		}
		if o.Name == outcomeMissed || o.Name == outcomeSkipped {
			s.dropped = o.At
		}
	}
	j.fold()
	return j
}

// fold notes for each slot which newer ones stand for it: what stands for n others
// stands for the n before it.
func (j *judge) fold() {
	for _, s := range j.slots {
		for _, a := range s.attempts {
			j.note(a.Slot, a.Coalesced, a.Began)
		}
	}
	for _, o := range j.Outcomes {
		j.note(o.Slot, o.Coalesced, o.At)
	}
}

func (j *judge) note(at time.Time, n int64, decided time.Time) {
	i, ok := slices.BinarySearchFunc(j.Expected, at, time.Time.Compare)
	if !ok {
		return
	}
	for _, older := range j.Expected[max(0, i-int(n)):i] {
		folds := j.slots[older.Unix()].folds
		if _, known := folds[at.Unix()]; !known {
			folds[at.Unix()] = fold{slot: at, decided: decided}
		}
	}
}
