package v1alpha1

import "time"

// What an unset field means. These values are used where the field is read and
// are never written into an object.
const (
	// DefaultSchedulerName is the Scheduler of a Task that names none. It is
	// made in a namespace when a Task first needs it.
	DefaultSchedulerName = "default"

	// DefaultTimeZone is the zone of a trigger when neither the trigger, nor
	// the trigger around it, nor the Scheduler names one.
	DefaultTimeZone = "UTC"

	// DefaultCoalesce folds the slots that are overdue together into one run.
	DefaultCoalesce = true

	// DefaultMaxInstances lets one run of a Task be unfinished at a time.
	DefaultMaxInstances int32 = 1

	// DefaultOverlapPolicy drops a run beyond maxInstances.
	DefaultOverlapPolicy = OverlapSkip

	// DefaultBackoffInitial, DefaultBackoffFactor and DefaultBackoffMax are how
	// long to wait between the attempts of a run.
	DefaultBackoffInitial       = 10 * time.Second
	DefaultBackoffFactor  int32 = 2
	DefaultBackoffMax           = 5 * time.Minute

	// DefaultCatchUpLimit is how many overdue slots a Task without coalescing
	// replays at most.
	DefaultCatchUpLimit int32 = 100

	// DefaultMisfireGracePeriod starts a run however late it is.
	DefaultMisfireGracePeriod time.Duration = 0

	// DefaultStartTimeout is how long a Pod may take to start.
	DefaultStartTimeout = 10 * time.Minute

	// DefaultShutdownTimeout is how long a Scheduler that ends waits for runs.
	DefaultShutdownTimeout = 30 * time.Second

	// DefaultHistorySucceeded and DefaultHistoryFailed are how many finished
	// Pods of a Task are kept, by result.
	DefaultHistorySucceeded int32 = 3
	DefaultHistoryFailed    int32 = 3

	// DefaultExpectedStatus is what an HTTP response must have to be a success.
	DefaultExpectedStatus = "200-299"
)

// The executors that every Scheduler has.
const (
	// ExecutorPods runs pod actions, each run as a Pod.
	ExecutorPods = "pods"
	// ExecutorWorkers runs http and handler actions in the manager.
	ExecutorWorkers = "workers"
)

// SchedulerName returns the name of the Scheduler that serves the Task, which
// is DefaultSchedulerName when the Task names none.
func (t *Task) SchedulerName() string {
	if t.Spec.SchedulerName == "" {
		return DefaultSchedulerName
	}
	return t.Spec.SchedulerName
}
