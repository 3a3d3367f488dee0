// Package task is the Kubernetes edge of the Tasks: it reads a Task, resolves
// its defaults into what the core understands, and writes what the core has
// decided into the Task's status. It knows nothing of time.
//
//	Task ──▶ translate ──▶ core (internal/scheduler) ──▶ render ──▶ Task.status
package task
