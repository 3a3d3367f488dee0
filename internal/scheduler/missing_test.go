package scheduler

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What a Task refers to is gone, and comes again: its slots wait, and it goes on by
// itself.
func TestE1_ATaskRecoversWhenWhatItNeedsAppears(t *testing.T) {
	t.Parallel()
	const s = time.Second
	task := makeTask(every(t, 10))
	lost := task
	lost.Missing = &Problem{Reason: "UnknownExecutor", Message: "spec.executor: there is no executor \"gpu\"."}

	rec := after(t, task, Record{}, at(0), at(10*s), at(11*s)).Record
	stalled := after(t, lost, rec, at(12*s), at(47*s))
	if got := stalled.Record; got.State != Stalled || got.StateReason != "UnknownExecutor" || got.StateMessage != lost.Missing.Message {
		t.Errorf("without what it needs it is %s, %s: %s", got.State, got.StateReason, got.StateMessage)
	}
	if got := starts(stalled); got != nil {
		t.Errorf("it started %v all the same", got)
	}
	if got := stalled.Record.Next; !got.Equal(at(20 * s)) {
		t.Errorf("its next run is %v, want the slot that waits", got)
	}
	again := after(t, task, stalled.Record, at(48*s))
	if diff := cmp.Diff([]int{40}, starts(again)); diff != "" {
		t.Errorf("starts once it is back (-want +got):\n%s", diff)
	}
	if got := again.Record; got.State != Scheduled || got.Counts.Coalesced != 2 {
		t.Errorf("once it is back it is %s with %+v", got.State, got.Counts)
	}
	last := again.Events[len(again.Events)-1]
	if last.Kind != StateChanged || last.Was != Stalled {
		t.Errorf("nobody is told that it works again: %+v", again.Events)
	}
}
