package verdict

import (
	"fmt"
	"slices"
	"time"
)

// Reasons for which a run is skipped because of others, as the API calls them.
const (
	reasonMaxInstances = "MaxInstancesReached"
	reasonQueueFull    = "QueueFull"
)

// How far what witnesses see may lie from what the manager has read: a run that was
// decided before a slot may be seen to begin a moment after it, and one that has ended
// may be seen so a moment late.
const (
	beginSlack = 2 * time.Second
	endSlack   = time.Second
	// queueSlack is how long after its decision an outcome may be seen in the record.
	queueSlack = 3 * time.Second
)

// judgeSkips looks for runs that the record calls skipped because of others although
// fewer than maxInstances were alive: what the record says of instances counts for
// nothing, the witnesses have seen them.
func (j *judge) judgeSkips() {
	if j.MaxInstances == 0 {
		return
	}
	for _, o := range j.Outcomes {
		var from, to time.Time
		switch {
		case o.Name != outcomeSkipped:
			continue
		case o.Reason == reasonMaxInstances:
			from, to = o.Slot, o.Slot
		case o.Reason == reasonQueueFull && j.NewestWins:
			j.judgeDisplaced(o)
			continue
		case o.Reason == reasonQueueFull:
			from, to = o.At.Add(-queueSlack), o.At
		default:
			continue
		}
		if alive := j.aliveBetween(from, to); alive < j.MaxInstances {
			j.verdict.FalselySkipped++
			j.verdict.Evidence = append(j.verdict.Evidence, fmt.Sprintf(
				"falsely skipped %s: %s is recorded as %s, and %d of %d instances were alive",
				j.Task, o.Slot.UTC().Format(time.RFC3339), o.Reason, alive, j.MaxInstances))
		}
	}
}

// judgeDisplaced looks at a run that a newer one displaced before it had started: it needs
// a newer one, whether or not there was an instance for both.
func (j *judge) judgeDisplaced(o Outcome) {
	if slices.ContainsFunc(j.Expected, func(slot time.Time) bool { return slot.After(o.Slot) && !slot.After(o.At) }) {
		return
	}
	j.verdict.FalselySkipped++
	j.verdict.Evidence = append(j.verdict.Evidence, fmt.Sprintf(
		"falsely skipped %s: %s is recorded as %s at %s, and no newer slot was due",
		j.Task, o.Slot.UTC().Format(time.RFC3339), o.Reason, o.At.UTC().Format(time.RFC3339)))
}

// aliveBetween counts the runs that were unfinished at some instant between two.
func (j *judge) aliveBetween(from, to time.Time) int {
	alive := 0
	for _, s := range j.slots {
		if slices.ContainsFunc(spans(s.attempts), func(x span) bool {
			return !x.begin.After(to.Add(beginSlack)) && (x.end.IsZero() || !x.end.Before(from.Add(-endSlack)))
		}) {
			alive++
		}
	}
	return alive
}

// span is a time in which a run was unfinished. A zero end stands for one that was not
// seen to end.
type span struct{ begin, end time.Time }

// spans are those of a run: its attempts, and the time from one that failed to the next.
// A call that was broken off with its manager, and is made again, was not alive between.
func spans(attempts []Attempt) []span {
	var all []span
	for _, a := range attempts {
		all = append(all, span{a.Began, a.Ended})
		for _, next := range attempts {
			if next.Number == a.Number+1 && a.End == Failed {
				all = append(all, span{a.Began, next.Ended})
			}
		}
	}
	return all
}
