package decide_test

import (
	"testing"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

// replayCase leads to a decision that is recorded: the last one.
type replayCase struct {
	rule  string
	task  func(*replayTask)
	steps []replayStep
}

// replayStep is an instant, counted from the creation of the Task, and what is new
// then.
type replayStep struct {
	at       time.Duration
	seen     []model.Observation
	task     func(*replayTask) // how the Task is from here on
	reloaded bool
}

// play decides step by step. What is recorded is the state before the last of them,
// as a store keeps it.
func (tc *replayCase) play(t *testing.T) replay {
	t.Helper()
	r := replay{Rule: tc.rule, Task: replayTask{
		Trigger: trigger.Spec{Interval: &trigger.Interval{Seconds: 10}}, Created: fixture.Created, Generation: 1,
		Coalesce: true, CatchUpLimit: 100, MaxInstances: 1, OverlapPolicy: model.OverlapSkip,
		StartTimeout: span(10 * time.Minute), StopGrace: span(30 * time.Second),
	}}
	if tc.task != nil {
		tc.task(&r.Task)
	}
	for i, s := range tc.steps {
		if i > 0 {
			r.Record = fixture.Whole(fixture.DecideLive(r.input(t)).Record)
		}
		if s.task != nil {
			s.task(&r.Task)
			r.Task.Generation++
		}
		r.Now, r.Seen, r.Reloaded = fixture.At(s.at), s.seen, s.reloaded
	}
	return r
}

func seen(slot time.Duration, attempt int, phase model.Phase, outcome model.Outcome) []model.Observation {
	return []model.Observation{{Run: fixture.SlotRef(slot), Attempt: attempt, Phase: phase, Outcome: outcome, Reason: "Why", Message: "so it said"}}
}

// disrupted is an attempt that was ended from outside.
func disrupted(slot time.Duration) []model.Observation {
	obs := seen(slot, 1, model.PhaseFinished, model.Failed)
	obs[0].Disrupted = true
	return obs
}

// gated is an attempt that does not start, held back on purpose or not.
func gated(slot time.Duration, suspended bool) []model.Observation {
	obs := seen(slot, 1, model.PhasePending, "")
	obs[0].Suspended = suspended
	return obs
}

// replayCases are small and about one thing each. Their keys are the names of files.
var replayCases = func() map[string]replayCase {
	const s = time.Second
	first, later := replayStep{at: 0}, replayStep{at: 10 * s}
	serial := func(task *replayTask) { task.Coalesce = false }
	queue := func(task *replayTask) { task.OverlapPolicy = model.OverlapQueue }
	replace := func(task *replayTask) { task.OverlapPolicy = model.OverlapReplace }
	grace := func(task *replayTask) { task.Grace = span(5 * s) }
	retry := func(task *replayTask) {
		task.MaxAttempts, task.RetryInitial, task.RetryMax, task.RetryFactor = 3, span(20*s), span(time.Minute), 2
	}
	paused := func(task *replayTask) { task.Paused = true }
	resumed := func(task *replayTask) { task.Paused = false }
	schedulerPaused := func(task *replayTask) { task.SchedulerPaused = true }
	ask := func(task *replayTask) { task.Request = "please" }
	missing := func(task *replayTask) {
		task.Missing = &model.Problem{Reason: "UnknownHandler", Message: "There is no such handler."}
	}
	invalid := func(task *replayTask) {
		task.Invalid = &model.Problem{Reason: "InvalidTrigger", Message: "spec.trigger: what?"}
	}
	hourly := func(task *replayTask) { task.Trigger = trigger.Spec{Schedule: "0 * * * *"} }
	once := func(runAt string) func(*replayTask) {
		return func(task *replayTask) { task.Trigger = trigger.Spec{Date: &trigger.Date{RunAt: runAt}} }
	}
	return map[string]replayCase{
		"r1-new-task":           {rule: "A new Task is planned from its creation.", steps: []replayStep{first}},
		"r1-slot-on-time":       {rule: "A slot starts when it is due.", steps: []replayStep{first, later}},
		"r1-nothing-to-do":      {rule: "Between two slots there is nothing to do.", steps: []replayStep{first, {at: 3 * s}}},
		"r2-coalesce":           {rule: "All that is overdue is folded into the newest slot.", steps: []replayStep{first, {at: 57 * s}}},
		"r2-backlog-begins":     {rule: "Without coalesce the oldest overdue slot starts.", task: serial, steps: []replayStep{first, {at: 57 * s}}},
		"r2-backlog-waits":      {rule: "The others wait for it.", task: serial, steps: []replayStep{first, {at: 57 * s}, {at: 61 * s}}},
		"r2-backlog-goes-on":    {rule: "The next one starts when it has ended.", task: serial, steps: []replayStep{first, {at: 57 * s}, {at: 62 * s, seen: seen(10*s, 1, model.PhaseFinished, model.Succeeded)}}},
		"r2-catch-up-limit":     {rule: "The newest catchUpLimit slots are kept.", task: func(task *replayTask) { task.Coalesce, task.CatchUpLimit = false, 2 }, steps: []replayStep{first, {at: 57 * s}}},
		"r3-in-time":            {rule: "Up to its grace period a run may be late.", task: grace, steps: []replayStep{first, {at: 15 * s}}},
		"r3-too-late":           {rule: "Later than that it is missed.", task: grace, steps: []replayStep{first, {at: 16 * s}}},
		"r3-the-executor-says":  {rule: "The executor may find it too late, too.", task: grace, steps: []replayStep{first, later, {at: 17 * s, seen: seen(10*s, 1, model.PhaseMisfired, "")}}},
		"r3-after-waiting":      {rule: "What has waited is judged when it could start.", task: func(task *replayTask) { queue(task); grace(task) }, steps: []replayStep{first, later, {at: 20 * s}, {at: 26 * s, seen: seen(10*s, 1, model.PhaseFinished, model.Succeeded)}}},
		"r4-skip":               {rule: "At the limit a run is skipped.", steps: []replayStep{first, later, {at: 20 * s}}},
		"r4-queue":              {rule: "At the limit a run is queued.", task: queue, steps: []replayStep{first, later, {at: 20 * s}}},
		"r4-queue-full":         {rule: "The newest run takes the one place.", task: queue, steps: []replayStep{first, later, {at: 20 * s}, {at: 30 * s}}},
		"r4-queue-moves":        {rule: "It starts when there is an instance.", task: queue, steps: []replayStep{first, later, {at: 20 * s}, {at: 23 * s, seen: seen(10*s, 1, model.PhaseFinished, model.Succeeded)}}},
		"r4-replace-stops":      {rule: "The oldest run is stopped.", task: replace, steps: []replayStep{first, later, {at: 20 * s}}},
		"r4-replace-starts":     {rule: "The new one starts when it is gone.", task: replace, steps: []replayStep{first, later, {at: 20 * s}, {at: 23 * s, seen: seen(10*s, 1, model.PhaseNotFound, "")}}},
		"r4-two-instances":      {rule: "There is room for two.", task: func(task *replayTask) { task.MaxInstances = 2 }, steps: []replayStep{first, later, {at: 20 * s}}},
		"r5-backoff":            {rule: "A failed attempt is followed by a wait.", task: retry, steps: []replayStep{first, later, {at: 12 * s, seen: seen(10*s, 1, model.PhaseFinished, model.Failed)}}},
		"r5-next-attempt":       {rule: "Then the next attempt starts.", task: retry, steps: []replayStep{first, later, {at: 12 * s, seen: seen(10*s, 1, model.PhaseFinished, model.Failed)}, {at: 32 * s}}},
		"r5-last-attempt":       {rule: "The last one fails the run.", task: func(task *replayTask) { retry(task); task.MaxAttempts = 2 }, steps: []replayStep{first, later, {at: 12 * s, seen: seen(10*s, 1, model.PhaseFinished, model.Failed)}, {at: 32 * s}, {at: 35 * s, seen: seen(10*s, 2, model.PhaseFinished, model.Failed)}}},
		"r7-success":            {rule: "A success is counted, and what it left is pruned.", steps: []replayStep{first, later, {at: 12 * s, seen: seen(10*s, 1, model.PhaseFinished, model.Succeeded)}}},
		"r8-request":            {rule: "A run that is asked for starts at once.", steps: []replayStep{first, {at: 3 * s, task: ask}}},
		"r8-request-once":       {rule: "Once.", steps: []replayStep{first, {at: 3 * s, task: ask}, {at: 4 * s}}},
		"r8-request-at-limit":   {rule: "It obeys maxInstances.", steps: []replayStep{first, later, {at: 13 * s, task: ask}}},
		"r8-task-paused":        {rule: "A paused Task runs it.", task: paused, steps: []replayStep{first, {at: 3 * s, task: ask}}},
		"r8-scheduler-paused":   {rule: "A paused Scheduler lets it wait.", task: schedulerPaused, steps: []replayStep{first, {at: 3 * s, task: ask}}},
		"r8-stalled":            {rule: "A stalled Task skips it.", task: missing, steps: []replayStep{first, {at: 3 * s, task: ask}}},
		"r9-exhausted":          {rule: "After its last slot a Task is completed.", task: once("2026-01-05T12:00:10Z"), steps: []replayStep{first, later}},
		"r10-clock-behind":      {rule: "Before the watermark nothing is decided.", steps: []replayStep{first, {at: time.Hour}, {at: 30 * time.Minute, seen: seen(time.Hour, 1, model.PhaseFinished, model.Succeeded)}}},
		"p1-paused":             {rule: "A paused Task has no next run, and what runs is left alone.", steps: []replayStep{first, later, {at: 12 * s, task: paused}}},
		"p1-resumed":            {rule: "It goes on from now, in phase.", task: paused, steps: []replayStep{first, {at: 37 * s, task: resumed}}},
		"p1-queued-when-paused": {rule: "What waits is skipped.", task: queue, steps: []replayStep{first, later, {at: 20 * s}, {at: 22 * s, task: paused}}},
		"p1-date-resumed":       {rule: "A date is still run.", task: func(task *replayTask) { once("2026-01-05T12:00:10Z")(task); paused(task) }, steps: []replayStep{first, {at: time.Minute, task: resumed}}},
		"p2-held":               {rule: "A paused Scheduler keeps the next run.", steps: []replayStep{first, {at: 35 * s, task: schedulerPaused}}},
		"p2-released":           {rule: "Then all that is overdue is decided.", task: schedulerPaused, steps: []replayStep{first, {at: 35 * s, task: func(task *replayTask) { task.SchedulerPaused = false }}}},
		"t5-now":                {rule: "A date without runAt is due at once.", task: once(""), steps: []replayStep{first}},
		"t5-owed":               {rule: "A new Task runs a date that is over.", task: once("2020-01-01T00:00:00Z"), steps: []replayStep{first}},
		"t7-jitter":             {rule: "A slot with jitter is due later.", task: func(task *replayTask) { task.Trigger.Jitter = 8 * s }, steps: []replayStep{first, later}},
		"t9-edit":               {rule: "A new trigger is planned from now on.", steps: []replayStep{first, {at: 5 * s, task: hourly}}},
		"t9-edit-while-owed":    {rule: "The undecided slots of the old one are missed.", steps: []replayStep{first, {at: 65 * s, task: hourly}}},
		"t9-edit-to-now":        {rule: "A date without runAt is due at the edit.", steps: []replayStep{first, {at: 5 * s, task: once("")}}},
		"t9-broken":             {rule: "Without a valid trigger the Task is stalled.", steps: []replayStep{first, {at: 5 * s, task: invalid}}},
		"t9-repaired":           {rule: "It is planned from the repair on.", steps: []replayStep{first, {at: 5 * s, task: invalid}, {at: 65 * s, task: func(task *replayTask) { task.Invalid = nil }}}},
		"e1-missing":            {rule: "Slots wait for what is missing.", steps: []replayStep{first, {at: 5 * s, task: missing}, {at: 35 * s}}},
		"e2-held":               {rule: "What keeps a run from starting is noted.", steps: []replayStep{first, later, {at: 12 * s, seen: seen(10*s, 1, model.PhasePending, "")}}},
		"e2-start-timeout":      {rule: "A run that does not start is stopped.", task: hourly, steps: []replayStep{first, {at: time.Hour}, {at: 70 * time.Minute}}},
		"e2-lost":               {rule: "A run that is silent for too long is lost.", task: func(task *replayTask) { hourly(task); task.Timeout = span(time.Minute) }, steps: []replayStep{first, {at: time.Hour}, {at: time.Hour + 5*s, seen: seen(time.Hour, 1, model.PhaseRunning, "")}, {at: 63 * time.Minute}}},
		"e2-vanished":           {rule: "A run whose Pod was deleted has failed.", steps: []replayStep{first, later, {at: 12 * s, seen: seen(10*s, 1, model.PhaseNotFound, "")}}},
		"r11-evicted":           {rule: "An evicted Pod is followed by another at once.", steps: []replayStep{first, later, {at: 12 * s, seen: disrupted(10 * s)}}},
		"r11-gated":             {rule: "Time behind a gate does not count.", task: hourly, steps: []replayStep{first, {at: time.Hour}, {at: time.Hour + 5*s, seen: gated(time.Hour, true)}, {at: 90 * time.Minute, seen: gated(time.Hour, false)}}},
		"reloaded-starting":     {rule: "A run that was about to start is started.", steps: []replayStep{first, later, {at: 13 * s, reloaded: true}}},
		"reloaded-running":      {rule: "A run that was running is adopted.", steps: []replayStep{first, later, {at: 12 * s, seen: seen(10*s, 1, model.PhaseRunning, "")}, {at: 13 * s, reloaded: true}}},
	}
}()
