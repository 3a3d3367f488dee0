package decide_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// story tells what is seen of the first run of a Task: each step is an instant, counted
// from the creation of the Task, with what is observed then. Every decision is saved.
type story struct {
	t    *testing.T
	task model.Task
	rec  model.Record
	dec  decide.Decision
}

// begin starts the run of the slot at 10 s.
func begin(t *testing.T, mods ...func(*model.Task)) *story {
	t.Helper()
	hourly := func(task *model.Task) { task.MaxInstances = 1 }
	s := &story{t: t, task: fixture.MakeTask(fixture.Date(t, "2026-01-05T12:00:10Z"), append([]func(*model.Task){hourly}, mods...)...)}
	s.at(0)
	s.at(10 * time.Second)
	if len(s.rec.Active) != 1 || s.rec.Active[0].State != model.Starting {
		t.Fatalf("active %+v, want one run that starts", s.rec.Active)
	}
	return s
}

// at decides, with what is seen of the active run.
func (s *story) at(offset time.Duration, seen ...model.Observation) {
	s.t.Helper()
	s.decide(offset, false, seen)
}

// restart decides as a new leader that has read the record.
func (s *story) restart(offset time.Duration) {
	s.t.Helper()
	s.decide(offset, true, nil)
}

func (s *story) decide(offset time.Duration, reloaded bool, seen []model.Observation) {
	s.t.Helper()
	in := decide.Input{Task: s.task, Record: s.rec, Now: fixture.At(offset), Holder: "me", Since: fixture.Created, Reloaded: reloaded}
	if reloaded {
		in.Since = in.Now
	}
	for _, obs := range seen {
		obs.Run, obs.Attempt = s.rec.Active[0].Ref(), s.rec.Active[0].Attempt
		in.Observations = append(in.Observations, obs)
	}
	s.dec = decide.Decide(in)
	s.rec = s.dec.Record
}

func (s *story) commands() (kinds []decide.CommandKind) {
	for _, c := range s.dec.Commands {
		kinds = append(kinds, c.Kind)
	}
	return kinds
}

func (s *story) run() model.Run {
	s.t.Helper()
	if len(s.rec.Active) != 1 {
		s.t.Fatalf("%d active runs, want 1; recent: %+v", len(s.rec.Active), s.rec.Recent)
	}
	return s.rec.Active[0]
}

// last is the result of the run.
func (s *story) last() model.Result {
	s.t.Helper()
	if len(s.rec.Active) != 0 || len(s.rec.Recent) != 1 {
		s.t.Fatalf("active %+v, recent %+v, want one result", s.rec.Active, s.rec.Recent)
	}
	return s.rec.Recent[0]
}

// Ways in which an attempt is ended from outside.
var (
	evictedPod = model.Observation{Phase: model.PhaseFinished, Outcome: model.Failed, Reason: model.ReasonDisrupted, Message: "evicted", Disrupted: true}
	goneEvict  = model.Observation{Phase: model.PhaseNotFound, Message: "evicted", Disrupted: true}
	goneSilent = model.Observation{Phase: model.PhaseNotFound}
	isEvicted  = model.Observation{Phase: model.PhaseRunning, Message: "it is being evicted", Disrupted: true}
)

func TestR11_EvictionStartsAnotherAttempt(t *testing.T) {
	t.Parallel()
	const s = time.Second
	retries := func(task *model.Task) {
		task.Retry = model.Retry{MaxAttempts: 2, Initial: time.Minute, Max: time.Minute, Factor: 1}
	}
	for name, tc := range map[string]struct {
		mods []func(*model.Task)
		play func(*story)
	}{
		"its Pod failed": {play: func(x *story) { x.at(20*s, evictedPod) }},
		"its Pod is gone": {play: func(x *story) {
			x.at(12*s, model.Observation{Phase: model.PhaseRunning})
			x.at(20*s, goneEvict)
		}},
		"its Pod is gone, and was seen before": {play: func(x *story) {
			x.at(12*s, model.Observation{Phase: model.PhaseRunning})
			x.at(15*s, isEvicted)
			x.at(20*s, goneSilent)
		}},
		"its Pod was seen before a restart, and is gone after it": {play: func(x *story) {
			x.at(15*s, isEvicted)
			x.restart(16 * s)
			x.at(20*s, goneSilent)
		}},
		"its Pod failed while nobody watched": {play: func(x *story) {
			x.at(12*s, model.Observation{Phase: model.PhaseRunning})
			x.restart(15 * s)
			x.at(20*s, evictedPod)
		}},
		"whatever the retry policy says": {mods: []func(*model.Task){retries}, play: func(x *story) { x.at(20*s, evictedPod) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := begin(t, tc.mods...)
			tc.play(x)
			run := x.run()
			if run.State != model.Starting || run.Attempt != 2 || run.Disruptions != 1 || !run.Start.Equal(fixture.At(20*s)) || run.StopReason != "" || run.Message != "" {
				t.Errorf("after an eviction: %+v, want attempt 2 to start at once", run)
			}
			if got := x.commands(); !cmp.Equal(got, []decide.CommandKind{decide.StartRun}) {
				t.Errorf("commands %v, want a start", got)
			}
			if x.rec.Counts != (model.Counters{}) || x.rec.Last != nil {
				t.Errorf("counted as %+v, %+v, want nothing", x.rec.Counts, x.rec.Last)
			}
		})
	}
}

func TestR11_DisruptionsDoNotCountAsAttempts(t *testing.T) {
	t.Parallel()
	x := begin(t, func(task *model.Task) {
		task.Retry = model.Retry{MaxAttempts: 2, Initial: time.Minute, Max: time.Hour, Factor: 10}
	})
	x.at(20*time.Second, evictedPod)
	x.at(30*time.Second, model.Observation{Phase: model.PhaseFinished, Outcome: model.Failed, Reason: "PodFailed", Message: "exit code 3"})
	if run := x.run(); run.State != model.Backoff || !run.NotBefore.Equal(fixture.At(90*time.Second)) {
		t.Fatalf("after the first failure: %+v, want the first backoff", run)
	}
	x.at(90 * time.Second)
	x.at(95*time.Second, evictedPod)
	x.at(99*time.Second, model.Observation{Phase: model.PhaseFinished, Outcome: model.Failed, Reason: "PodFailed", Message: "exit code 3"})
	if res := x.last(); res.Outcome != model.Failed || res.Reason != "PodFailed" || res.Attempts != 4 {
		t.Errorf("%+v, want a failure after two attempts that count and two that do not", res)
	}
}

func TestR11_DisruptionsAreBounded(t *testing.T) {
	t.Parallel()
	x := begin(t)
	for i := range 10 {
		x.at(time.Duration(20+i)*time.Second, evictedPod)
		if run := x.run(); run.Attempt != i+2 || run.Disruptions != i+1 {
			t.Fatalf("after %d evictions: %+v", i+1, run)
		}
	}
	x.at(time.Minute, evictedPod)
	if res := x.last(); res.Outcome != model.Failed || res.Reason != model.ReasonDisrupted || res.Message != "evicted" {
		t.Errorf("%+v, want a failure for the eviction", res)
	}
}

func TestR11_WhatIsNoDisruption(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, tc := range map[string]struct {
		mods    []func(*model.Task)
		play    func(*story)
		outcome model.Outcome
		reason  string
	}{
		"somebody deleted the Pod": {
			play:    func(x *story) { x.at(20*s, goneSilent) },
			outcome: model.Failed, reason: "PodVanished",
		},
		"the eviction did not come to pass, and somebody deleted the Pod": {
			play: func(x *story) {
				x.at(12*s, isEvicted)
				x.at(15*s, model.Observation{Phase: model.PhaseRunning})
				x.at(20*s, goneSilent)
			},
			outcome: model.Failed, reason: "PodVanished",
		},
		"it succeeded although it was to be evicted": {
			play: func(x *story) {
				x.at(12*s, isEvicted)
				x.at(20*s, model.Observation{Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: model.ReasonSucceeded})
			},
			outcome: model.Succeeded, reason: model.ReasonSucceeded,
		},
		"it was being stopped for its start timeout": {
			mods: []func(*model.Task){func(task *model.Task) { task.StartTimeout = 5 * s }},
			play: func(x *story) {
				x.at(12*s, model.Observation{Phase: model.PhasePending, Message: "no node fits"})
				x.at(16 * s)
				x.at(17*s, model.Observation{Phase: model.PhasePending, Message: "it is being evicted", Disrupted: true})
				x.at(20*s, goneEvict)
			},
			outcome: model.Failed, reason: model.ReasonStartTimeout,
		},
		"it was paused meanwhile": {
			play: func(x *story) {
				x.task.Paused = true
				x.at(20*s, evictedPod)
			},
			outcome: model.Failed, reason: model.ReasonDisrupted,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := begin(t, tc.mods...)
			tc.play(x)
			if res := x.last(); res.Outcome != tc.outcome || res.Reason != tc.reason {
				t.Errorf("%+v, want %s for %s", res, tc.outcome, tc.reason)
			}
		})
	}
}

// A run that is replaced is not started again, however its Pod goes.
func TestR11_AReplacedRunIsNotStartedAgain(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10), func(task *model.Task) { task.OverlapPolicy = model.OverlapReplace })
	rec := fixture.DecideLive(decide.Input{Task: task, Now: fixture.At(0), Holder: "me"}).Record
	rec = fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(10 * time.Second), Holder: "me"}).Record
	rec = fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(20 * time.Second), Holder: "me"}).Record
	old := rec.Active[0]
	gone := goneEvict
	gone.Run, gone.Attempt = old.Ref(), old.Attempt
	dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: fixture.At(22 * time.Second), Holder: "me", Observations: []model.Observation{gone}})
	if len(dec.Record.Recent) != 1 || dec.Record.Recent[0].Outcome != model.Replaced || len(dec.Record.Active) != 1 || dec.Record.Active[0].Attempt != 1 {
		t.Errorf("active %+v, recent %+v, want the old run replaced by the new one", dec.Record.Active, dec.Record.Recent)
	}
}

// An evicted attempt releases its permit, and the next one acquires it again.
func TestR11_AnotherAttemptWaitsForAPlace(t *testing.T) {
	t.Parallel()
	x := begin(t)
	seen := evictedPod
	seen.Run, seen.Attempt = x.run().Ref(), 1
	dec := fixture.DecideLive(decide.Input{Task: x.task, Record: x.rec, Now: fixture.At(20 * time.Second), Holder: "me", Observations: []model.Observation{seen}, Limited: true})
	if run := dec.Record.Active[0]; run.State != model.Backoff || !dec.NeedsPermit {
		t.Fatalf("%+v, starved: %t, want it to wait for a place", run, dec.NeedsPermit)
	}
	dec = fixture.DecideLive(decide.Input{Task: x.task, Record: dec.Record, Now: fixture.At(21 * time.Second), Holder: "me", Limited: true, Permits: 1})
	if run := dec.Record.Active[0]; run.State != model.Starting || run.Attempt != 2 {
		t.Errorf("%+v, want attempt 2", run)
	}
}

func TestR11_StartTimeoutWaitsForWhatIsHeldBack(t *testing.T) {
	t.Parallel()
	const s = time.Second
	gated := model.Observation{Phase: model.PhasePending, Suspended: true, Message: "held by scheduling gate example.com/hold"}
	pending := model.Observation{Phase: model.PhasePending, Message: "no node fits"}
	for name, tc := range map[string]struct {
		timeout time.Duration
		play    func(*story)
		// until is when it is stopped; zero: never.
		until time.Duration
	}{
		"not held back": {timeout: 10 * s, play: func(x *story) { x.at(12*s, pending) }, until: 20 * s},
		"held back":     {timeout: 10 * s, play: func(x *story) { x.at(12*s, gated) }},
		"held back for a while": {timeout: 10 * s, play: func(x *story) {
			x.at(12*s, gated)
			x.at(35*s, pending)
		}, until: 45 * s},
		"held back, then by the next gate": {timeout: 10 * s, play: func(x *story) {
			x.at(12*s, gated)
			x.at(35*s, model.Observation{Phase: model.PhasePending, Suspended: true, Message: "held by scheduling gate b"})
		}},
		"held back over a restart": {timeout: 10 * s, play: func(x *story) {
			x.at(12*s, gated)
			x.restart(30 * s)
			x.at(31*s, gated)
		}},
		"held back, and let go during a restart": {timeout: 10 * s, play: func(x *story) {
			x.at(12*s, gated)
			x.restart(30 * s)
			x.at(31*s, pending)
		}, until: 41 * s},
		"held back, then started": {timeout: 10 * s, play: func(x *story) {
			x.at(12*s, gated)
			x.at(35*s, pending)
			x.at(40*s, model.Observation{Phase: model.PhaseRunning})
		}},
		"no limit": {timeout: 0, play: func(x *story) { x.at(12*s, pending) }},
		"an init container works, and then there is no image": {timeout: 10 * s, play: func(x *story) {
			x.at(12*s, model.Observation{Phase: model.PhaseRunning, Message: "init container runs"})
			x.at(60*s, pending)
		}, until: 70 * s},
		"there is an image after all": {timeout: 10 * s, play: func(x *story) {
			x.at(12*s, model.Observation{Phase: model.PhaseRunning})
			x.at(60*s, pending)
			x.at(65*s, model.Observation{Phase: model.PhaseRunning})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := begin(t, func(task *model.Task) { task.StartTimeout = tc.timeout })
			tc.play(x)
			if tc.until > 0 {
				x.at(tc.until - time.Millisecond)
				if x.run().State == model.Stopping || !x.dec.Wake.Equal(fixture.At(tc.until)) {
					t.Errorf("before its time: %+v, looked at again at %v, want %v", x.run(), x.dec.Wake, fixture.At(tc.until))
				}
				x.at(tc.until)
				if run := x.run(); run.State != model.Stopping || run.StopReason != model.ReasonStartTimeout {
					t.Fatalf("at its time: %+v, want it to be stopped", run)
				}
				x.at(tc.until+s, goneSilent)
				if res := x.last(); !strings.HasSuffix(res.Message, "startTimeout of 10s: no node fits") {
					t.Errorf("message %q", res.Message)
				}
				return
			}
			x.at(24 * time.Hour)
			if run := x.run(); run.State == model.Stopping {
				t.Errorf("%+v, want it to be left alone", run)
			}
		})
	}
}

func TestA8_TheMessageOfARunningRun(t *testing.T) {
	t.Parallel()
	const s = time.Second
	x := begin(t)
	for _, step := range []struct {
		seen    model.Observation
		want    string
		urgency decide.Urgency
	}{
		{model.Observation{Phase: model.PhaseRunning, Message: "init container runs"}, "init container runs", decide.Lazy},
		{model.Observation{Phase: model.PhaseRunning}, "", decide.Lazy},
		{model.Observation{Phase: model.PhaseRunning, Message: "restarted 5 times"}, "restarted 5 times", decide.Lazy},
		{model.Observation{Phase: model.PhaseRunning, Message: "restarted 5 times"}, "restarted 5 times", decide.None},
		{isEvicted, isEvicted.Message, decide.Soon},
		{model.Observation{Phase: model.PhaseRunning, Message: "being deleted"}, "being deleted", decide.Soon},
	} {
		x.at(20*s, step.seen)
		if run := x.run(); run.Message != step.want || run.State != model.Running || x.dec.Urgency != step.urgency {
			t.Errorf("after %+v: %s, %q, urgency %d, want %q, %d", step.seen, run.State, run.Message, x.dec.Urgency, step.want, step.urgency)
		}
	}
}

func TestR11_AClockThatIsWrong(t *testing.T) {
	t.Parallel()
	const s = time.Second
	hour := time.Hour
	for name, tc := range map[string]struct {
		ran           *model.Observation
		end           model.Observation
		start, finish time.Duration
	}{
		"right":                  {&model.Observation{Start: fixture.At(12 * s)}, model.Observation{Start: fixture.At(12 * s), Finish: fixture.At(60 * s)}, 12 * s, 60 * s},
		"right, seen late":       {nil, model.Observation{Start: fixture.At(12 * s), Finish: fixture.At(30 * s)}, 12 * s, 30 * s},
		"an hour behind":         {&model.Observation{Start: fixture.At(12*s - hour)}, model.Observation{Start: fixture.At(12*s - hour), Finish: fixture.At(60*s - hour)}, 10 * s, 62 * s},
		"an hour behind, unseen": {nil, model.Observation{Start: fixture.At(12*s - hour), Finish: fixture.At(60*s - hour)}, 10 * s, 62 * s},
		"an hour ahead":          {&model.Observation{Start: fixture.At(12*s + hour)}, model.Observation{Start: fixture.At(12*s + hour), Finish: fixture.At(60*s + hour)}, 14 * s, 62 * s},
		"an hour ahead, unseen":  {nil, model.Observation{Start: fixture.At(12*s + hour), Finish: fixture.At(60*s + hour)}, 10 * s, 62 * s},
		"unknown":                {&model.Observation{}, model.Observation{}, 10 * s, 62 * s},
		"ended before it started": {
			&model.Observation{Start: fixture.At(12 * s)}, model.Observation{Start: fixture.At(12 * s), Finish: fixture.At(11 * s)}, 12 * s, 62 * s,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := begin(t)
			if tc.ran != nil {
				tc.ran.Phase = model.PhaseRunning
				x.at(14*s, *tc.ran)
			}
			tc.end.Phase, tc.end.Outcome, tc.end.Reason = model.PhaseFinished, model.Succeeded, model.ReasonSucceeded
			x.at(62*s, tc.end)
			res := x.last()
			if !res.Start.Equal(fixture.At(tc.start)) || !res.Finish.Equal(fixture.At(tc.finish)) || !x.rec.LastSuccess.Equal(res.Finish) {
				t.Errorf("from %v to %v, last success %v; want from %v to %v", res.Start, res.Finish, x.rec.LastSuccess, fixture.At(tc.start), fixture.At(tc.finish))
			}
		})
	}
}
