package decide

import (
	"slices"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

// lookup is how much is known about the next slot.
type lookup int

const (
	slotFound lookup = iota
	noSlot
	slotUnknown // it is being searched for
)

// firstSlot returns the first slot after the watermark. One that is not found within the steps of one Search is asked to be searched for.
func (d *decider) firstSlot() (time.Time, lookup) {
	watermark := d.rec.DecidedThrough
	if d.trigger.NeedsSearch() && d.Far.IsFirst(d.rec.TriggerRef(), watermark) {
		return lookupOf(d.Far.Slot)
	}
	first := d.search != nil && !d.search.Count // a search for a first slot is asked for
	if first && d.search.After.Equal(watermark) {
		return time.Time{}, slotUnknown
	}
	found := d.trigger.Search(watermark)
	if found.Outcome == trigger.NotBefore {
		d.search = &model.Search{Trigger: d.rec.TriggerRef(), Watermark: watermark, After: watermark}
		return time.Time{}, slotUnknown
	}
	if first {
		d.search = nil
	}
	if d.trigger.NeedsSearch() {
		d.Far = &model.FarSlot{Trigger: d.rec.TriggerRef(), After: watermark, Slot: found.Slot}
	}
	return lookupOf(found.Slot)
}

func lookupOf(slot time.Time) (time.Time, lookup) {
	if slot.IsZero() {
		return slot, noSlot
	}
	return slot, slotFound
}

// window returns the slots that have come, not yet their jitter: the newest and how many there are. They are none while they are still being counted.
func (d *decider) window(keep int) (newest []time.Time, total int64) {
	if !d.trigger.NeedsSearch() {
		newest, total, _ = d.trigger.Window(d.rec.DecidedThrough, d.second(), keep)
		return newest, total
	}
	// A window that is known to be empty is not searched again, however old the Task is.
	first, state := d.firstSlot()
	if state != slotFound || first.After(d.Now) {
		return nil, 0
	}
	known := d.counted(first.Add(-time.Second), keep)
	more, total, through := d.trigger.Window(known.Through, d.second(), keep)
	if through.Before(d.second()) {
		d.search = &model.Search{Trigger: known.Trigger, Watermark: d.rec.DecidedThrough, After: known.After, Through: d.second(), Count: true, Keep: keep, Counted: &known}
		return nil, 0
	}
	newest = slices.Concat(known.Newest, more)
	return newest[max(0, len(newest)-keep):], known.Total + total
}

// counted returns what has been counted of the slots after an instant.
func (d *decider) counted(after time.Time, keep int) model.CountedSlots {
	if c := d.Counted; c != nil && c.Trigger == d.rec.TriggerRef() && c.After.Equal(after) && c.Keep >= keep && !c.Through.After(d.Now) {
		return *c
	}
	return model.CountedSlots{Trigger: d.rec.TriggerRef(), After: after, Through: after, Keep: keep}
}

// checkCost finds out whether the trigger was found to cost too much. On a record that says so this is known without another search, as long as the trigger is the same
// and the Task is not resumed.
func (d *decider) checkCost() {
	t := d.Task.Trigger
	resumed := d.rec.State == model.Paused && !d.Task.Paused
	if t == nil || !t.NeedsSearch() || t.Hash() != d.rec.Trigger || resumed {
		return
	}
	switch known := d.TooExpensive; {
	case known != nil && known.Trigger == d.rec.TriggerRef() && known.Watermark.Equal(d.rec.DecidedThrough):
		d.tooExpensive = "spec.trigger.allOf: " + known.Message
	case d.rec.State == model.Stalled && d.rec.StateReason == model.ReasonTriggerTooExpensive:
		d.tooExpensive = d.rec.StateMessage
	}
}
