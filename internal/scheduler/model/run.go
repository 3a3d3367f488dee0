package model

import "time"

// IsFirst reports whether no attempt of the run that counts has ended.
func (r *Run) IsFirst() bool { return r.Attempt-r.Postponed-r.Disruptions <= 1 }

// IsStoppingUnstarted reports whether the run is being stopped because it had not
// started. If it starts all the same before it is stopped, it goes on.
func (r *Run) IsStoppingUnstarted() bool {
	return r.State == Stopping && (r.StopReason == ReasonRenewed || r.StopReason == ReasonStartTimeout)
}

// IsStoppingForGood reports whether the run is being stopped and no attempt follows: a newer one
// replaces it, or somebody cancelled it.
func (r *Run) IsStoppingForGood() bool {
	return r.State == Stopping && (r.StopReason == ReasonReplaced || r.StopReason == ReasonCancelled)
}

// IsOtherObject reports whether what was seen is not the object of the run's attempt, but
// another one that was given its name.
func (r *Run) IsOtherObject(obs Observation) bool {
	return r.UID != "" && obs.UID != "" && obs.UID != r.UID
}

// ResultOf is the part of a result that is known before the run has ended.
func ResultOf(run Run) Result {
	return Result{
		Slot: run.Slot, Source: run.Source, Start: run.Start,
		Attempts: run.Attempt, Coalesced: run.Coalesced, Name: run.object(),
	}
}

// FirstAttempt is an attempt that has started.
type FirstAttempt struct {
	Attempt int
	Start   time.Time
}
