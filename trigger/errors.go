package trigger

import "strings"

// Error is a reason to reject a trigger.
type Error struct {
	// Field is the path below spec.trigger, for example "anyOf[1].cron.day". Empty means the trigger as a whole.
	Field string
	// Part is the offending piece of the field's value, empty when it is all of it.
	Part string
	// Problem says what is wrong and includes Part where that helps.
	Problem string
	// Hint says what to write instead. It may be empty.
	Hint string

	// instead is what to write for Part, and beyond means that Part is the number after the last one, such as hour 24. The hint is made of them where the other
	// fields are known; an Error that leaves the package has neither.
	instead string
	beyond  bool
}

// Error renders the field, the problem and the hint on one line.
func (e *Error) Error() string {
	var text strings.Builder
	if e.Field != "" {
		text.WriteString(e.Field + ": ")
	}
	text.WriteString(e.Problem)
	if e.Hint != "" {
		text.WriteString("; " + e.Hint)
	}
	return text.String()
}

// Under returns the error with its field put below a path, for example "spec.trigger".
func (e *Error) Under(path string) *Error {
	moved := *e
	if moved.Field = path; e.Field != "" {
		moved.Field = path + "." + e.Field
	}
	return &moved
}
