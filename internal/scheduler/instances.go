package scheduler

import (
	"fmt"
	"slices"
	"time"
)

// verifyInterval is how long to wait for the answer of a live read before it is asked
// for again.
const verifyInterval = 5 * time.Second

// instancesKnown reports whether a run that was due at an instant can be admitted or
// refused (R4). What the record calls unfinished may have ended while nobody led, or
// while the watch was broken: a slot that would be refused because of it waits until
// the run has been read live. A slot that nothing stands in the way of never waits.
func (d *decider) instancesKnown(due time.Time) bool {
	if d.instances() < d.Task.MaxInstances {
		return true
	}
	known := 0
	var unread []Run
	for _, run := range d.rec.Active {
		switch {
		case queued(run):
		case d.unfinishedAt(run, due):
			known++
		case run.underWay() && run.Holder == "" && !d.verifiedSince(run, due):
			unread = append(unread, run)
		}
	}
	if known >= d.Task.MaxInstances {
		return true
	}
	for _, run := range unread {
		d.askToVerify(run)
	}
	return false // until they have been read, or one of them has ended
}

// unfinishedAt reports whether a run is known to be unfinished, and to have been so
// when another one was due.
func (d *decider) unfinishedAt(run Run, due time.Time) bool {
	skip := d.Task.Overlap != OverlapQueue && d.Task.Overlap != OverlapReplace
	startedLater := skip && d.startedAfter(run, due)
	switch {
	case !run.underWay(): // it waits for its next attempt or for capacity: the record is all there is
		return true
	case run.Holder != "": // one that begins just now may have been put off, by a process that stood still
		return run.Holder == d.Holder && !startedLater && (!skip || !d.Creating[run.AttemptRef()])
	case d.verifiedSince(run, due):
		return !startedLater
	default: // nothing of it needs to exist to be queued behind or replaced
		return !skip && d.Creating[run.AttemptRef()]
	}
}

// startedAfter reports whether a run was started after another one was due, because nobody
// led or nothing could be created then: it must not cost the other one its slot. One that
// was waiting for its next attempt then was unfinished, and so was one whose containers had
// yet to start.
func (d *decider) startedAfter(run Run, due time.Time) bool {
	start := run.Start
	if decided, ok := d.decidedAt[run.AttemptRef()]; ok {
		start = decided
	}
	first, known := d.Begun[run.Ref()]
	if known && first.Attempt < run.Attempt {
		start = first.Start
	}
	return !start.Before(due) && (known || run.isFirst() || due.Before(d.Since))
}

// BegunAttempt is an attempt that has started.
type BegunAttempt struct {
	Attempt int
	Start   time.Time
}

// isFirst reports whether no attempt of the run that counts has ended.
func (r *Run) isFirst() bool { return r.Attempt-r.Postponed-r.Disruptions <= 1 }

// noteBegun keeps when the runs on record were started first. Calls that another process has
// begun ended with it.
func (e *entry) noteBegun(holder string) {
	for i := range e.base.Active {
		run := &e.base.Active[i]
		first, known := e.begun[run.Ref()]
		switch {
		case !run.underWay() || known && first.Attempt != run.Attempt:
		case run.Holder == holder, run.Holder == "" && (known || run.Attempt == 1):
			e.begun[run.Ref()] = BegunAttempt{Attempt: run.Attempt, Start: run.Start}
		}
	}
}

// verifiedSince reports whether a live read at t or later has found the run unfinished.
func (d *decider) verifiedSince(run Run, t time.Time) bool {
	seen, ok := d.Verified[run.AttemptRef()]
	return ok && !seen.Before(t)
}

// askToVerify asks for a live read of a run.
func (d *decider) askToVerify(run Run) {
	d.wakeAt(d.Now.Add(verifyInterval))
	if !slices.ContainsFunc(d.verify, func(other Run) bool { return other.Ref() == run.Ref() }) {
		d.verify = append(d.verify, run)
	}
}

// limitMessage says what stands in the way of a further run.
func (d *decider) limitMessage() string {
	is := "are"
	if d.instances() == 1 {
		is = "is"
	}
	oldest := d.oldest()
	since := "started"
	if !oldest.underWay() {
		since = "waiting since"
	}
	return fmt.Sprintf("%d of %d instances %s still running (the oldest %s %s).",
		d.instances(), d.Task.MaxInstances, is, since, oldest.Start.UTC().Format(time.RFC3339))
}
