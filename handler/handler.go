package handler

import (
	"context"
	"errors"
	"time"
)

// Run is the metadata of the run that a function is called for (R6). Times are in
// UTC.
type Run struct {
	// Namespace and Task say whose run it is.
	Namespace, Task string
	// ServiceAccount is the name of the ServiceAccount in Namespace that the Task acts as;
	// empty if it names none. The function itself acts as the manager: what it does for the
	// Task, it can do impersonating this one.
	ServiceAccount string
	// ID is the identity of the run, which all its attempts share (R5): the key by
	// which to recognise what has been done already.
	ID string
	// Source is why the run exists: Scheduled or Manual.
	Source string
	// ScheduledTime is the slot, DueTime the slot plus its jitter (T7), StartTime
	// when this attempt was started.
	ScheduledTime, DueTime, StartTime time.Time
	// Request is what the run was asked for with, empty when nobody asked.
	Request string
	// Attempt counts from 1.
	Attempt int
	// Coalesced is how many older slots were folded into the run (R2).
	Coalesced int64
	// TraceParent names the attempt's span, as W3C Trace Context writes it; empty
	// while nothing is traced. The span is in the context, too.
	TraceParent string
	// Args are the Task's. They are not to be changed.
	Args map[string]string
}

// Func does the work of a run. The run succeeds when it returns nil. When it returns an
// error the attempt has failed with the text of it, and the Task's retryPolicy says
// whether there is another; see [Permanent] and [Later]. A panic is an error.
//
// It is called concurrently: by several Tasks, by several runs of one Task, and while an
// earlier call that has been given up has not returned. What calls share needs a lock.
//
// It may be called again for a run that it was called for before, when the manager was
// lost meanwhile: Run.ID identifies it. It must return soon after ctx has ended, with
// [context.Cause] saying why: [ErrTimeout], [ErrStopped] or [ErrClosing]. Until then
// the run counts as running.
type Func func(ctx context.Context, run Run) error

// Why the context of a function ended, as [context.Cause] returns it.
var (
	// ErrTimeout: the attempt took longer than the Task's timeout.
	ErrTimeout = errors.New("the task's timeout is over")
	// ErrStopped: the attempt was stopped, or its Task was deleted.
	ErrStopped = errors.New("the run was stopped")
	// ErrClosing: the manager ends, or has lost leadership. The function is
	// called again by the next one.
	ErrClosing = errors.New("the manager is shutting down")
)
