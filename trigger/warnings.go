package trigger

import "slices"

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

// Warnings returns remarks about parts of the trigger that may surprise, in the order of its fields. They are those of the trigger as it was compiled, whatever it was
// anchored to since.
func (t *Trigger) Warnings() []Warning {
	if t.remarks == nil {
		return t.allWarnings()
	}
	return slices.Clone(t.remarks())
}

// allWarnings finds out what Warnings returns.
func (t *Trigger) allWarnings() []Warning {
	warnings := slices.Clone(t.warnings)
	never := t.never
	if never.why == "" {
		steps := 0
		never = t.searchNever(&steps)
	}
	if never.why != "" && t.endAt >= t.startAt { // otherwise there is a warning about endAt
		warnings = append(warnings, never.warning())
	}
	return warnings
}
