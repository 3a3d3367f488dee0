package decide

import (
	"fmt"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// MaxRetryAfter is the longest time that a server can make the scheduled runs of a Task
// wait by one answer.
const MaxRetryAfter = time.Hour

// applyRetryAfter records until when a server asked to be sent nothing. The longest wait
// that is asked for counts; an edit of the Task ends it.
func (d *decider) applyRetryAfter(obs model.Observation) {
	if obs.RetryAfter <= 0 {
		return
	}
	until := d.Now.Add(min(obs.RetryAfter, MaxRetryAfter) + time.Second - 1).Truncate(time.Second) // records have whole seconds
	d.rec.NotBefore = model.Later(until, d.rec.NotBefore)
	d.need(Soon)
}

// endRetryAfter forgets the time that a server asked for when it has come, when the Task
// has been edited, which may have been to call another server, and when the clock was set
// back so far that no server can have asked for it.
func (d *decider) endRetryAfter() {
	until := d.rec.NotBefore
	switch {
	case until.IsZero():
	case !d.Now.Before(until), d.rec.Generation != d.Task.Generation, until.Sub(d.Now) > MaxRetryAfter+time.Second:
		d.rec.NotBefore = time.Time{}
		d.need(Lazy)
	}
}

// waitsForServer reports whether slots that fall due have to wait for the time that a
// server asked for. They are decided together then, as after an outage.
func (d *decider) waitsForServer() bool {
	if d.rec.NotBefore.IsZero() {
		return false
	}
	d.wakeAt(d.rec.NotBefore)
	return true
}

// isHeld reports whether a run that could start has to wait for the time that a server
// asked for. One that somebody asked for does not.
func (d *decider) isHeld(run *model.Run) bool {
	return run.Source == model.SourceScheduled && d.waitsForServer()
}

// retryAfterMessage says what scheduled runs wait for.
func (d *decider) retryAfterMessage() string {
	return fmt.Sprintf("The server asked to wait until %s: scheduled runs wait for it.", d.rec.NotBefore.Format(time.RFC3339))
}

// graceMessage says how a run was too late to start (R3), and whether that is because a
// server asked to wait.
func (d *decider) graceMessage(due time.Time) string {
	message := model.GraceMessage(d.Now.Sub(due), d.Task.Grace)
	if asked := d.Record.NotBefore; asked.After(due) {
		message += fmt.Sprintf(" The server had asked to wait until %s.", asked.Format(time.RFC3339))
	}
	return message
}
