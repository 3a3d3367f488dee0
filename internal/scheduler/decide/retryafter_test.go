package decide_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// busy is the observation that a server refused an attempt and asked to wait.
func busy(run model.Run, retryAfter time.Duration) model.Observation {
	return model.Observation{Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseFinished, Outcome: model.Failed, Reason: "Failed", Message: "429", RetryAfter: retryAfter}
}

// busyServer plays decisions of an in-process Task with a slot every ten seconds, the first of
// which a server refuses one second later, asking for retryAfter.
type busyServer struct {
	t    *testing.T
	task model.Task
	rec  model.Record
}

func newBusyServer(t *testing.T, retryAfter time.Duration, edit func(*model.Task)) *busyServer {
	t.Helper()
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) { task.InProcess = true })
	if edit != nil {
		edit(&task)
	}
	s := &busyServer{t: t, task: task}
	s.decide(fixture.At(0))
	dec := s.decide(fixture.At(10 * time.Second))
	if len(dec.Record.Active) != 1 {
		t.Fatalf("active %v, want the first run", fixture.DescribeRuns(dec.Record.Active))
	}
	s.decide(fixture.At(11*time.Second), busy(dec.Record.Active[0], retryAfter))
	return s
}

func (s *busyServer) decide(now time.Time, seen ...model.Observation) decide.Decision {
	dec := fixture.DecideLive(decide.Input{Task: s.task, Record: s.rec, Now: now, Holder: "me", Observations: seen})
	s.rec = dec.Record
	return dec
}

// What falls due within the time that a server asked for waits, and is decided together
// then; this is recorded and survives a restart.
func TestR5_SlotsWaitForRetryAfter(t *testing.T) {
	t.Parallel()
	s := newBusyServer(t, 45*time.Second, nil)
	want := fixture.At(56 * time.Second)
	for _, second := range []int{20, 30, 40, 50, 55} {
		dec := s.decide(fixture.At(time.Duration(second) * time.Second))
		if got := fixture.Starts(dec); len(got) > 0 || dec.Wake.After(want) {
			t.Errorf("after %ds: starts %v, wakes at %s", second, got, dec.Wake)
		}
		if !dec.Record.NotBefore.Equal(want) || !strings.Contains(dec.Record.StateMessage, "The server asked to wait until 2") {
			t.Errorf("after %ds: not before %s, message %q", second, dec.Record.NotBefore, dec.Record.StateMessage)
		}
		if len(dec.Events) > 0 {
			t.Errorf("after %ds: events %v", second, dec.Events)
		}
	}
	dec := s.decide(want)
	if got := fixture.Starts(dec); len(got) != 1 || dec.Record.Counts != (model.Counters{Failed: 1, Coalesced: 3}) {
		t.Errorf("starts %v, counts %+v; want one run for four slots", got, dec.Record.Counts)
	}
	if !dec.Record.NotBefore.IsZero() || strings.Contains(dec.Record.StateMessage, "server") {
		t.Errorf("not before %s, message %q once it is over", dec.Record.NotBefore, dec.Record.StateMessage)
	}
}

func TestR3_GraceIsJudgedAfterRetryAfter(t *testing.T) {
	t.Parallel()
	s := newBusyServer(t, 45*time.Second, func(task *model.Task) { task.Grace = 5 * time.Second; task.Coalesce = true })
	s.decide(fixture.At(55 * time.Second))
	dec := s.decide(fixture.At(56 * time.Second))
	if got := fixture.Starts(dec); len(got) > 0 || dec.Record.Counts.Missed != 1 {
		t.Fatalf("starts %v, counts %+v; want the slot missed", got, dec.Record.Counts)
	}
	if message := dec.Record.Recent[0].Message; !strings.HasPrefix(message, "It was 6s late") || !strings.Contains(message, "The server had asked to wait until") {
		t.Errorf("message %q", message)
	}
}

func TestR5_RetryAfterIsBounded(t *testing.T) {
	t.Parallel()
	s := newBusyServer(t, 1000*time.Hour, nil)
	if want := fixture.At(11*time.Second + decide.MaxRetryAfter); !s.rec.NotBefore.Equal(want) {
		t.Errorf("not before %s, want %s", s.rec.NotBefore, want)
	}
	if s.decide(fixture.At(0).Add(-24 * time.Hour)); !s.rec.NotBefore.IsZero() {
		t.Errorf("not before %s although the clock was set back by a day", s.rec.NotBefore)
	}
}

// Somebody who asks for a run, or edits the Task, does not wait.
func TestR8_RequestsDoNotWaitForRetryAfter(t *testing.T) {
	t.Parallel()
	s := newBusyServer(t, 45*time.Second, nil)
	s.task.Request = "now"
	dec := s.decide(fixture.At(15 * time.Second))
	if got := fixture.Starts(dec); len(got) != 1 || dec.Record.NotBefore.IsZero() {
		t.Errorf("starts %v, not before %s; want the requested run alone", got, dec.Record.NotBefore)
	}
}

func TestR5_AnEditEndsRetryAfter(t *testing.T) {
	t.Parallel()
	s := newBusyServer(t, 45*time.Second, nil)
	s.task.Generation++
	if dec := s.decide(fixture.At(20 * time.Second)); len(fixture.Starts(dec)) != 1 || !dec.Record.NotBefore.IsZero() {
		t.Errorf("starts %v, not before %s", fixture.Starts(dec), dec.Record.NotBefore)
	}
}

// The shorter wait of another run's server does not cut the longer one, and the runs that
// wait for an instance or for another attempt wait for the server, too.
func TestR5_EveryScheduledRunWaitsForRetryAfter(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) {
		task.InProcess, task.MaxInstances, task.OverlapPolicy = true, 2, model.OverlapQueue
		task.Retry = model.Retry{MaxAttempts: 2, Initial: time.Second, Factor: 1, Max: time.Second}
	})
	s := &busyServer{t: t, task: task}
	s.decide(fixture.At(0))
	first := s.decide(fixture.At(10 * time.Second)).Record.Active[0]
	second := s.decide(fixture.At(20 * time.Second)).Record.Active[1]
	s.decide(fixture.At(30 * time.Second)) // the third is queued
	failed := busy(second, 0)
	failed.Permanent = true
	s.decide(fixture.At(31*time.Second), failed, busy(first, 45*time.Second))
	for _, now := range []int{32, 50, 75} {
		if dec := s.decide(fixture.At(time.Duration(now) * time.Second)); len(fixture.Starts(dec)) > 0 {
			t.Errorf("after %ds: starts %v", now, fixture.Starts(dec))
		}
	}
	third := s.rec.Active[slices.IndexFunc(s.rec.Active, func(run model.Run) bool { return run.State == model.Queued })]
	if !strings.Contains(third.Message, "The server asked to wait") {
		t.Errorf("the queued run says %q", third.Message)
	}
	if diff := cmp.Diff([]int{10, 30}, fixture.Starts(s.decide(fixture.At(76*time.Second)))); diff != "" {
		t.Errorf("slots started in the end (-want +got):\n%s", diff)
	}
}
