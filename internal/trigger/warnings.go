package trigger

import (
	"slices"
	"time"
)

// Warning is a remark about a valid trigger that may not do what it seems to say.
type Warning struct {
	// Field is the path below spec.trigger, for example "anyOf[1].cron.day".
	Field string
	// Text is one sentence for people.
	Text string
	// Contradiction is set when the field leaves the trigger without any slot,
	// whatever the time: a correct definition that cannot be what was meant.
	Contradiction bool
}

// Warnings returns remarks about parts of the trigger that may surprise, in the order of its fields.
func (t *Trigger) Warnings() []Warning {
	warnings := slices.Clone(t.warnings)
	if text := t.neverFires(); text != "" {
		warnings = append(warnings, Warning{Text: text})
	}
	return warnings
}

// neverFires returns why the trigger has no slot at all, or an empty string if it has one or needs a longer search to know.
func (t *Trigger) neverFires() string {
	if t.kind == kindShutdown || t.kind == kindUnsetDate {
		return ""
	}
	for _, child := range t.children {
		if text := child.neverFires(); text != "" && t.kind == kindAllOf {
			return "the trigger never fires, because one of its triggers never does: " + child.text
		}
	}
	from := time.Unix(t.earliest()-1, 0)
	if result := t.Search(from); result.Outcome != Never {
		return ""
	}
	switch {
	case t.kind == kindAllOf:
		return "the trigger never fires: its triggers have no instant in common"
	case t.startAt > minInstant || t.endAt < maxInstant:
		return "the trigger never fires: there is no slot between startAt and endAt"
	default:
		return "the trigger never fires: no date matches"
	}
}

// earliest returns an instant before which the trigger has no slot, as late as can be told cheaply. A search that gives up after a while has to start
// there.
func (t *Trigger) earliest() int64 {
	first := t.startAt
	for _, child := range t.children {
		steps := 0
		if slot, ok := child.next(minInstant-1, &steps); ok && t.kind == kindAllOf {
			first = max(first, slot)
		}
	}
	return first
}
