package engine

import (
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/scheduler/fair"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// What is said again after something else is news.
func TestA8_WhatIsTrueAgainIsKept(t *testing.T) {
	t.Parallel()
	e := &entry{}
	a, b := model.Observation{Phase: model.PhasePending, Message: "a"}, model.Observation{Phase: model.PhasePending, Message: "b"}
	other := model.Observation{Attempt: 2, Phase: model.PhasePending, Message: "a"}
	for _, obs := range []model.Observation{a, a, b, other, b, a, other} {
		e.note(obs)
	}
	if diff := cmp.Diff([]model.Observation{a, b, other, a}, e.pending); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
}

// A process remembers the first start of the runs that it starts, and of Pods whose first
// attempt it finds; of calls that another process began it knows nothing.
func TestR4_WhatAProcessRemembersOfFirstStarts(t *testing.T) {
	t.Parallel()
	run := func(attempt int, holder string) model.Run {
		return model.Run{Source: model.SourceScheduled, Slot: fixture.At(0), Due: fixture.At(0), Attempt: attempt, State: model.Running, Start: fixture.At(time.Duration(attempt) * time.Minute), Holder: holder}
	}
	ref := run(1, "").Ref()
	for name, tc := range map[string]struct {
		seen []model.Run
		want map[model.RunRef]model.FirstAttempt
	}{
		"a Pod":                              {[]model.Run{run(1, "")}, map[model.RunRef]model.FirstAttempt{ref: {Attempt: 1, Start: fixture.At(time.Minute)}}},
		"the second attempt of a Pod":        {[]model.Run{run(1, ""), run(2, "")}, map[model.RunRef]model.FirstAttempt{ref: {Attempt: 1, Start: fixture.At(time.Minute)}}},
		"a Pod found in its second attempt":  {[]model.Run{run(2, "")}, nil},
		"a call":                             {[]model.Run{run(1, "me")}, map[model.RunRef]model.FirstAttempt{ref: {Attempt: 1, Start: fixture.At(time.Minute)}}},
		"a call made again":                  {[]model.Run{run(2, "me")}, map[model.RunRef]model.FirstAttempt{ref: {Attempt: 2, Start: fixture.At(2 * time.Minute)}}},
		"a call of a process that has ended": {[]model.Run{run(1, "other")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &entry{firstAttempts: map[model.RunRef]model.FirstAttempt{}}
			for _, run := range tc.seen {
				e.base.Active = []model.Run{run}
				e.noteFirstAttempts("me")
			}
			if diff := cmp.Diff(tc.want, e.firstAttempts, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("begun (-want +got):\n%s", diff)
			}
		})
	}
}

// What a takeover has listed is translated later. It does not replace what a watch has brought
// meanwhile, such as that the Scheduler is there now.
func TestS7_AListThatIsOutdatedReplacesNoNews(t *testing.T) {
	t.Parallel()
	missing := &model.Problem{Reason: "SchedulerNotFound"}
	for name, tc := range map[string]struct {
		listed      model.Snapshot
		announced   bool
		wantMissing bool
	}{
		"the same version":             {listed: model.Snapshot{Version: "5"}},
		"a newer version":              {listed: model.Snapshot{Version: "6"}},
		"a newer spec":                 {listed: model.Snapshot{Version: "6", Task: model.Task{Generation: 2}}, wantMissing: true},
		"nothing came in the meantime": {listed: model.Snapshot{Version: "5"}, announced: true, wantMissing: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &entry{task: model.Task{Generation: 1}, version: "5", announced: tc.announced}
			tc.listed.Live, tc.listed.Task.Missing = true, missing
			tc.listed.Task.Generation = max(1, tc.listed.Task.Generation)
			e.accept(tc.listed, fixture.At(0))
			if got := e.task.Missing != nil; got != tc.wantMissing || e.announced {
				t.Errorf("missing: %t, announced: %t; want %t and false", got, e.announced, tc.wantMissing)
			}
			if e.version.Newer(tc.listed.Version) || tc.listed.Version.Newer(e.version) {
				t.Errorf("version %s, want %s", e.version, tc.listed.Version)
			}
		})
	}
}

// A cache that lags shows a Task before the takeover has listed it, with a request for a run
// between the two: the list is as new as it says, whatever of its translation is outdated, since
// the watch brings the same version of the Task later, and no newer one.
func TestR8_ARequestThatOnlyTheListHasIsKept(t *testing.T) {
	t.Parallel()
	e := &entry{task: model.Task{Generation: 1}, version: "5"}
	listed := model.Snapshot{Task: model.Task{Generation: 1, Request: "now"}, Version: "6", Live: true}
	e.accept(listed, fixture.At(0))
	watched := listed
	watched.Live = false
	for name, snap := range map[string]model.Snapshot{"the watch": watched, "the list again": listed} {
		if e.accept(snap, fixture.At(time.Second)); e.task.Request != "now" || !e.requestSince.Equal(fixture.At(0)) {
			t.Errorf("after %s: request %q since %s, want \"now\" since %s", name, e.task.Request, e.requestSince, fixture.At(0))
		}
	}
	older := model.Snapshot{Task: model.Task{Generation: 1}, Version: "5"}
	if e.accept(older, fixture.At(time.Second)); e.task.Request != "now" || !e.requestSince.Equal(fixture.At(0)) {
		t.Errorf("after an older version: request %q since %s, want \"now\" since %s", e.task.Request, e.requestSince, fixture.At(0))
	}
}

// While a save is under way both the watch and the translation of the list may bring the Task:
// the list, which is older, does not replace what the watch has brought.
func TestS7_AListDuringASaveReplacesNoEdit(t *testing.T) {
	t.Parallel()
	watched := model.Snapshot{Task: model.Task{Generation: 2, Request: "now"}, Version: "6"}
	listed := model.Snapshot{Task: model.Task{Generation: 1}, Version: "5", Live: true}
	for name, order := range map[string][]model.Snapshot{
		"the list comes last":  {watched, listed},
		"the watch comes last": {listed, watched},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(Config{Clock: clock.RealClock{}, Log: logr.Discard(), Saves: fair.NewSemaphore(1)})
			s.work = t.Context()
			e := s.add(model.Snapshot{Task: model.Task{Generation: 1}, Version: "5", Live: true})
			e.inFlight = true
			for _, snap := range order {
				s.upsert(snap)
			}
			e.inFlight = false
			s.afterIO(e)
			if e.task.Generation != 2 || e.task.Request != "now" || e.version != "6" {
				t.Errorf("generation %d, request %q, version %s; want 2, \"now\" and 6", e.task.Generation, e.task.Request, e.version)
			}
		})
	}
}

// Of observations that alternate the latest counts.
func TestEntryKeepsTheLatestObservation(t *testing.T) {
	t.Parallel()
	e := &entry{}
	say := func(message string) model.Observation {
		return model.Observation{Run: fixture.SlotRef(0), Attempt: 1, Phase: model.PhasePending, Message: message}
	}
	for _, message := range []string{"A", "B", "B", "A"} {
		e.note(say(message))
	}
	if diff := cmp.Diff([]model.Observation{say("A"), say("B"), say("A")}, e.pending); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
}

// A record that is read may not say yet which object is the attempt's: it is not forgotten.
func TestUID_OutlivesAReload(t *testing.T) {
	t.Parallel()
	_, rec := fixture.StartedRun(t, "N")
	known := rec.Clone()
	known.Active[0].Created, known.Active[0].UID = true, "ours"
	e := &entry{base: known, version: "10"}
	e.accept(model.Snapshot{Record: rec, Version: "11"}, fixture.At(0))
	if got := e.base.Active[0]; got.UID != "ours" || !got.Created {
		t.Errorf("after an edit: UID %q, created %t", got.UID, got.Created)
	}
	if rec.Active[0].UID != "" {
		t.Error("the snapshot was changed")
	}
	next := rec.Clone()
	next.Active[0].Attempt, next.Active[0].Name = 2, "other"
	e.accept(model.Snapshot{Record: next, Version: "12"}, fixture.At(0))
	if got := e.base.Active[0].UID; got != "" {
		t.Errorf("another attempt has the UID %q", got)
	}
}

// A clock that is set back a little brings a time back before which an entry is not to be tried: it
// lets others pass then, and is not chosen for a permit again and again.
func TestReady_BacksOffAgainWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	s := New(Config{Clock: clock.RealClock{}, Saves: fair.NewSemaphore(1)})
	now := fixture.At(0)
	e := &entry{retry: now.Add(time.Second)}
	if s.ready(e, now) || e.isEligible() || !e.wake.Equal(e.retry) {
		t.Errorf("eligible %t, wakes at %v; want it to wait until %v", e.isEligible(), e.wake, e.retry)
	}
}
