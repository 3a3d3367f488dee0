package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Scheduler serves the Tasks of its namespace that name it, and holds what they
// have in common. The one named default is created when a Task first needs it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=schedulers,scope=Namespaced,shortName=cscheduler,categories=carillon
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=".status.state"
// +kubebuilder:printcolumn:name="Time Zone",type=string,JSONPath=".spec.timeZone"
// +kubebuilder:printcolumn:name="Tasks",type=integer,JSONPath=".status.tasks.total"
// +kubebuilder:printcolumn:name="Scheduled",type=integer,JSONPath=".status.tasks.scheduled"
// +kubebuilder:printcolumn:name="Stalled",type=integer,JSONPath=".status.tasks.stalled"
// +kubebuilder:printcolumn:name="Paused",type=boolean,JSONPath=".spec.paused",priority=1
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=".status.conditions[?(@.type=='Ready')].status",priority=1
// +kubebuilder:printcolumn:name="Holder",type=string,JSONPath=".status.holder",priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=".metadata.creationTimestamp"
// +kubebuilder:selectablefield:JSONPath=".status.state"
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 63",message="a Scheduler's name is a label of its Tasks' Pods: write at most 63 characters"
type Scheduler struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard metadata of an object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what the Scheduler's Tasks have in common.
	// Defaults to an empty one.
	// +optional
	Spec SchedulerSpec `json:"spec,omitzero"`

	// status is what the Scheduler is doing. The manager writes it.
	// +optional
	Status SchedulerStatus `json:"status,omitzero"`
}

// SchedulerList is a list of Schedulers.
//
// +kubebuilder:object:root=true
type SchedulerList struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard metadata of a list.
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`

	// items are the Schedulers.
	Items []Scheduler `json:"items"`
}

// SchedulerSpec is what the Tasks of a Scheduler have in common.
type SchedulerSpec struct {
	// paused true means that no run starts. Slots that fall due wait and are
	// decided together when it becomes false again.
	// Default: false.
	// +optional
	Paused bool `json:"paused,omitempty"`

	// timeZone is the zone of the triggers that name none: an IANA name such as
	// Europe/Berlin, or UTC.
	// Default: UTC.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self != 'Local' && self.matches('^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9][A-Za-z0-9_+-]*)*$')",message="timeZone must be an IANA name such as Europe/Berlin or America/New_York, with underscores for blanks, or UTC; a fixed offset is written like Etc/GMT-2, which is 2 hours ahead of UTC"
	TimeZone string `json:"timeZone,omitempty"`

	// taskDefaults are for the Tasks that leave these settings out. A change takes
	// effect at once, also for what is due already.
	// Default: the built-in defaults.
	// +optional
	TaskDefaults *TaskDefaults `json:"taskDefaults,omitempty"`

	// executors are where the runs of the Scheduler's Tasks are carried out. Besides
	// those listed there are pods, without a bound, and workers, a pool.
	// Default: these two.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Executors []Executor `json:"executors,omitempty"`

	// startupDelay is for how long nothing starts after a manager has taken the
	// Scheduler over. Slots that fall due meanwhile wait; runs that have started are
	// looked after at once.
	// Default: 0s.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h))+$') && duration(self) <= duration('1h')",message="startupDelay must be at most 1h, written like 500ms, 2s or 1m"
	StartupDelay *metav1.Duration `json:"startupDelay,omitempty"`

	// shutdown says what becomes of runs at an end: of the manager that serves the
	// Scheduler, or of the Scheduler itself.
	// Default: they are waited for, for 30s.
	// +optional
	Shutdown *Shutdown `json:"shutdown,omitempty"`
}

// Shutdown says what becomes of runs at an end.
type Shutdown struct {
	// wait true means that an end is put off until runs have finished: that of a
	// manager until its calls have, that of a deleted Scheduler until its Tasks with a
	// shutdown trigger have run. false: calls are cancelled at once and made again by
	// the next manager, and the Scheduler is gone as soon as such runs have started.
	// Default: true.
	// +optional
	Wait *bool `json:"wait,omitempty"`

	// timeout is for how long at most. For the end of a manager, its own
	// --shutdown-timeout is a bound as well.
	// Default: 30s.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h))+$') && duration(self) <= duration('24h')",message="timeout must be at most 24h, written like 30s, 5m or 1h"
	Timeout *metav1.Duration `json:"timeout,omitempty"`
}

// TaskDefaults are settings for the Tasks that leave them out.
type TaskDefaults struct {
	// coalesce says what becomes of several slots that are overdue together: true
	// for one run for the newest of them, false for a run for each.
	// Default: true.
	// +optional
	Coalesce *bool `json:"coalesce,omitempty"`

	// maxInstances is how many runs of a Task may be unfinished at a time.
	// Default: 1.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MaxInstances *int32 `json:"maxInstances,omitempty"`

	// misfireGracePeriod is how late a run may start. 0s: however late. Otherwise at
	// least 1s.
	// Default: 0s.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h))+$') && (duration(self) == duration('0s') || duration(self) >= duration('1s'))",message="misfireGracePeriod must be 0s or at least 1s, written like 30s, 5m or 1h30m"
	MisfireGracePeriod *metav1.Duration `json:"misfireGracePeriod,omitempty"`

	// overlapPolicy says what happens to a run beyond maxInstances: Skip, Queue or
	// Replace, as in a Task.
	// Default: Skip.
	// +optional
	OverlapPolicy OverlapPolicy `json:"overlapPolicy,omitempty"`

	// timeout is how long an attempt may take from its start. One that takes longer
	// is stopped and has failed. 0s: no limit, except the 30s of an http action.
	// Otherwise at least 1s.
	// Defaults to no limit.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h))+$') && (duration(self) == duration('0s') || duration(self) >= duration('1s'))",message="timeout must be 0s for no limit, or at least 1s, written like 90s, 10m or 1h30m"
	Timeout *metav1.Duration `json:"timeout,omitempty"`

	// startTimeout limits how long a Pod may take from its creation until it works.
	// 0s: no limit. Otherwise at least 1s.
	// Defaults to 10m.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h))+$') && (duration(self) == duration('0s') || duration(self) >= duration('1s'))",message="startTimeout must be 0s for no limit, or at least 1s, written like 90s, 10m or 1h30m"
	StartTimeout *metav1.Duration `json:"startTimeout,omitempty"`

	// retryPolicy says whether a failed attempt is followed by another of the same
	// run. A Task with a retryPolicy takes from here what its backoff leaves out; one
	// with maxAttempts 1 is not retried.
	// Defaults to one attempt.
	// +optional
	RetryPolicy *RetryPolicy `json:"retryPolicy,omitempty"`

	// history is how many finished Pods are kept of each Task.
	// Defaults to three of each result.
	// +optional
	History *History `json:"history,omitempty"`
}

// SchedulerState is what a Scheduler is doing, in one word.
//
// +kubebuilder:validation:Enum=Running;Paused
type SchedulerState string

// The states of a Scheduler.
const (
	// SchedulerRunning: its Tasks' runs start as they fall due.
	SchedulerRunning SchedulerState = "Running"
	// SchedulerPaused: spec.paused is true and no run starts.
	SchedulerPaused SchedulerState = "Paused"
)

// SchedulerStatus is what a Scheduler is doing.
type SchedulerStatus struct {
	// observedGeneration is the metadata.generation that the status is about.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// state is Running (runs start as they fall due) or Paused (spec.paused is true
	// and no run starts).
	// Unset until a manager has observed the Scheduler.
	// +optional
	State SchedulerState `json:"state,omitempty"`

	// holder is the manager that serves the Scheduler.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Holder string `json:"holder,omitempty"`

	// startedAt is since when that manager serves it.
	// +optional
	StartedAt *metav1.Time `json:"startedAt,omitempty"`

	// tasks counts the Scheduler's Tasks by their state.
	// +optional
	Tasks *TaskCounts `json:"tasks,omitempty"`

	// conditions are Ready, and Stalled while it is true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// TaskCounts counts Tasks by their state.
type TaskCounts struct {
	// total is the number of Tasks.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Total int32 `json:"total,omitempty"`

	// scheduled is the number of Tasks whose slots are decided as they fall due.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Scheduled int32 `json:"scheduled,omitempty"`

	// paused is the number of Tasks that are paused themselves.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Paused int32 `json:"paused,omitempty"`

	// completed is the number of Tasks whose trigger has no further slot.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Completed int32 `json:"completed,omitempty"`

	// stalled is the number of Tasks that cannot work until something is changed.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Stalled int32 `json:"stalled,omitempty"`
}
