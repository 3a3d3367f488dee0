package decide

import (
	"fmt"
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
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
	var unread []model.Run
	for _, run := range d.rec.Active {
		switch {
		case queued(run):
		case d.unfinishedAt(run, due):
			known++
		case run.HasAttempt() && run.Holder == "" && !d.verifiedSince(run, due):
			unread = append(unread, run)
		}
	}
	if known >= d.Task.MaxInstances {
		return true
	}
	for _, run := range unread {
		d.requestRead(run)
	}
	return false // until they have been read, or one of them has ended
}

// unfinishedAt reports whether a run is known to be unfinished, and to have been so
// when another one was due.
func (d *decider) unfinishedAt(run model.Run, due time.Time) bool {
	skip := d.Task.OverlapPolicy != model.OverlapQueue && d.Task.OverlapPolicy != model.OverlapReplace
	startedLater := skip && d.startedAfter(run, due)
	switch {
	case !run.HasAttempt(): // it waits for its next attempt or for capacity: the record is all there is
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
func (d *decider) startedAfter(run model.Run, due time.Time) bool {
	start := run.Start
	if decided, ok := d.decidedAt[run.AttemptRef()]; ok {
		start = decided
	}
	first, known := d.FirstAttempts[run.Ref()]
	if known && first.Attempt < run.Attempt {
		start = first.Start
	}
	return !start.Before(due) && (known || run.IsFirst() || due.Before(d.Since))
}

// verifiedSince reports whether a live read at t or later has found the run unfinished.
func (d *decider) verifiedSince(run model.Run, t time.Time) bool {
	seen, ok := d.Verified[run.AttemptRef()]
	return ok && !seen.Before(t)
}

// requestRead asks for a live read of a run.
func (d *decider) requestRead(run model.Run) {
	d.wakeAt(d.Now.Add(verifyInterval))
	if !slices.ContainsFunc(d.toRead, func(other model.Run) bool { return other.Ref() == run.Ref() }) {
		d.toRead = append(d.toRead, run)
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
	if !oldest.HasAttempt() {
		since = "waiting since"
	}
	return fmt.Sprintf("%d of %d instances %s still running (the oldest %s %s).",
		d.instances(), d.Task.MaxInstances, is, since, oldest.Start.UTC().Format(time.RFC3339))
}
