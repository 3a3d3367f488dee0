// Package scheduler is the Kubernetes edge of the Schedulers: it shows in their
// status what they are doing. The core decides what they serve, and
// learns of a Scheduler through its Tasks.
package scheduler
