package engine

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// What a Task refers to is gone, and comes again: its slots wait, and it goes on by
// itself.
func TestE1_ATaskRecoversWhenWhatItNeedsAppears(t *testing.T) {
	t.Parallel()
	const s = time.Second
	task := fixture.MakeTask(fixture.Every(t, 10))
	lost := task
	lost.Missing = &model.Problem{Reason: "UnknownExecutor", Message: "spec.executor: there is no executor \"gpu\"."}

	rec := fixture.After(t, task, model.Record{}, fixture.At(0), fixture.At(10*s), fixture.At(11*s)).Record
	stalled := fixture.After(t, lost, rec, fixture.At(12*s), fixture.At(47*s))
	if got := stalled.Record; got.State != model.Stalled || got.StateReason != "UnknownExecutor" || got.StateMessage != lost.Missing.Message {
		t.Errorf("without what it needs it is %s, %s: %s", got.State, got.StateReason, got.StateMessage)
	}
	if got := fixture.Starts(stalled); got != nil {
		t.Errorf("it started %v all the same", got)
	}
	if got := stalled.Record.Next; !got.Equal(fixture.At(20 * s)) {
		t.Errorf("its next run is %v, want the slot that waits", got)
	}
	again := fixture.After(t, task, stalled.Record, fixture.At(48*s))
	if diff := cmp.Diff([]int{40}, fixture.Starts(again)); diff != "" {
		t.Errorf("starts once it is back (-want +got):\n%s", diff)
	}
	if got := again.Record; got.State != model.Scheduled || got.Counts.Coalesced != 2 {
		t.Errorf("once it is back it is %s with %+v", got.State, got.Counts)
	}
	last := again.Events[len(again.Events)-1]
	if last.Kind != model.StateChanged || last.Was != model.Stalled {
		t.Errorf("nobody is told that it works again: %+v", again.Events)
	}
}
