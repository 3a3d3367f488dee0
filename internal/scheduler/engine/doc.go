// Package engine runs decisions: a loop for each Scheduler object that keeps its Tasks in a
// queue by the time of their next decision, saves what was decided, and only then commands
// executors. It also shares capacity among Tasks, drains at a handover, and distrusts clocks
// that jump.
package engine
