// Package recovery contains panics: one that occurs for a Task is logged, counted and returned as
// an error, and disturbs no other Task.
package recovery

import (
	"fmt"
	"runtime/debug"

	"github.com/go-logr/logr"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// Operation is what was being done for a Task when it panicked.
type Operation string

// The operations that a Recoverer contains.
const (
	OperationDecide    Operation = "decide"    // Decide
	OperationSave      Operation = "save"      // Store.Save
	OperationLoad      Operation = "load"      // Store.Load
	OperationSearch    Operation = "search"    // the search for a far slot
	OperationCommand   Operation = "command"   // a command of a decision: start, adopt, stop or prune
	OperationReport    Operation = "report"    // Sink.Report
	OperationTranslate Operation = "translate" // making a Task of the object that the API server holds
	OperationPod       Operation = "pod"       // creating, reading or stopping a Pod
	OperationPrune     Operation = "prune"     // removing the Pods of finished runs
	OperationDryRun    Operation = "dry_run"   // checking a Pod template
	OperationEvent     Operation = "event"     // writing an Event
)

// Operations returns all of them.
func Operations() []Operation {
	return []Operation{
		OperationDecide, OperationSave, OperationLoad, OperationSearch, OperationCommand, OperationReport,
		OperationTranslate, OperationPod, OperationPrune, OperationDryRun, OperationEvent,
	}
}

// Recoverer contains panics: what panics for one Task disturbs no other (E2). The zero value
// recovers, and neither logs nor counts.
type Recoverer struct {
	// Log gets every panic, with the Task and the stack.
	Log logr.Logger
	// Panicked counts a panic. It must not block. Optional.
	Panicked func(Operation)
}

// PanicError is a panic as an error.
type PanicError struct {
	// Value is what panic was called with.
	Value any
}

// Error implements error.
func (p *PanicError) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Do calls f for a Task. If f panics, Do logs and counts that, and returns a PanicError.
// Locks and other resources that f holds must be released by deferred calls.
func (r Recoverer) Do(operation Operation, task model.Key, f func()) (err error) {
	defer func() {
		value := recover()
		if value == nil {
			return
		}
		err = &PanicError{Value: value}
		r.Log.Error(err, "a panic was contained; it delays this Task alone",
			"task", task.String(), "operation", operation, "stack", string(debug.Stack()))
		if r.Panicked != nil {
			r.Panicked(operation)
		}
	}()
	f()
	return nil
}
