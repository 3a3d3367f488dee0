package model

import (
	"time"

	"github.com/carillon-dev/carillon/trigger"
)

// Key names a Task. The UID is part of it: a Task that was deleted and made
// again under the same name is another Task, with a record of its own.
type Key struct {
	Namespace, Name, UID string
}

// String returns namespace/name.
func (k Key) String() string { return k.Namespace + "/" + k.Name }

// Problem says why a Task cannot be scheduled as asked.
type Problem struct {
	// Reason is one word for programs, CamelCase.
	Reason string
	// Message is for people: the field, what is wrong with it, what to write instead.
	Message string
}

// Task is what is asked for: a Task's spec with every default resolved.
// It is a value and is not changed once it has been handed to a Scheduler.
type Task struct {
	Key
	// Generation is the version of the spec that this value was made from.
	Generation int64
	// Created is when the Task came into being.
	Created time.Time

	// Trigger names the slots. It is nil if Invalid is set, and if the Task could not be
	// translated, as Missing says then: slots wait, and Settings stay as they were saved.
	Trigger *trigger.Trigger
	// Warning says what may surprise about a Task that is valid; empty: nothing.
	Warning string
	// Invalid is set when the trigger cannot be used. Slots are forgotten
	// until it is repaired.
	Invalid *Problem
	// InvalidAction is set when the action cannot be carried out as it is written. Slots
	// are forgotten until it can be.
	InvalidAction *Problem
	// Missing is set when something that the Task refers to does not exist.
	// Slots wait until it appears (E1).
	Missing *Problem
	// ZoneUnresolved says that the Trigger may yet turn out to be another one,
	// because what it takes from elsewhere is not there: it is not recorded
	// as long as none is.
	ZoneUnresolved bool
	// Paused is the Task's own switch: slots are forgotten (P1).
	Paused bool
	// SchedulerPaused is the Scheduler's switch: slots wait (P2).
	SchedulerPaused bool
	// SchedulerDeleted is when the Scheduler was deleted: the slot of a shutdown trigger
	// (P3). The zero time: it has not been.
	SchedulerDeleted time.Time
	// ShutdownTimeout bounds how long in-process runs may go on when this process ends; nil
	// means as long as Config.DrainTimeout says.
	ShutdownTimeout *time.Duration
	// StartupDelay is for how long nothing starts after the Scheduler has been
	// taken over.
	StartupDelay time.Duration

	// Coalesce folds all overdue slots into one run for the newest (R2).
	Coalesce bool
	// CatchUpLimit bounds how many overdue slots run when Coalesce is false.
	CatchUpLimit int
	// MaxInstances bounds the unfinished runs of this Task (R4).
	MaxInstances int
	// OverlapPolicy says what happens to a run beyond MaxInstances (R4).
	OverlapPolicy OverlapPolicy
	// Retry says when a failed attempt is followed by another (R5).
	Retry Retry
	// Request asks for a run now when it differs from the one that the record
	// says was handled last; empty asks for nothing (R8).
	Request string
	// Cancel asks for runs to be cancelled when it differs from the one that the record says was
	// handled last; empty asks for nothing (R13).
	Cancel string
	// Grace is how late a run's first attempt may start after the slot was
	// due; zero means however late (R3).
	Grace time.Duration

	// Executor is the name of the executor that starts the runs.
	Executor string
	// MaxConcurrent is how many runs of the Scheduler that executor carries out at a
	// time; zero means no bound.
	MaxConcurrent int
	// InProcess says that runs live inside this process and end with it, so
	// that a run whose holder is gone has to be started again.
	InProcess bool
	// Timeout bounds one attempt from its start; zero means no bound.
	Timeout time.Duration
	// StartTimeout bounds how long an attempt may take to begin; zero means no bound.
	StartTimeout time.Duration
	// StopGrace is how long an attempt may take to end when it is stopped.
	StopGrace time.Duration
	// KeepSucceeded and KeepFailed are how many finished runs leave
	// something behind to look at (R7).
	KeepSucceeded, KeepFailed int

	// Account is the identity that the runs act with, for people to see; empty: that of this
	// process.
	Account string
	// Payload is what the executor and the Store need and the core does not
	// look into.
	Payload any
	// ActionHash identifies what Payload asks the runs to do: it differs exactly
	// when the action was edited. It stays the same over restarts. Empty: not known.
	ActionHash string
	// AcceptedAction is the ActionHash of the action that was last found to be one that
	// can be carried out; empty while that is not known.
	AcceptedAction string
}

// IsUntranslated reports whether the spec could not be translated.
func (t *Task) IsUntranslated() bool { return t.Trigger == nil && t.Invalid == nil && t.Missing != nil }

// EffectiveSettings are the parts of a Task that come from defaults, for people to see.
type EffectiveSettings struct {
	// TimeZone is empty while there is no valid trigger.
	TimeZone      string
	Coalesce      bool
	CatchUpLimit  int // 0 with Coalesce
	MaxInstances  int
	OverlapPolicy OverlapPolicy
	Grace         time.Duration
	Executor      string
	Account       string        // empty: that of this process
	Timeout       time.Duration // 0: no limit
	Retry         Retry         // the zero value for one attempt
	// InProcess says that runs have no Pod, and the settings below no meaning: they are 0.
	InProcess                 bool
	StartTimeout              time.Duration // 0: no limit
	KeepSucceeded, KeepFailed int
}

// Settings returns the Task's settings.
func (t *Task) Settings() EffectiveSettings {
	s := EffectiveSettings{
		Coalesce: t.Coalesce, MaxInstances: t.MaxInstances, OverlapPolicy: t.OverlapPolicy, Grace: t.Grace, Executor: t.Executor, Account: t.Account,
		Timeout: t.Timeout, InProcess: t.InProcess,
	}
	if !t.InProcess {
		s.StartTimeout, s.KeepSucceeded, s.KeepFailed = t.StartTimeout, t.KeepSucceeded, t.KeepFailed
	}
	if t.Retry.MaxAttempts > 1 {
		s.Retry = t.Retry
	}
	if !t.Coalesce {
		s.CatchUpLimit = t.CatchUpLimit
	}
	if t.Trigger != nil && !t.ZoneUnresolved {
		s.TimeZone = t.Trigger.TimeZone()
	}
	return s
}

// OverlapPolicy says what happens to a run when MaxInstances runs are unfinished (R4).
type OverlapPolicy string

// The overlap policies.
const (
	// OverlapSkip drops the run.
	OverlapSkip OverlapPolicy = "Skip"
	// OverlapQueue keeps one run waiting, the newest.
	OverlapQueue OverlapPolicy = "Queue"
	// OverlapReplace stops the oldest run, and starts the new one when it is gone.
	OverlapReplace OverlapPolicy = "Replace"
)

// Retry says when a failed attempt is followed by another. The zero value never
// does.
type Retry struct {
	// MaxAttempts is how many attempts there are at most, the first one included.
	MaxAttempts int
	// Initial is the wait after the first attempt; it is multiplied by Factor
	// after each further one, up to Max.
	Initial, Max time.Duration
	Factor       float64
}

// Delay is how long to wait after an attempt, counted from 1, has failed.
func (r Retry) Delay(attempt int) time.Duration {
	delay := float64(r.Initial)
	for range attempt - 1 {
		if delay *= r.Factor; delay >= float64(r.Max) {
			return r.Max
		}
	}
	return min(time.Duration(delay), r.Max)
}

// Version is the Store's mark of one state of a Task's record: a decimal
// number that grows with each change of the Task.
type Version string

// Newer reports whether v is a later version than other. The empty version is
// older than any other.
func (v Version) Newer(other Version) bool {
	if len(v) != len(other) {
		return len(v) > len(other)
	}
	return v > other
}

// Snapshot is a Task together with its record as they stood at one version.
type Snapshot struct {
	Task    Task
	Record  Record
	Version Version
	// Live says that it was read from the API server and not from a cache.
	Live bool
}
