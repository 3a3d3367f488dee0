package model

import (
	"reflect"
	"slices"
	"time"
)

// State is what a Task is doing, in one word.
type State string

// The states of a Task.
const (
	// Scheduled: slots are decided as they fall due, or wait for the Scheduler to be resumed.
	Scheduled State = "Scheduled"
	// Paused by its own spec: slots are forgotten.
	Paused State = "Paused"
	// Completed: the trigger has no further slot.
	Completed State = "Completed"
	// Stalled: somebody has to change something first.
	Stalled State = "Stalled"
)

// Source says who asked for a run.
type Source string

// The sources of runs.
const (
	// SourceScheduled is a run that the trigger asked for.
	SourceScheduled Source = "Scheduled"
	// SourceManual is a run that somebody asked for (R8).
	SourceManual Source = "Manual"
)

// RunState is how far an unfinished run has come.
type RunState string

// The states of an unfinished run.
const (
	// Queued: waits for one of its Task's other runs to end (R4).
	Queued RunState = "Queued"
	// Pending: it waits for capacity of its executor. It holds an
	// instance, but no permit.
	Pending RunState = "Pending"
	// Backoff: the last attempt failed, and the next waits for its time (R5).
	Backoff RunState = "Backoff"
	// Starting: decided and recorded; the attempt has been sent or is about to be.
	Starting RunState = "Starting"
	// Running: the attempt has been seen running.
	Running RunState = "Running"
	// Stopping: the attempt is being stopped, and counts until it has ended.
	Stopping RunState = "Stopping"
)

// Outcome is how a slot ended.
type Outcome string

// The outcomes.
const (
	Succeeded Outcome = "Succeeded"
	Failed    Outcome = "Failed"
	Missed    Outcome = "Missed"
	Skipped   Outcome = "Skipped"
	Lost      Outcome = "Lost"
	Replaced  Outcome = "Replaced"
	Cancelled Outcome = "Cancelled"
)

// Reasons that the core itself gives. Executors give further ones.
const (
	ReasonSucceeded        = "Succeeded"
	ReasonGraceExceeded    = "MisfireGracePeriodExceeded"
	ReasonMaxInstances     = "MaxInstancesReached"
	ReasonCatchUpLimit     = "CatchUpLimit"
	ReasonTriggerChanged   = "TriggerChanged"
	ReasonTimeout          = "Timeout"
	ReasonStartTimeout     = "StartTimeout"
	ReasonVanished         = "PodVanished"
	ReasonDisrupted        = "PodDisrupted"
	ReasonLost             = "Lost"
	ReasonPaused           = "Paused"
	ReasonSchedulerPaused  = "SchedulerPaused"
	ReasonCompleted        = "Completed"
	ReasonScheduled        = "Scheduled"
	ReasonAwaitingShutdown = "AwaitingShutdown"
	ReasonResumed          = "Resumed"
	ReasonRepaired         = "Repaired"
	ReasonQueueFull        = "QueueFull"
	ReasonReplaced         = "Replaced"
	ReasonCancelled        = "Cancelled"
	ReasonRenewed          = "Renewed"
	ReasonClockBehind      = "ClockBehind"
	ReasonInvalidAction    = "InvalidAction"
	// ReasonTriggerTooExpensive: the slots could not be found within the steps that a trigger may cost.
	ReasonTriggerTooExpensive = "TriggerTooExpensive"
)

// MaxRecent is how many finished runs a record keeps.
const MaxRecent = 10

// Run is an unfinished run.
type Run struct {
	Source Source
	// Slot is the nominal time of the run.
	Slot time.Time
	// Due is the slot plus its jitter (T7).
	Due time.Time
	// Request is what the run was asked for with, when Source is Manual.
	Request string
	// RequestNumber is which of the Task's requests it answers, from 1, when Source is
	// Manual. Zero: it was decided by a version that did not count them.
	RequestNumber int64
	// Attempt counts from 1. A Queued or Waiting run has not had one.
	Attempt int
	// Postponed is how many of its attempts found that the work could not be done
	// yet: they do not count against Retry.MaxAttempts (R5).
	Postponed int
	// Disruptions is how many of its attempts were ended for a reason outside the
	// work, such as an eviction: they do not count either (R11).
	Disruptions int
	State       RunState
	// Start is when the attempt was decided, and once it has been seen
	// running, when it began to run.
	Start time.Time
	// Coalesced is how many older slots were folded into this run (R2).
	Coalesced int64
	// CatchUp marks a run that stands for a backlog: until it is finished no
	// further slot of the Task is decided (R2, coalesce false).
	CatchUp bool
	// NotBefore is when the next attempt may start, while in Backoff, and
	// until when the end of a Stopping one is waited for.
	NotBefore time.Time
	// Holder is the process that runs an in-process run.
	Holder string
	// Name is the name of the object that carries the attempt out, once it is created.
	// It follows from the identity of the attempt and from Nonce.
	Name string
	// Nonce is a random text that is saved with the decision to start the attempt, so that
	// nobody can know Name before. Empty: the run has no object, or an older version decided it.
	Nonce string
	// UID is the identity of the object, once it is known. Like Created, it is saved with
	// whatever else there is to save. Another object of the same name is not the attempt's.
	UID string
	// New says that no other process can have created the object, and that this process does
	// not know yet whether it has. It is set for executors; no record holds it.
	New bool
	// Timeout and StartTimeout are those of the Task when the attempt was started: an
	// edit applies to later attempts (R5). A zero Timeout means no limit.
	Timeout, StartTimeout time.Duration
	// ActionHash is that of the Task when the attempt was started (R12).
	ActionHash string
	// Created says that this object is known to exist, or to have existed. It is saved
	// with whatever else there is to save.
	Created bool
	// Message says what keeps an attempt from beginning, running or finishing; in
	// Backoff, how the last one failed.
	Message string
	// StopReason says why a Stopping run was stopped: the reason of its
	// failure once it has ended. In Backoff it is the reason of the last
	// attempt's failure. While Starting or Running it is ReasonDisrupted if the
	// attempt is being ended from outside.
	StopReason string
	// Suspended says that somebody holds the attempt back on purpose, which its
	// start timeout waits for (R11).
	Suspended bool
	// WaitingSince is since when the start timeout counts, if later than Start:
	// when the attempt was no longer suspended, or when one that had begun to work
	// could not be started further. The zero time: from Start.
	WaitingSince time.Time
}

// object is the name of the object that carries the attempt out; empty while none is
// known to exist.
func (r *Run) object() string {
	if !r.Created {
		return ""
	}
	return r.Name
}

// sameOnRecord reports whether saving one run instead of the other would change nothing
// that is worth a write.
func sameOnRecord(a, b Run) bool {
	a.Created, a.UID = b.Created, b.UID
	return a == b
}

// HasAttempt reports whether an attempt of the run may be seen.
func (r *Run) HasAttempt() bool {
	return r.State != Queued && r.State != Pending && r.State != Backoff
}

// Result is a decided slot that has come to its end.
type Result struct {
	Slot      time.Time
	Source    Source
	Outcome   Outcome
	Reason    string
	Message   string
	Start     time.Time
	Finish    time.Time
	Attempts  int
	Coalesced int64
	Name      string
}

// Counters counts decided slots by what became of them (R1).
type Counters struct {
	Succeeded, Failed, Missed, Skipped, Coalesced, Replaced, Lost, Cancelled int64
}

// add counts an outcome.
func (c *Counters) add(outcome Outcome) {
	switch outcome {
	case Succeeded:
		c.Succeeded++
	case Failed:
		c.Failed++
	case Lost:
		c.Lost++
	case Replaced:
		c.Replaced++
	case Cancelled:
		c.Cancelled++
	case Missed:
		c.Missed++
	case Skipped:
		c.Skipped++
	}
}

// LastRun says how the newest finished run ended. It outlives Recent, which
// skipped slots may have filled.
type LastRun struct {
	OK              bool
	Reason, Message string
	// Since is when the first run of an unbroken row of such endings finished.
	Since time.Time
}

// Record is what must survive a restart. Every slot up to DecidedThrough has
// been decided: it is counted, or it is in Active. DecidedThrough never moves
// back.
type Record struct {
	State State
	// StateReason and StateMessage explain the state.
	StateReason, StateMessage string
	// ReadySince is when the Task last became Stalled, or ceased to be.
	ReadySince     time.Time
	DecidedThrough time.Time
	// Trigger is the hash of the trigger that DecidedThrough and Next belong
	// to; empty while there is no valid one.
	Trigger string
	// TriggerSince is when that trigger was first recorded.
	TriggerSince time.Time
	// Next is the next slot, zero when there is none.
	Next time.Time

	Active      []Run
	Recent      []Result
	Counts      Counters
	LastSlot    time.Time
	LastSuccess time.Time
	Last        *LastRun
	// Request is the request for a run that was handled last (R8), Requests how many
	// have been handled.
	Request  string
	Requests int64
	// Cancel is the request to cancel runs that was handled last (R13).
	Cancel string
	// NotBefore is when scheduled attempts may start again after a server asked to
	// wait; zero when none did. See retryafter.go.
	NotBefore time.Time
	// AcceptedAction is the hash of the action that was last found to be one that can be
	// carried out: it need not be checked again. Empty: none was.
	AcceptedAction string
	// Settings are what the record was decided by.
	Settings EffectiveSettings
	// Generation is the version of the spec that the record was decided under.
	Generation int64
}

// Clone returns a copy that shares nothing that is written to.
func (r Record) Clone() Record {
	r.Active = slices.Clone(r.Active)
	r.Recent = slices.Clone(r.Recent)
	if r.Last != nil {
		last := *r.Last
		r.Last = &last
	}
	return r
}

// Equal reports whether two records say the same. It is asked with every decision:
// what there is much of is compared without reflection.
func (r Record) Equal(other Record) bool {
	if !slices.EqualFunc(r.Active, other.Active, sameOnRecord) || !slices.Equal(r.Recent, other.Recent) {
		return false
	}
	r.Active, r.Recent = other.Active, other.Recent
	if r.Last != nil && other.Last != nil && *r.Last == *other.Last {
		r.Last = other.Last
	}
	return reflect.DeepEqual(r, other)
}

// SameProgress reports whether two records have come equally far: they hold the same
// decisions, whatever fractions of a second or long texts one of them has lost.
func (r *Record) SameProgress(other Record) bool {
	return r.DecidedThrough.Equal(other.DecidedThrough) && r.Trigger == other.Trigger && r.State == other.State &&
		r.StateReason == other.StateReason && r.Counts == other.Counts && r.Request == other.Request && r.Cancel == other.Cancel &&
		slices.EqualFunc(r.Active, other.Active, sameRunProgress)
}

// sameRunProgress reports whether a run has come equally far in both.
func sameRunProgress(a, b Run) bool {
	return a.AttemptRef() == b.AttemptRef() && a.State == b.State && a.Nonce == b.Nonce && a.Holder == b.Holder &&
		a.StopReason == b.StopReason && a.Suspended == b.Suspended && a.Start.Unix() == b.Start.Unix()
}

// InheritObjects takes over from an earlier record which objects carry out the attempts that
// both records list. A record that was read may not say so yet.
func (r *Record) InheritObjects(earlier Record) {
	for i := range r.Active {
		run := &r.Active[i]
		j := earlier.IndexOf(run.Ref())
		if j < 0 || run.UID != "" || !run.HasAttempt() {
			continue
		}
		if known := &earlier.Active[j]; known.UID != "" && known.Attempt == run.Attempt && known.Name == run.Name {
			run.Created, run.UID = true, known.UID
		}
	}
}

// IndexOf returns the index of a run in Active, or -1.
func (r *Record) IndexOf(id RunRef) int {
	return slices.IndexFunc(r.Active, func(run Run) bool { return run.Ref() == id })
}

// Conclude takes a run out of Active, or a slot that never got there, and
// writes down how it ended.
func (r *Record) Conclude(res Result) {
	r.Counts.add(res.Outcome)
	if res.Outcome == Succeeded {
		r.LastSuccess = res.Finish
	}
	if res.Outcome == Succeeded || res.Outcome == Failed || res.Outcome == Lost { // a run that was replaced or cancelled is no failure
		last := &LastRun{OK: res.Outcome == Succeeded, Reason: res.Reason, Message: res.Message, Since: res.Finish}
		if r.Last != nil && r.Last.OK == last.OK {
			last.Since = r.Last.Since
		}
		r.Last = last
	}
	r.remember(res)
}

// remember puts a result in front of the recent ones, newest first.
func (r *Record) remember(res Result) {
	r.Recent = slices.Insert(r.Recent, 0, res)
	if len(r.Recent) > MaxRecent {
		r.Recent = r.Recent[:MaxRecent]
	}
}
