package decide_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

// restoredAt is when the backups of these tests are restored, which are made two hours before.
var restoredAt = fixture.At(2*time.Hour + 30*time.Second)

// compiled compiles a trigger for a Task that the API server dates.
func compiled(t *testing.T, spec trigger.Spec, created time.Time) *trigger.Trigger {
	t.Helper()
	tr, err := trigger.Compile(spec, trigger.Options{TimeZone: "UTC", Created: created})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// TestRestored shows what docs/production.md says of a Task that is restored two hours after its
// backup: as a new object of the API server, with its status or without, or, when etcd itself is
// restored, as the object that it was.
func TestRestored(t *testing.T) {
	t.Parallel()
	past := trigger.Spec{Date: &trigger.Date{RunAt: "2026-01-05T12:00:01Z"}}
	hourly := trigger.Spec{Schedule: "0 * * * *"}
	interval := trigger.Spec{Interval: &trigger.Interval{Minutes: 50}}
	anchored := trigger.Spec{Interval: &trigger.Interval{Minutes: 50}, StartAt: "2026-01-05T12:10:00Z"}
	for name, tc := range map[string]struct {
		spec        trigger.Spec
		etcd        bool
		withStatus  bool
		mod         func(*model.Task)
		wantStarts  []int
		wantFolded  int64
		wantNext    time.Time
		wantMissed  int64
		wantedState model.State
	}{
		"without its status, a schedule goes on from then":                  {spec: hourly, wantNext: fixture.At(3 * time.Hour)},
		"without its status, a date in the past runs again":                 {spec: past, wantStarts: []int{1}},
		"without its status, a date in the past is missed beyond its grace": {spec: past, mod: func(task *model.Task) { task.Grace = time.Minute }, wantMissed: 1, wantedState: model.Completed},
		"without its status, an interval begins anew":                       {spec: interval, wantNext: restoredAt.Add(50 * time.Minute)},
		"with its status, the slots since the backup run together":          {spec: hourly, withStatus: true, wantStarts: []int{7200}, wantFolded: 1, wantNext: fixture.At(3 * time.Hour)},
		"with its status, they are missed beyond the grace": {
			spec: hourly, withStatus: true, mod: func(task *model.Task) { task.Grace = 10 * time.Second }, wantMissed: 1, wantFolded: 1, wantNext: fixture.At(3 * time.Hour),
		},
		"with its status, a date that has run does not run again": {spec: past, withStatus: true, wantedState: model.Completed},
		"with its status, an interval begins anew":                {spec: interval, withStatus: true, wantNext: restoredAt.Add(50 * time.Minute)},
		"with its status, an interval with startAt keeps its phase": {
			spec: anchored, withStatus: true, wantStarts: []int{110 * 60}, wantFolded: 2, wantNext: fixture.At(160 * time.Minute),
		},
		"with etcd, the slots since the backup run together": {spec: hourly, etcd: true, wantStarts: []int{7200}, wantFolded: 1, wantNext: fixture.At(3 * time.Hour)},
		"with etcd, an interval keeps its phase":             {spec: interval, etcd: true, wantStarts: []int{100 * 60}, wantFolded: 1, wantNext: fixture.At(150 * time.Minute)},
		"with etcd, a paused Task forgets them":              {spec: hourly, etcd: true, mod: fixture.Pause, wantedState: model.Paused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := fixture.MakeTask(compiled(t, tc.spec, fixture.Created))
			backup := fixture.After(t, before, model.Record{}, fixture.At(0), fixture.At(2*time.Second), fixture.At(3*time.Second)).Record
			task, rec := before, model.Record{}
			if tc.etcd || tc.withStatus {
				rec = backup
			}
			if !tc.etcd {
				task.UID, task.Created, task.Trigger = "restored", restoredAt, compiled(t, tc.spec, restoredAt)
			}
			if tc.mod != nil {
				tc.mod(&task)
			}
			dec := fixture.DecideLive(decide.Input{Task: task, Record: rec, Now: restoredAt.Add(time.Second), Reloaded: true})
			if diff := cmp.Diff(tc.wantStarts, fixture.Starts(dec)); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
			counts := dec.Record.Counts
			if counts.Coalesced != tc.wantFolded || counts.Missed != tc.wantMissed {
				t.Errorf("%d slots were folded and %d missed, want %d and %d", counts.Coalesced, counts.Missed, tc.wantFolded, tc.wantMissed)
			}
			if !dec.Record.Next.Equal(tc.wantNext) {
				t.Errorf("it runs next at %s, want %s", dec.Record.Next, tc.wantNext)
			}
			if tc.wantedState != "" && dec.Record.State != tc.wantedState {
				t.Errorf("it is %s, want %s", dec.Record.State, tc.wantedState)
			}
		})
	}
}

// TestRestored_ARunUnderWay shows what becomes of a run that the status of a new object lists: its
// Pod would have another name and another identity than that of the old object, so it is not
// there, and the run has failed.
func TestRestored_ARunUnderWay(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(fixture.Every(t, 10))
	running := fixture.Play(t, task, fixture.Step{At: 0}, fixture.Step{At: 10 * time.Second}, fixture.Step{At: 11 * time.Second, Seen: []model.Observation{
		{Run: fixture.SlotRef(10 * time.Second), Attempt: 1, Phase: model.PhaseRunning, Start: fixture.At(11 * time.Second)},
	}}).Record
	ref, nonce := running.Active[0].Ref(), running.Active[0].Nonce
	restored := task
	restored.UID = "restored"
	if model.RunID(task.UID, ref) == model.RunID(restored.UID, ref) || model.AttemptName(task.Key, ref, 1, nonce) == model.AttemptName(restored.Key, ref, 1, nonce) {
		t.Error("the run of the new object has the identity of the old one, or its Pod the name")
	}
	dec := fixture.DecideLive(decide.Input{Task: restored, Record: running, Now: fixture.At(15 * time.Second), Reloaded: true})
	if len(dec.Commands) == 0 || dec.Commands[0].Kind != decide.AdoptRun {
		t.Fatalf("the commands are %+v, want to look for the Pod", dec.Commands)
	}
	dec = decide.Decide(decide.Input{Task: restored, Record: dec.Record, Now: fixture.At(16 * time.Second), Observations: []model.Observation{
		{Run: ref, Attempt: 1, Phase: model.PhaseNotFound},
	}})
	if diff := cmp.Diff([]string{"10 Failed/PodVanished"}, fixture.Recent(dec.Record)); diff != "" {
		t.Errorf("recent runs (-want +got):\n%s", diff)
	}
}

// TestRestored_ARequest shows that a request which a restored annotation holds is one again
// without the status, and none with it.
func TestRestored_ARequest(t *testing.T) {
	t.Parallel()
	task := fixture.MakeTask(compiled(t, trigger.Spec{Schedule: "0 0 1 1 *"}, fixture.Created), func(task *model.Task) { task.Request = "now" })
	backup := fixture.After(t, task, model.Record{}, fixture.At(0), fixture.At(time.Second)).Record
	for name, tc := range map[string]struct {
		rec  model.Record
		want int
	}{
		"with its status":    {backup, 0},
		"without its status": {model.Record{}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dec := fixture.DecideLive(decide.Input{Task: task, Record: tc.rec, Now: restoredAt, RequestSince: restoredAt, Reloaded: true})
			if got := len(fixture.Starts(dec)); got != tc.want {
				t.Errorf("%d runs are started, want %d", got, tc.want)
			}
		})
	}
}
