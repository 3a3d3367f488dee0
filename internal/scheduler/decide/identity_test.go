package decide_test

import (
	"testing"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// A value of the request that is used again asks for another run, with another identity,
// also within one second and after a restart.
func TestR6_TwoRequestsNeverShareAnIdentity(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]time.Duration{"within a second": time.Millisecond, "in other seconds": time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := fixture.MakeTask(fixture.Date(t, ""), func(task *model.Task) { task.MaxInstances = 100 })
			now := fixture.At(time.Hour)
			rec := decide.Decide(decide.Input{Task: task, Now: now, Holder: "me"}).Record
			ids, names := map[string]string{}, map[string]string{}
			for i, request := range []string{"now", "again", "now", "again", "now"} {
				now = now.Add(step)
				task.Request = request
				dec := decide.Decide(decide.Input{Task: task, Record: rec, Now: now, Holder: "me", Reloaded: i == 2})
				rec = dec.Record
				run := rec.Active[len(rec.Active)-1]
				if run.Source != model.SourceManual || run.Request != request {
					t.Fatalf("request %d: the newest run is %+v", i, run)
				}
				id := model.RunID(task.UID, run.Ref())
				if other := ids[id]; other != "" {
					t.Errorf("request %d (%s) has the identity of %s", i, request, other)
				}
				if other := names[run.Name]; other != "" || run.Name == "" {
					t.Errorf("request %d (%s) has the name %q of %s", i, request, run.Name, other)
				}
				ids[id], names[run.Name] = request, request
			}
		})
	}
}

// All attempts of a run have its identity, and the number is counted for a request that
// was skipped, too.
func TestR6_ARequestKeepsItsIdentity(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 3600), func(task *model.Task) {
		task.Retry = model.Retry{MaxAttempts: 2, Initial: time.Second, Factor: 1, Max: time.Second}
		task.Missing, task.Request = &model.Problem{Reason: "Missing", Message: "there is none"}, "one"
	})
	rec := decide.Decide(decide.Input{Task: task, Now: fixture.At(0), Holder: "me"}).Record
	task.Missing, task.Request = nil, "two"
	rec = decide.Decide(decide.Input{Task: task, Record: rec, Now: fixture.At(time.Second), Holder: "me"}).Record
	run := rec.Active[0]
	if run.RequestNumber != 2 {
		t.Errorf("the second request has the number %d", run.RequestNumber)
	}
	failed := model.Observation{Run: run.Ref(), Attempt: 1, Phase: model.PhaseFinished, Outcome: model.Failed, Reason: "model.Failed"}
	rec = decide.Decide(decide.Input{Task: task, Record: rec, Now: fixture.At(2 * time.Second), Holder: "me", Observations: []model.Observation{failed}}).Record
	rec = decide.Decide(decide.Input{Task: task, Record: rec, Now: fixture.At(4 * time.Second), Holder: "other", Reloaded: true}).Record
	if again := rec.Active[0]; again.Attempt != 2 || again.Ref() != run.Ref() {
		t.Errorf("the second attempt is %+v of %+v", again, run.Ref())
	}
}

// A run that an older manager decided keeps the identity that it had there.
func TestR6_TheIdentityOfAnOlderManagerIsKept(t *testing.T) {
	t.Parallel()
	ref := model.RunRef{Source: model.SourceManual, Slot: fixture.At(0).Unix(), Request: "now"}
	if got, want := model.RunID("uid", ref), "098e856278f6fd7356748ec685389d3d"; got != want {
		t.Errorf("RunID = %s, want %s", got, want)
	}
}
