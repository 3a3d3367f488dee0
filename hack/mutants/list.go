package main

import "strings"

const core = "internal/scheduler/"

// simulation lets a week go by with a bug in the core.
var simulation = hunt{
	bugs: mutants,
	test: []string{"-timeout=2m", "-run=^TestSim$", "./internal/scheduler/sim", "-sim.days=7", "-sim.tasks=100"},
	// What shows only if a manager dies in a certain moment, a single week may not show.
	again: []string{"-sim.seed=2", "-sim.seed=3", "-sim.seed=4", "-sim.seed=5", "-sim.seed=6", "-sim.seed=7", "-sim.seed=8"},
	verdict: func(output string) (string, bool) {
		_, rest, ok := strings.Cut(output, "world_test.go:")
		line, _, _ := strings.Cut(rest, "\n")
		_, line, _ = strings.Cut(line, "Z: ") // the instant
		return line, ok && strings.Contains(output, "--- FAIL: TestSim")
	},
}

// mutants are bugs that have been made, or could be, in schedulers. What they have
// in common is that the compiler and most test cases let them through.
var mutants = []mutant{
	// Deciding (R1, R2).
	{
		"the watermark stays one second behind", core + "decide/slots.go",
		"\td.advance(newest)\n\tif folded", "\td.advance(newest.Add(-time.Second))\n\tif folded",
	},
	{
		"the watermark swallows the rest of a backlog", core + "decide/slots.go",
		"\t\td.advance(slot)\n", "\t\td.advance(d.second())\n",
	},
	{
		"the watermark moves back", core + "decide/decide.go",
		"if t.After(d.rec.DecidedThrough) {", "if !t.IsZero() {",
	},
	{
		"the run's own slot is counted as folded", core + "decide/slots.go",
		"slots[0], total-1", "slots[0], total",
	},
	{
		"folded slots are not counted", core + "decide/slots.go",
		"d.rec.Counts.Coalesced += folded", "_ = folded",
	},
	{
		"catchUpLimit keeps one slot more", core + "decide/slots.go",
		"total - int64(limit)", "total - int64(limit) - 1",
	},
	{
		"the backlog is not serial", core + "decide/slots.go",
		"\tif d.catchingUp() {\n\t\treturn\n\t}\n", "",
	},
	{
		"a run of a backlog does not hold up the next", core + "decide/slots.go",
		"CatchUp: backlog", "CatchUp: false",
	},
	{
		"a slot fires before its jitter is over", core + "decide/slots.go",
		"n > 0 && d.dueTime", "n > 0 && false && d.dueTime",
	},
	{
		"the wake-up for the next slot is not armed while a run is active", core + "decide/plan.go",
		"d.deciding && !d.catchingUp():", "d.deciding && len(d.rec.Active) == 0:",
	},
	{
		"the wake-up for the end of a backoff is lost", core + "decide/retry.go",
		"\t\t\td.wakeAt(run.NotBefore)\n", "",
	},
	// Grace (R3).
	{
		"grace is judged too early", core + "decide/overlap.go",
		"d.Task.Grace > 0 && late > d.Task.Grace", "d.Task.Grace > 0 && run.State != Queued && late > d.Task.Grace",
	},
	{
		"grace counts from the slot and not from when it was due", core + "decide/overlap.go",
		"d.Now.Sub(run.Due)", "d.Now.Sub(run.Slot)",
	},
	{
		"grace is ignored", core + "decide/overlap.go",
		"d.Task.Grace > 0 && late > d.Task.Grace", "d.Task.Grace < 0",
	},
	// Instances (R4, R5).
	{
		"there may be one instance too many", core + "decide/overlap.go",
		"free := d.instances() < d.Task.MaxInstances", "free := d.instances() <= d.Task.MaxInstances",
	},
	{
		"there may be one instance too few", core + "decide/overlap.go",
		"free := d.instances() < d.Task.MaxInstances", "free := d.instances() < max(d.Task.MaxInstances-1, 1)",
	},
	{
		"what was queued starts beside what is running", core + "decide/overlap.go",
		"i < len(d.rec.Active) && d.instances() < d.Task.MaxInstances;", "i < len(d.rec.Active) && d.instances() <= d.Task.MaxInstances;",
	},
	{
		"a run in backoff holds no instance", core + "decide/overlap.go",
		"if run.State != model.Queued {\n\t\t\tn++", "if run.State != model.Queued && run.State != model.Backoff {\n\t\t\tn++",
	},
	{
		"the oldest run stays in the queue", core + "decide/overlap.go",
		"\t\t\td.dropRun(waiting, model.Skipped", "\t\t\twaiting, run = run, waiting\n\t\t\td.dropRun(waiting, model.Skipped",
	},
	{
		"there is one attempt too many", core + "decide/retry.go",
		"counted >= d.Task.Retry.MaxAttempts", "counted > d.Task.Retry.MaxAttempts",
	},
	{
		"what is not to be tried again is", core + "decide/retry.go",
		"obs.Permanent || counted", "counted",
	},
	{
		"an attempt that was put off counts", core + "decide/retry.go",
		"\t\trun.Postponed++\n", "",
	},
	{
		"an attempt that was evicted counts", core + "decide/retry.go",
		"\t\trun.Disruptions++\n", "",
	},
	{
		"time behind a gate counts", core + "decide/expire.go",
		"if run.Suspended || ", "if ",
	},
	{
		"every attempt has the same name", core + "decide/retry.go",
		"\t\trun.Attempt++\n", "",
	},
	{
		"old news prolong a backoff", core + "decide/observe.go",
		" || !d.rec.Active[i].HasAttempt()", "",
	},
	{
		"a success is taken for a failure when the run was being stopped", core + "decide/observe.go",
		"case obs.Outcome == model.Succeeded:", "case obs.Outcome == model.Succeeded && run.State != model.Stopping:",
	},
	// Places of executors.
	{
		"an executor has one permit too many", core + "engine/podpermits.go",
		"n, limited = max(e.task.MaxConcurrent-p.held", "n, limited = max(e.task.MaxConcurrent+1-p.held",
	},
	{
		"a pool starts one run too many", core + "engine/inprocess.go",
		"p.held[name] >= e.task.MaxConcurrent {", "p.held[name] > e.task.MaxConcurrent {",
	},
	{
		"an in-process run that has finished keeps its permit", core + "engine/inprocess.go",
		"\ts.inProcess.held[name]--\n", "",
	},
	{
		"a permit is never released", core + "engine/podpermits.go",
		"p.held[e.executor] -= e.held", "p.held[e.executor] -= 0",
	},
	{
		"a run that waits for a permit is forgotten", core + "decide/capacity.go",
		"if run.State == model.Pending && d.acquirePermit()", "if run.State == model.Pending && d.Closing && d.acquirePermit()",
	},
	{
		"a run that waits for capacity starts however late it is", core + "decide/capacity.go",
		"\t\td.end(i, model.Observation{}, model.Missed, model.ReasonGraceExceeded, message)\n", "\t\t_ = message\n",
	},
	{
		"adopted runs hold no permits", core + "engine/podpermits.go",
		"if rec.Active[i].HasAttempt() {", "if rec.Active[i].State == model.Starting {",
	},
	{
		"the startup delay is ignored", core + "decide/state.go",
		"!d.Closing && d.Delay <= 0", "!d.Closing",
	},
	{
		"after the startup delay nothing wakes", core + "decide/decide.go",
		"\t\td.wakeAt(d.Now.Add(d.Delay))\n", "",
	},
	// Requests, pauses and edits (R8, P1, P2, T9).
	{
		"a request is handled twice", core + "decide/request.go",
		"\td.rec.Request, d.rec.Requests = t.Request, run.RequestNumber\n", "\td.rec.Requests = run.RequestNumber\n",
	},
	{
		"a paused Scheduler runs what is asked for", core + "decide/request.go",
		"\tcase t.SchedulerPaused, d.Delay > 0:\n\t\treturn\n", "",
	},
	{
		"a request to cancel ends only what has started", core + "decide/cancel.go",
		"\tcase run.State == model.Queued || run.State == model.Pending:\n", "\tcase run.State == model.Queued || run.State == model.Pending:\n\t\treturn\n",
	},
	{
		"a request to cancel is handled again", core + "decide/cancel.go",
		"\td.rec.Cancel = asked\n", "",
	},
	{
		"a run is cancelled by a request that is about another", core + "decide/cancel.go",
		"err == nil && run.Slot.Equal(slot)", "err == nil && !slot.After(run.Due.Add(time.Hour))",
	},
	{
		"a cancelled run is tried again", core + "decide/observe.go",
		"\tcase model.ReasonCancelled:\n\t\td.end(i, obs, model.Cancelled, model.ReasonCancelled, \"It was stopped because somebody cancelled it.\")\n", "",
	},
	{
		"a pause remembers its slots", core + "decide/state.go",
		"if !d.Task.Trigger.OneShot() {", "if d.Task.Trigger == nil {",
	},
	{
		"a pause forgets a date", core + "decide/state.go",
		"if !d.Task.Trigger.OneShot() {", "if d.Task.Trigger != nil {",
	},
	{
		"the phase is lost on resume", "trigger/interval.go",
		"return iv.slot(z, iv.after(z, after, steps))", "return after + iv.distance()",
	},
	{
		"a date without runAt runs again after a pause", core + "decide/state.go",
		"func (d *decider) resume() {\n", "func (d *decider) resume() {\n\td.rec.TriggerSince = d.second()\n",
	},
	{
		"a pause of the Scheduler forgets slots", core + "decide/state.go",
		"\tcase t.SchedulerPaused:\n", "\tcase t.SchedulerPaused:\n\t\td.advance(d.second())\n",
	},
	{
		"a new trigger fires the past", core + "decide/state.go",
		"\t\t} else {\n\t\t\td.advance(since)\n\t\t}\n", "\t\t}\n",
	},
	{
		"a slot that was undecided when the trigger changed is not counted", core + "decide/state.go",
		"\t\td.dropDueSlot()\n", "",
	},
	{
		"a repaired trigger fires what it missed", core + "decide/state.go",
		"\t\td.rec.Trigger = \"\"\n\t\td.advance(d.second())\n", "",
	},
	// The end of a Scheduler (P3).
	{
		"what runs at the end runs whenever it is looked at", core + "decide/state.go",
		"d.trigger.Ending(d.Task.SchedulerDeleted)", "d.trigger.Ending(d.second())",
	},
	{
		"what waits for the end is taken for completed", core + "decide/plan.go",
		"case !d.trigger.Shutdown():", "case !d.Closing:",
	},
	// Crashes, conflicts and takeovers (§5).
	{
		"a run starts before its record is saved", core + "engine/saving.go",
		"\ttask, version, seen := e.task", "\ts.execute(e, dec)\n\ttask, version, seen := e.task",
	},
	{
		"a run starts although its record met a conflict", core + "engine/saving.go",
		"\t\te.needsReload = true // somebody edited", "\t\te.needsReload = true\n\t\ts.execute(e, dec) // somebody edited",
	},
	{
		"runs are not adopted after a restart", core + "decide/adopt.go",
		"\t\t\td.command(AdoptRun, *run)\n", "",
	},
	{
		"runs that were about to start are forgotten by a restart", core + "decide/adopt.go",
		"\t\tcase run.State == model.Starting || run.Holder != \"\":\n\t\t\td.command(StartRun, *run)\n", "\t\tcase run.State == model.Starting || run.Holder != \"\":\n",
	},
	{
		"in-process runs of a lost manager are forgotten", core + "decide/adopt.go",
		"\t\tcase d.mayStart():\n\t\t\trun.Holder", "\t\tcase d.Closing:\n\t\t\trun.Holder",
	},
	{
		"news that come during a save are lost", core + "engine/saving.go",
		"\t\te.pending = e.pending[seen:]\n\t\te.dirtySince", "\t\te.pending = nil\n\t\te.dirtySince",
	},
	{
		"a run that does not end is waited for in vain", core + "decide/expire.go",
		"\t\t\t\td.finishStopped(i, model.Observation{})\n\t\t\t}\n\t\tcase model.Running:", "\t\t\t}\n\t\tcase model.Running:",
	},
	{
		"a decision is published although it was not saved", core + "engine/saving.go",
		"\tcase errors.Is(err, model.ErrConflict):\n", "\tcase errors.Is(err, model.ErrConflict):\n\t\ts.cfg.Sink.Report(e.task, dec.Events)\n",
	},
	{
		"a decision whose save got no answer is never published", core + "engine/saving.go",
		"\t\ts.resolveUnknownCommit(e)\n", "",
	},
	// The names of Pods, and Pods that somebody else creates under them.
	{
		"the nonce of a name is not saved", core + "decide/overlap.go",
		"\t\trun.Nonce = d.Nonce\n\t\trun.Name = model.AttemptName(d.Task.Key, run.Ref(), run.Attempt, run.Nonce)\n",
		"\t\trun.Name = model.AttemptName(d.Task.Key, run.Ref(), run.Attempt, d.Nonce)\n",
	},
	{
		"a watch is trusted before the create is answered", core + "engine/creates.go",
		"\tif a == nil || obs.UID == \"\" ||", "\tif true || obs.UID == \"\" ||",
	},
	{
		"another object of the name is taken for the run's", core + "model/run.go",
		"return r.UID != \"\" && obs.UID", "return false && obs.UID",
	},
	// The clock (R10).
	{
		"a clock that jumps ahead is trusted at once", core + "engine/clockjump.go",
		"gained > maxJump", "gained > 1000*maxJump",
	},
	{
		"a wait after an error outlasts the clock that measured it", core + "engine/entry.go",
		"e.retry, e.savedAt, e.dirtySince, e.backingOff = time", "_, _, _, _ = time",
	},
	{
		"a run counts from before it was decided, by the clock of its node", core + "decide/observe.go",
		"\t\trun.Start = model.Later(run.Start, model.Earlier(obs.Start, d.Now))\n\t\td.need(Lazy)", "\t\trun.Start = obs.Start\n\t\td.need(Lazy)",
	},
	// What a refusal needs (R4), and what runs keep (R5, R12).
	{
		"a run of unknown fate refuses another", core + "decide/instances.go",
		"\tif known >= d.Task.MaxInstances {\n\t\treturn true\n\t}\n", "\tif known+len(unread) >= d.Task.MaxInstances {\n\t\treturn true\n\t}\n",
	},
	{
		"a read from before the slot was due is enough", core + "decide/instances.go",
		"return ok && !seen.Before(t)", "return ok && !seen.IsZero()",
	},
	{
		"a run that was started late costs an older slot its run", core + "decide/instances.go",
		"startedLater := skip && d.startedAfter(run, due)", "startedLater := skip && false && d.startedAfter(run, due)",
	},
	{
		"nothing asks for a run to be read", core + "engine/step.go",
		"\ts.verify(e, dec)\n", "",
	},
	{
		"an edited timeout gives up what runs", core + "decide/expire.go",
		"\tif run.ActionHash == \"\" {\n\t\treturn d.Task.Timeout\n\t}\n\treturn run.Timeout\n", "\treturn d.Task.Timeout\n",
	},
	{
		"a run that has started is stopped for an edit", core + "decide/renew.go",
		"run.State == model.Starting && run.Holder == \"\"", "(run.State == model.Starting || run.State == model.Running) && run.Holder == \"\"",
	},
	// What a new leader may decide on (S7).
	{
		"what a cache says of active runs is trusted", core + "engine/tasks.go",
		"e.needsReload = !snap.Live && !snap.Record.DecidedThrough.IsZero()", "e.needsReload = false",
	},
	// What is asked for (R8), where a list and a watch show different versions.
	{
		"a request that only the list of a takeover has is dropped", core + "engine/entry.go",
		"e.setTask(task, snap.Task, now)", "e.setTask(task, task, now)",
	},
	{
		"an older version takes a request back", core + "engine/entry.go",
		"e.setTask(snap.Task, e.task, now)", "e.setTask(snap.Task, snap.Task, now)",
	},
}
