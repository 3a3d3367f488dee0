package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Task is work and when to do it. Each run of it is a Pod or a call inside the
// manager.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=tasks,scope=Namespaced,shortName=ctask,categories=carillon
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=".status.state"
// +kubebuilder:printcolumn:name="Schedule",type=string,JSONPath=".status.schedule"
// +kubebuilder:printcolumn:name="Next Run",type=string,JSONPath=".status.nextRunTime"
// +kubebuilder:printcolumn:name="Last Run",type=date,JSONPath=".status.lastRunTime"
// +kubebuilder:printcolumn:name="Last Result",type=string,JSONPath=".status.conditions[?(@.type=='LastRunSucceeded')].reason"
// +kubebuilder:printcolumn:name="Active",type=integer,JSONPath=".status.activeCount"
// +kubebuilder:printcolumn:name="Scheduler",type=string,JSONPath=".spec.schedulerName",priority=1
// +kubebuilder:printcolumn:name="Paused",type=boolean,JSONPath=".spec.paused",priority=1
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=".status.conditions[?(@.type=='Ready')].status",priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=".metadata.creationTimestamp"
// +kubebuilder:selectablefield:JSONPath=".spec.schedulerName"
// +kubebuilder:selectablefield:JSONPath=".status.state"
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 63",message="a Task's name is a label of its Pods: write at most 63 characters"
type Task struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard metadata of an object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what to do and when.
	// +required
	Spec TaskSpec `json:"spec"`

	// status is what has happened and what comes next. The manager writes it.
	// +optional
	Status TaskStatus `json:"status,omitzero"`
}

// TaskList is a list of Tasks.
//
// +kubebuilder:object:root=true
type TaskList struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard metadata of a list.
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`

	// items are the Tasks.
	Items []Task `json:"items"`
}

// TaskSpec is what to do and when.
//
// +kubebuilder:validation:XValidation:rule="has(self.trigger)",message="write a trigger: exactly one of schedule, cron, interval, date, anyOf, allOf or shutdown",reason=FieldValueRequired,fieldPath=".trigger"
// +kubebuilder:validation:XValidation:rule="has(self.action)",message="write an action: exactly one of pod, http or handler",reason=FieldValueRequired,fieldPath=".action"
// +kubebuilder:validation:XValidation:rule="(has(self.schedulerName) ? self.schedulerName : 'default') == (has(oldSelf.schedulerName) ? oldSelf.schedulerName : 'default')",message="schedulerName cannot be changed: delete the Task and create it again under the other Scheduler",reason=FieldValueForbidden,fieldPath=".schedulerName"
// +kubebuilder:validation:XValidation:rule="!has(self.executor) || self.executor != 'pods' || !has(self.action) || has(self.action.pod)",message="executor pods runs pod actions only: write workers, or leave executor out",fieldPath=".executor"
// +kubebuilder:validation:XValidation:rule="!has(self.executor) || self.executor != 'workers' || !has(self.action) || !has(self.action.pod)",message="executor workers runs http and handler actions only: write pods, or leave executor out",fieldPath=".executor"
// +kubebuilder:validation:XValidation:rule="!has(self.action) || !has(self.action.http) || !has(self.action.http.auth) || has(self.serviceAccountName)",message="action.http.auth sends a token of a ServiceAccount: write serviceAccountName",reason=FieldValueRequired,fieldPath=".serviceAccountName"
type TaskSpec struct {
	// schedulerName is the Scheduler in the Task's namespace that serves the Task.
	// It cannot be changed.
	// Default: default, which is created when it does not exist.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	SchedulerName string `json:"schedulerName,omitempty"`

	// description is for people. It may have several lines, and no other control
	// characters than their ends and tabs.
	// Default: none.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^\\\\x00-\\\\x08\\\\x0b-\\\\x1f\\\\x7f-\\\\x{9f}]*$')",message="description must not have control characters but for the ends of lines and tabs"
	Description string `json:"description,omitempty"`

	// trigger says when to run. It is required.
	// ---
	// The schema does not list it as such, so that a Task without one is told by a
	// rule what to write, and not merely that something is required.
	// +optional
	Trigger Trigger `json:"trigger,omitzero"`

	// paused true means that nothing new starts and there is no next run. Slots
	// that fall due meanwhile are forgotten; runs that have started are left alone.
	// Default: false.
	// +optional
	Paused bool `json:"paused,omitempty"`

	// coalesce says what becomes of several slots that are overdue together, for
	// example after the manager was away. true: one run, for the newest of them.
	// false: a run for each, oldest first, one after the other. It is not about a
	// slot that falls due while runs go on: overlapPolicy decides about that one,
	// and Skip drops it also when coalesce is false.
	// Default: the Scheduler's taskDefaults, or else true.
	// +optional
	Coalesce *bool `json:"coalesce,omitempty"`

	// catchUpLimit is how many overdue slots are run at most when coalesce is
	// false, the newest ones. Older ones count as missed.
	// Default: 100.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	CatchUpLimit *int32 `json:"catchUpLimit,omitempty"`

	// maxInstances is how many runs of the Task may be unfinished at a time; see
	// overlapPolicy for what happens to one more.
	// Default: the Scheduler's taskDefaults, or else 1.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MaxInstances *int32 `json:"maxInstances,omitempty"`

	// overlapPolicy says what happens to a run that is to start while maxInstances
	// runs are unfinished. Skip drops it. Queue keeps one run waiting for an
	// instance, the newest. Replace stops the oldest run and starts the new one when
	// that is gone. It applies to slots that fall due in time, whatever coalesce is;
	// the runs of a backlog with coalesce false follow each other instead.
	// Default: the Scheduler's taskDefaults, or else Skip.
	// +optional
	OverlapPolicy OverlapPolicy `json:"overlapPolicy,omitempty"`

	// misfireGracePeriod is how late a run may start. Later than that, it counts as
	// missed and does not run. 0s: it runs however late it is. Otherwise at least
	// 1s.
	// Default: the Scheduler's taskDefaults, or else 0s.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h))+$') && (duration(self) == duration('0s') || duration(self) >= duration('1s'))",message="misfireGracePeriod must be 0s or at least 1s, written like 30s, 5m or 1h30m"
	MisfireGracePeriod *metav1.Duration `json:"misfireGracePeriod,omitempty"`

	// executor is where runs are carried out: the name of one of the Scheduler's
	// executors, or pods for pod actions, workers for http and handler actions.
	// Default: pods or workers, whichever fits the action.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Executor string `json:"executor,omitempty"`

	// serviceAccountName is the ServiceAccount in the Task's namespace that the Task acts
	// as: Pods are created, and Secrets for headers are read, with its rights instead of the
	// manager's. A Pod whose template names no ServiceAccount runs as this one, and
	// action.http.auth sends a token of it. The manager needs the right to impersonate it.
	// Defaults to the manager's --default-service-account, or else to the rights of the
	// manager itself.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",message="serviceAccountName must be the name of a ServiceAccount: lower case letters, digits, dashes and dots, such as reports"
	ServiceAccountName string `json:"serviceAccountName,omitempty"`

	// action says what to do. It is required.
	// ---
	// The schema does not list it as such, for the reason given for trigger.
	// +optional
	Action Action `json:"action,omitzero"`

	// timeout is how long an attempt may take from its start. One that takes longer
	// is stopped and has failed. 0s: no limit, except the 30s of an http action.
	// Otherwise at least 1s.
	// Defaults to the Scheduler's taskDefaults, or else to no limit.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h))+$') && (duration(self) == duration('0s') || duration(self) >= duration('1s'))",message="timeout must be 0s for no limit, or at least 1s, written like 90s, 10m or 1h30m"
	Timeout *metav1.Duration `json:"timeout,omitempty"`

	// startTimeout limits how long a Pod may take from its creation until it works:
	// until an init container or all its containers run. One that takes longer,
	// because its image cannot be pulled or no node has room for it, is deleted and
	// the attempt has failed. Time behind a scheduling gate does not count. 0s: no
	// limit. Otherwise at least 1s. Other actions start at once.
	// Defaults to the Scheduler's taskDefaults, or else to 10m.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h))+$') && (duration(self) == duration('0s') || duration(self) >= duration('1s'))",message="startTimeout must be 0s for no limit, or at least 1s, written like 90s, 10m or 1h30m"
	StartTimeout *metav1.Duration `json:"startTimeout,omitempty"`

	// retryPolicy says whether a failed attempt is followed by another of the same
	// run.
	// Defaults to the Scheduler's taskDefaults, or else to one attempt.
	// +optional
	RetryPolicy *RetryPolicy `json:"retryPolicy,omitempty"`

	// history is how many finished Pods are kept to be looked at.
	// Defaults to the Scheduler's taskDefaults, or else to three of each result.
	// +optional
	History *History `json:"history,omitempty"`
}

// OverlapPolicy says what happens to a run beyond maxInstances.
//
// +kubebuilder:validation:Enum=Skip;Queue;Replace
type OverlapPolicy string

// The overlap policies.
const (
	// OverlapSkip drops the run.
	OverlapSkip OverlapPolicy = "Skip"
	// OverlapQueue keeps one run waiting for an instance, the newest.
	OverlapQueue OverlapPolicy = "Queue"
	// OverlapReplace stops the oldest run, and starts the new one when it is gone.
	OverlapReplace OverlapPolicy = "Replace"
)

// RetryPolicy says when a failed attempt is followed by another. All attempts are
// one run: they have the same slot, the same identity and hold one instance.
type RetryPolicy struct {
	// maxAttempts is how many attempts a run has at most, the first one included.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MaxAttempts int32 `json:"maxAttempts,omitempty"`

	// backoff is how long to wait between attempts.
	// Each of its fields defaults to the Scheduler's taskDefaults, or else to the
	// built-in default: 10s after the first, twice as long after each further one, up
	// to 5m.
	// +optional
	Backoff *Backoff `json:"backoff,omitempty"`
}

// Backoff is how long to wait between attempts. The wait is never longer than max.
//
// +kubebuilder:validation:XValidation:rule="!has(self.initial) || !has(self.max) || !self.initial.matches('^([0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h))+$') || !self.max.matches('^([0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h))+$') || duration(self.initial) <= duration(self.max)",message="initial must not be longer than max: raise max, or lower initial",fieldPath=".initial"
type Backoff struct {
	// initial is the wait after the first attempt.
	// Defaults to the Scheduler's taskDefaults, or else to 10s; to max, if that is
	// shorter.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h))+$') && duration(self) >= duration('1s')",message="initial must be at least 1s, written like 10s, 5m or 1h30m"
	Initial *metav1.Duration `json:"initial,omitempty"`

	// factor is what the wait is multiplied by after each further attempt.
	// Defaults to the Scheduler's taskDefaults, or else to 2.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10
	Factor int32 `json:"factor,omitempty"`

	// max is the longest wait.
	// Defaults to the Scheduler's taskDefaults, or else to 5m; to initial, if that is
	// longer.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h))+$') && duration(self) >= duration('1s')",message="max must be at least 1s, written like 10s, 5m or 1h30m"
	Max *metav1.Duration `json:"max,omitempty"`
}

// History is how many finished Pods of a Task are kept, the newest ones.
type History struct {
	// succeeded is how many Pods are kept that succeeded.
	// Defaults to the Scheduler's taskDefaults, or else to 3.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Succeeded *int32 `json:"succeeded,omitempty"`

	// failed is how many Pods are kept that failed.
	// Defaults to the Scheduler's taskDefaults, or else to 3.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Failed *int32 `json:"failed,omitempty"`
}
