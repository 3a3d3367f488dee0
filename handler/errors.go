package handler

import (
	"fmt"
	"time"
)

// PermanentError is an error that another attempt would not mend.
type PermanentError struct{ Err error }

// Permanent marks an error as one that another attempt would not mend: the run has
// failed, whatever the Task's retryPolicy says. Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &PermanentError{Err: err}
}

// Error implements error.
func (e *PermanentError) Error() string { return e.Err.Error() }

// Unwrap returns the marked error.
func (e *PermanentError) Unwrap() error { return e.Err }

// LaterError says that the work cannot be done yet.
type LaterError struct {
	// After is how long to wait.
	After time.Duration
	// Why is what is waited for; it may be nil.
	Why error
}

// Later says that the work cannot be done yet, and is to be tried again after a while,
// at least a second and at most a day. The attempt does not count against
// maxAttempts, so it needs no retryPolicy. The run keeps its identity and its instance;
// why, which may be nil, shows in the Task's status meanwhile.
func Later(after time.Duration, why error) error { return &LaterError{After: after, Why: why} }

// Error implements error.
func (e *LaterError) Error() string {
	text := fmt.Sprintf("again in %s", e.After)
	if e.Why != nil {
		text += ": " + e.Why.Error()
	}
	return text
}

// Unwrap returns what is waited for.
func (e *LaterError) Unwrap() error { return e.Why }
