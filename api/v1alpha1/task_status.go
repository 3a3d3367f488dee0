package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// TaskState is what a Task is doing, in one word.
//
// +kubebuilder:validation:Enum=Scheduled;Paused;Completed;Stalled
type TaskState string

// The states of a Task.
const (
	// TaskScheduled: slots are decided as they fall due.
	TaskScheduled TaskState = "Scheduled"
	// TaskPaused: spec.paused is true and there is no next run.
	TaskPaused TaskState = "Paused"
	// TaskCompleted: the trigger has no further slot.
	TaskCompleted TaskState = "Completed"
	// TaskStalled: something must be changed first; the Stalled condition says
	// what.
	TaskStalled TaskState = "Stalled"
)

// TaskStatus is what has happened to a Task and what comes next.
type TaskStatus struct {
	// observedGeneration is the metadata.generation that the status is about.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// state is Scheduled (slots are decided as they fall due), Paused (spec.paused
	// is true), Completed (the trigger has no further slot) or Stalled (something
	// must be changed first, see the conditions).
	// Unset until the Task has been evaluated.
	// +optional
	State TaskState `json:"state,omitempty"`

	// schedule is the trigger in one line, for people.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Schedule string `json:"schedule,omitempty"`

	// effective is what the settings amount to after defaults.
	// +optional
	Effective *EffectiveSettings `json:"effective,omitempty"`

	// nextRunTime is the next slot.
	// Unset if there is none, or if the Task is paused.
	// +optional
	NextRunTime *metav1.Time `json:"nextRunTime,omitempty"`

	// decidedThrough is the instant up to which every slot has been decided, that
	// is, started, folded into another, missed or skipped. It never moves back.
	// +optional
	DecidedThrough *metav1.Time `json:"decidedThrough,omitempty"`

	// observedTriggerHash is the version and hash of the trigger, after defaults, that
	// decidedThrough belongs to.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	ObservedTriggerHash string `json:"observedTriggerHash,omitempty"`

	// observedTriggerTime is since when that trigger counts: the creation of the
	// Task, or the last edit of its trigger. It is the slot of a date without
	// runAt.
	// +optional
	ObservedTriggerTime *metav1.Time `json:"observedTriggerTime,omitempty"`

	// acceptedActionHash identifies the action whose Pod template the API server accepted
	// last, for a run or in a dry run. A template with another hash is checked.
	// Unset: the action is not a pod, or none has been accepted yet.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	AcceptedActionHash string `json:"acceptedActionHash,omitempty"`

	// lastRunTime is the slot of the newest run that started.
	// +optional
	LastRunTime *metav1.Time `json:"lastRunTime,omitempty"`

	// lastSuccessTime is when a run last succeeded.
	// +optional
	LastSuccessTime *metav1.Time `json:"lastSuccessTime,omitempty"`

	// runCounts counts what became of the slots so far.
	// +optional
	RunCounts *RunCounts `json:"runCounts,omitempty"`

	// activeCount is the number of entries in active.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ActiveCount int32 `json:"activeCount,omitempty"`

	// active are the runs that have not finished, oldest first.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=128
	Active []ActiveRun `json:"active,omitempty"`

	// recentRuns are the newest outcomes, newest first.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=10
	RecentRuns []RecentRun `json:"recentRuns,omitempty"`

	// lastHandledRunRequest is the value of the annotation
	// carillon.dev/run-requested-at that was handled last. Another value asks for a
	// run.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	LastHandledRunRequest string `json:"lastHandledRunRequest,omitempty"`

	// handledRunRequests counts the values of that annotation that have been handled.
	// The number is part of the identity of a requested run, so that a value that is
	// used again asks for another run.
	// Defaults to 0.
	// +optional
	// +kubebuilder:validation:Minimum=0
	HandledRunRequests int64 `json:"handledRunRequests,omitempty"`

	// lastHandledCancelRequest is the value of the annotation
	// carillon.dev/cancel-requested-at that was handled last. Another value cancels
	// the unfinished runs.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	LastHandledCancelRequest string `json:"lastHandledCancelRequest,omitempty"`

	// notBefore is when scheduled runs may start again, after a server answered 429 or
	// 503 with Retry-After. Slots that fall due before wait for it, at most an hour for
	// each answer; requested runs do not. An edit of the spec ends the wait.
	// Not set: no server asked to wait.
	// +optional
	NotBefore *metav1.Time `json:"notBefore,omitempty"`

	// conditions are Ready, Stalled while it is true, and LastRunSucceeded once a
	// run has finished.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// EffectiveSettings are the settings of a Task after defaults.
type EffectiveSettings struct {
	// timeZone is the zone of the trigger.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	TimeZone string `json:"timeZone,omitempty"`

	// coalesce is whether slots that are overdue together become one run.
	// +optional
	Coalesce *bool `json:"coalesce,omitempty"`

	// catchUpLimit is how many overdue slots are run at most without coalescing.
	// +optional
	// +kubebuilder:validation:Minimum=0
	CatchUpLimit *int32 `json:"catchUpLimit,omitempty"`

	// maxInstances is how many runs may be unfinished at a time.
	// +optional
	// +kubebuilder:validation:Minimum=0
	MaxInstances *int32 `json:"maxInstances,omitempty"`

	// overlapPolicy is what happens to a run beyond maxInstances.
	// +optional
	OverlapPolicy OverlapPolicy `json:"overlapPolicy,omitempty"`

	// misfireGracePeriod is how late a run may start; 0s: however late.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,7}([.][0-9]{1,9})?(ns|us|µs|ms|s|m|h))+$') && duration(self) >= duration('0s')",message="misfireGracePeriod must be a duration of at least 0s"
	MisfireGracePeriod *metav1.Duration `json:"misfireGracePeriod,omitempty"`

	// executor is where runs are carried out.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Executor string `json:"executor,omitempty"`

	// serviceAccountName is the ServiceAccount that the Task acts as.
	// Defaults to none: the Task acts as the manager.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	ServiceAccountName string `json:"serviceAccountName,omitempty"`

	// timeout is how long an attempt may take.
	// Unset if there is no limit; an http action has a limit of 30s nevertheless.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,7}([.][0-9]{1,9})?(ns|us|µs|ms|s|m|h))+$') && duration(self) >= duration('0s')",message="timeout must be a duration of at least 0s"
	Timeout *metav1.Duration `json:"timeout,omitempty"`

	// startTimeout is how long a Pod may take until it works.
	// Unset if there is no limit, or if the action is not a pod.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,7}([.][0-9]{1,9})?(ns|us|µs|ms|s|m|h))+$') && duration(self) >= duration('0s')",message="startTimeout must be a duration of at least 0s"
	StartTimeout *metav1.Duration `json:"startTimeout,omitempty"`

	// retryPolicy says when a failed attempt is followed by another.
	// Unset if failed attempts are not retried.
	// +optional
	RetryPolicy *RetryPolicy `json:"retryPolicy,omitempty"`

	// history is how many finished Pods are kept.
	// Unset if the action is not a pod.
	// +optional
	History *History `json:"history,omitempty"`
}

// RunCounts counts slots by what became of them. Every slot that was decided and
// is not active is counted once.
type RunCounts struct {
	// succeeded is the number of runs that succeeded.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Succeeded int64 `json:"succeeded,omitempty"`

	// failed is the number of runs that failed.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Failed int64 `json:"failed,omitempty"`

	// replaced is the number of runs that were stopped to make room for a newer one.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Replaced int64 `json:"replaced,omitempty"`

	// lost is the number of runs of which it is not known how they ended.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Lost int64 `json:"lost,omitempty"`

	// cancelled is the number of runs that were stopped because somebody asked for it.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Cancelled int64 `json:"cancelled,omitempty"`

	// missed is the number of slots whose run could not start in time.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Missed int64 `json:"missed,omitempty"`

	// skipped is the number of slots that were not run because of other runs, or
	// of a pause or a request to cancel while they waited.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Skipped int64 `json:"skipped,omitempty"`

	// coalesced is the number of slots that were folded into a newer one.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Coalesced int64 `json:"coalesced,omitempty"`
}
