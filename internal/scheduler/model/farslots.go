package model

import "time"

// TriggerRef identifies a trigger as a record has it: by its hash, and since when it counts, in Unix seconds.
type TriggerRef struct {
	Hash  string
	Since int64
}

// TriggerRef identifies the trigger of a record.
func (r *Record) TriggerRef() TriggerRef { return TriggerRef{r.Trigger, r.TriggerSince.Unix()} }

// FarSlot is the first slot of a trigger after an instant.
type FarSlot struct {
	Trigger TriggerRef
	After   time.Time
	// Slot is zero if there is none.
	Slot time.Time
}

// IsFirst reports whether it is the first slot of a trigger after a watermark, too. It accepts nil.
func (f *FarSlot) IsFirst(tr TriggerRef, watermark time.Time) bool {
	return f != nil && f.Trigger == tr && !f.After.After(watermark) && (f.Slot.IsZero() || f.Slot.After(watermark))
}

// CountedSlots are the slots of a trigger after one instant and up to another: how many there are, and the newest, at most Keep, oldest first.
type CountedSlots struct {
	Trigger        TriggerRef
	After, Through time.Time
	Keep           int
	Newest         []time.Time
	Total          int64
}

// TooExpensive says that the slots after a watermark could not be found within the steps that a trigger may cost.
type TooExpensive struct {
	Trigger   TriggerRef
	Watermark time.Time
	Message   string
}

// Search is what a decision asks to be found out off the hot path: the first slot after an instant, or, if Count is set, the slots after it and up to Through.
type Search struct {
	Trigger TriggerRef
	// Watermark is up to where slots have been decided.
	Watermark      time.Time
	After, Through time.Time
	Count          bool
	Keep           int
	// Counted is the part that has been counted before: up to Counted.Through.
	Counted *CountedSlots
}

// SameQuestion reports whether the answer to one search serves for the other, too.
func (s *Search) SameQuestion(other *Search) bool {
	return s.Trigger == other.Trigger && s.After.Equal(other.After) && s.Count == other.Count && s.Keep == other.Keep
}
