// Package task has the controller of Tasks: it passes each Task and its record to the scheduler
// core, creates the default Scheduler for Tasks that need it, and after a takeover lists all
// Tasks first.
//
//	Task ──▶ translate ──▶ core (internal/scheduler/engine) ──▶ store/status ──▶ Task.status
package task
