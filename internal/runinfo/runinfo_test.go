package runinfo_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/runinfo"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

func TestFacts(t *testing.T) {
	t.Parallel()
	berlin := time.FixedZone("CET", 3600)
	key := model.Key{Namespace: "reports", Name: "newsletter", UID: "u-1"}
	run := model.Run{
		Source: model.SourceScheduled, Slot: time.Date(2026, 11, 20, 14, 30, 0, 0, berlin),
		Due: time.Date(2026, 11, 20, 13, 30, 7, 0, time.UTC), Attempt: 2, Coalesced: 4,
	}
	facts := runinfo.Of(key, run, time.Date(2026, 11, 20, 13, 30, 8, 250e6, time.UTC))
	got := facts.Text(runinfo.Names{
		Task: "TASK", Namespace: "NS", ID: "ID", Source: "SOURCE", ScheduledTime: "SLOT",
		DueTime: "DUE", StartTime: "START", Attempt: "ATTEMPT", Coalesced: "COALESCED",
	})
	want := []runinfo.Fact{
		{"TASK", "newsletter"},
		{"NS", "reports"},
		{"SLOT", "2026-11-20T13:30:00Z"},
		{"DUE", "2026-11-20T13:30:07Z"},
		{"START", "2026-11-20T13:30:08Z"},
		{"ATTEMPT", "2"},
		{"SOURCE", "Scheduled"},
		{"COALESCED", "4"},
		{"ID", model.RunID("u-1", run.Ref())},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Text (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]runinfo.Fact{{"attempt", "2"}}, facts.Text(runinfo.Names{Attempt: "attempt"})); diff != "" {
		t.Errorf("Text with one name (-want +got):\n%s", diff)
	}
}

// R5: every attempt of a run gets the same run ID, another run another one.
func TestFactsIdentity(t *testing.T) {
	t.Parallel()
	key := model.Key{Namespace: "reports", Name: "newsletter", UID: "u-1"}
	run := model.Run{Source: model.SourceScheduled, Slot: time.Unix(1000, 0), Attempt: 1}
	first := runinfo.Of(key, run, time.Time{}).ID
	run.Attempt = 2
	if again := runinfo.Of(key, run, time.Time{}).ID; again != first {
		t.Errorf("the second attempt has the identity %s, the first %s", again, first)
	}
	run.Slot = run.Slot.Add(time.Second)
	if other := runinfo.Of(key, run, time.Time{}).ID; other == first {
		t.Errorf("the runs of two slots share the identity %s", other)
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	want := &payload.Action{Scheduler: "default", Handler: &payload.Handler{Name: "log"}}
	if got := payload.Of(model.Task{Payload: want}); got != want {
		t.Errorf("Of = %v, want the payload itself", got)
	}
	for name, value := range map[string]any{"none": nil, "nil": (*payload.Action)(nil), "another type": "x"} {
		if diff := cmp.Diff(&payload.Action{}, payload.Of(model.Task{Payload: value})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
