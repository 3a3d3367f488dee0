// Package scheduler is the Kubernetes edge of the Schedulers: it shows in their
// status what they are doing. What they serve is decided by the core, which
// hears of a Scheduler through its Tasks.
package scheduler
