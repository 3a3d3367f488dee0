// Package runinfo has what every run gets about itself (R6): Task, slot, attempt, run ID and so
// on, as environment variables, annotations, headers or a struct, and as values that texts of
// an action may refer to.
package runinfo

import (
	"context"
	"strconv"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// RunInfo is what a run gets about itself (R6), whichever executor starts it.
type RunInfo struct {
	// Namespace and Task say whose run it is.
	Namespace, Task string
	// ServiceAccount is what the Task acts as; empty: as the manager. A Pod knows its own, and
	// a server learns of it by a token alone.
	ServiceAccount string
	// ID is the identity of the run, which all its attempts share (R5): the key
	// by which to recognise what has been done already.
	ID string
	// Source is why the run exists.
	Source string
	// ScheduledTime is the slot, DueTime the slot plus its jitter (T7), StartTime
	// when this attempt was sent off. All are in UTC.
	ScheduledTime, DueTime, StartTime time.Time
	// Request is what the run was asked for with, empty when nobody asked.
	Request string
	// Attempt counts from 1.
	Attempt int
	// Coalesced is how many older slots were folded into the run (R2).
	Coalesced int64
	// TraceParent names the attempt's span, as W3C Trace Context writes it;
	// empty while nothing is traced.
	TraceParent string
}

// Of returns the facts of an attempt that is sent off at start.
func Of(key model.Key, run model.Run, start time.Time) RunInfo {
	return RunInfo{
		Namespace:     key.Namespace,
		Task:          key.Name,
		ID:            model.RunID(key.UID, run.Ref()),
		Source:        string(run.Source),
		ScheduledTime: run.Slot.UTC(),
		DueTime:       run.Due.UTC(),
		StartTime:     start.UTC(),
		Request:       run.Request,
		Attempt:       run.Attempt,
		Coalesced:     run.Coalesced,
	}
}

// Trace takes an attempt into its trace: it returns ctx with the attempt's span in
// it, and the span's traceparent. A nil Trace traces nothing.
type Trace func(ctx context.Context, key model.Key, run model.Run) (context.Context, string)

// Enter calls t.
func (t Trace) Enter(ctx context.Context, key model.Key, run model.Run) (inside context.Context, traceParent string) {
	if t == nil {
		return ctx, ""
	}
	return t(ctx, key, run)
}

// Names says under which name each fact goes. An empty name leaves its fact out.
type Names struct {
	Task, Namespace, ID, Source, ScheduledTime, DueTime, StartTime, Attempt, Coalesced, TraceParent string
}

// Fact is one fact in text.
type Fact struct {
	Name, Value string
}

// Text returns the facts in text under the given names, always in the same
// order, without those that are empty. Times are RFC 3339 in UTC, to the second.
func (f RunInfo) Text(names Names) []Fact {
	all := []Fact{
		{names.Task, f.Task},
		{names.Namespace, f.Namespace},
		{names.ScheduledTime, stamp(f.ScheduledTime)},
		{names.DueTime, stamp(f.DueTime)},
		{names.StartTime, stamp(f.StartTime)},
		{names.Attempt, strconv.Itoa(f.Attempt)},
		{names.Source, f.Source},
		{names.Coalesced, strconv.FormatInt(f.Coalesced, 10)},
		{names.ID, f.ID},
		{names.TraceParent, f.TraceParent},
	}
	named := all[:0]
	for _, fact := range all {
		if fact.Name != "" && fact.Value != "" {
			named = append(named, fact)
		}
	}
	return named
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
