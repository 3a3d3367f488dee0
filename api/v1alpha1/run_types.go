package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// RunSource is why a run exists.
//
// +kubebuilder:validation:Enum=Scheduled;Manual
type RunSource string

// The sources of runs.
const (
	// SourceScheduled: a slot of the trigger fell due.
	SourceScheduled RunSource = "Scheduled"
	// SourceManual: somebody asked for it, by the annotation
	// carillon.dev/run-requested-at.
	SourceManual RunSource = "Manual"
)

// RunState is where an unfinished run stands.
//
// +kubebuilder:validation:Enum=Queued;Pending;Starting;Running;Backoff;Stopping
type RunState string

// The states of an unfinished run.
const (
	// RunQueued: it waits for one of the Task's other runs to end.
	RunQueued RunState = "Queued"
	// RunPending: it waits for capacity of its executor.
	RunPending RunState = "Pending"
	// RunBackoff: its last attempt failed, and the next waits for its time.
	RunBackoff RunState = "Backoff"
	// RunStarting: it has been decided to start, and its Pod or call is being created.
	RunStarting RunState = "Starting"
	// RunRunning: its containers, or its call, have been seen to run.
	RunRunning RunState = "Running"
	// RunStopping: it is being stopped, for the reason in stopReason.
	RunStopping RunState = "Stopping"
)

// ActiveRun is a run that has not finished.
type ActiveRun struct {
	// source is why the run exists: Scheduled (a slot of the trigger fell due) or
	// Manual (somebody asked for it).
	// +required
	Source RunSource `json:"source,omitempty"`

	// scheduledTime is the run's slot. The slot of a manual run is the time at which
	// the manager saw the request, not the time that the annotation may hold.
	// +required
	ScheduledTime metav1.Time `json:"scheduledTime"`

	// request is what a manual run was asked for with.
	// Unset for other runs.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Request string `json:"request,omitempty"`

	// requestNumber is which of the Task's run requests a manual run answers, from 1. It
	// is part of the run's identity.
	// Not set: it is not a manual one, or was decided by an older manager.
	// +optional
	// +kubebuilder:validation:Minimum=1
	RequestNumber int64 `json:"requestNumber,omitempty"`

	// attempt is the number of the attempt, from 1.
	// Unset while the run is Queued or Pending and has had no attempt.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Attempt int32 `json:"attempt,omitempty"`

	// postponed is how many of the attempts found that the work could not be done yet.
	// They do not count against maxAttempts.
	// Defaults to 0.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Postponed int32 `json:"postponed,omitempty"`

	// disruptions is how many of the attempts ended because their Pod was evicted,
	// preempted, or lost with its node, or because another Pod had its name. Up to 10 of them do not count against
	// maxAttempts, and another attempt follows at once.
	// Defaults to none.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Disruptions int32 `json:"disruptions,omitempty"`

	// state is Queued (it waits for one of the Task's other runs to end), Pending (for
	// capacity of its executor), Starting (its Pod or call is being created), Running (its
	// containers, or its call, have been seen to run), Backoff (its last attempt
	// failed, and the next waits for its time, and then for capacity) or Stopping (it is
	// being stopped, and counts until it has).
	// +required
	State RunState `json:"state,omitempty"`

	// dueTime is the slot plus jitter.
	// +optional
	DueTime *metav1.Time `json:"dueTime,omitempty"`

	// queuedTime is since when the run has been Queued or Pending.
	// Unset in other states.
	// +optional
	QueuedTime *metav1.Time `json:"queuedTime,omitempty"`

	// startTime is when the attempt was started.
	// Unset while the run is Queued or Pending.
	// +optional
	StartTime *metav1.Time `json:"startTime,omitempty"`

	// nextAttemptTime is when the next attempt starts, as far as there is capacity for it.
	// Unset unless the run is in Backoff.
	// +optional
	NextAttemptTime *metav1.Time `json:"nextAttemptTime,omitempty"`

	// stopDeadline is until when the manager waits for the attempt to end. After it, the run
	// no longer counts.
	// Unset unless the run is Stopping.
	// +optional
	StopDeadline *metav1.Time `json:"stopDeadline,omitempty"`

	// coalesced is the number of other slots that were folded into this run.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Coalesced int64 `json:"coalesced,omitempty"`

	// catchUp true means that the run is part of a backlog of overdue slots, which
	// are run one after the other.
	// Defaults to false.
	// +optional
	CatchUp bool `json:"catchUp,omitempty"`

	// podName is the name of the attempt's Pod. It is set once the Pod is known to exist.
	// Unset: the action is not a pod, or the Pod does not exist yet.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	PodName string `json:"podName,omitempty"`

	// podUID is the UID of the attempt's Pod. Another Pod of that name is not the attempt's.
	// It is set with the next change of the status after the Pod was created.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	PodUID string `json:"podUID,omitempty"`

	// nonce is a random text that was saved with the decision to start the attempt. It is
	// part of what the name of the attempt's Pod is made from, so that nobody can know that
	// name before.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Nonce string `json:"nonce,omitempty"`

	// timeout is the timeout that the attempt was started with. A later edit of
	// spec.timeout does not change it. Unset means no limit.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,7}([.][0-9]{1,9})?(ns|us|µs|ms|s|m|h))+$') && duration(self) >= duration('0s')",message="timeout must be a duration of at least 0s"
	Timeout *metav1.Duration `json:"timeout,omitempty"`

	// startTimeout is the startTimeout that the attempt was started with. Unset means no
	// limit.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,7}([.][0-9]{1,9})?(ns|us|µs|ms|s|m|h))+$') && duration(self) >= duration('0s')",message="startTimeout must be a duration of at least 0s"
	StartTimeout *metav1.Duration `json:"startTimeout,omitempty"`

	// actionHash identifies the action that the attempt was started with. When spec.action
	// is edited before the attempt has started, it is started again from the new one.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	ActionHash string `json:"actionHash,omitempty"`

	// holder is the manager that makes the call of an http or handler action. When
	// it is gone, the call is made again.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Holder string `json:"holder,omitempty"`

	// message says what keeps the run from starting or finishing, in the words of
	// the API server, the scheduler or the kubelet, such as that a quota is exceeded,
	// that its image cannot be pulled, that a container is restarted again and again,
	// or that its Pod is being deleted; in Backoff, how the last attempt failed.
	// Unset while nothing is known to.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`

	// stopReason is why the run is being stopped, such as StartTimeout.
	// Unset unless the run is Stopping.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	StopReason string `json:"stopReason,omitempty"`

	// lastFailureReason is why the last attempt failed, such as PodFailed.
	// Unset unless the run is in Backoff.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	LastFailureReason string `json:"lastFailureReason,omitempty"`

	// disrupted true means that the attempt's Pod is being evicted, preempted or removed
	// with its node.
	// Defaults to false.
	// +optional
	Disrupted bool `json:"disrupted,omitempty"`

	// suspended true means that the Pod is held back on purpose, by a scheduling
	// gate. This time does not count against startTimeout.
	// Defaults to false.
	// +optional
	Suspended bool `json:"suspended,omitempty"`

	// waitingSince is since when startTimeout counts, if not from startTime: when
	// the last scheduling gate was removed, or when a Pod whose init containers had
	// run was found unable to start the others.
	// +optional
	WaitingSince *metav1.Time `json:"waitingSince,omitempty"`
}

// RunOutcome is what became of a slot.
//
// +kubebuilder:validation:Enum=Succeeded;Failed;Missed;Skipped;Replaced;Lost;Cancelled
type RunOutcome string

// The outcomes of runs.
const (
	// OutcomeSucceeded: the run did its work.
	OutcomeSucceeded RunOutcome = "Succeeded"
	// OutcomeFailed: the run started, or tried to, and failed.
	OutcomeFailed RunOutcome = "Failed"
	// OutcomeMissed: the run was not started, as it was too late for it.
	OutcomeMissed RunOutcome = "Missed"
	// OutcomeSkipped: the run was not started, because of other runs, a pause or a request.
	OutcomeSkipped RunOutcome = "Skipped"
	// OutcomeReplaced: the run was stopped to make room for a newer one.
	OutcomeReplaced RunOutcome = "Replaced"
	// OutcomeCancelled: the run had started and was stopped because somebody asked for it.
	OutcomeCancelled RunOutcome = "Cancelled"
	// OutcomeLost: the run started and nobody knows how it ended.
	OutcomeLost RunOutcome = "Lost"
)

// RecentRun is the outcome of a slot.
type RecentRun struct {
	// scheduledTime is the run's slot.
	// +required
	ScheduledTime metav1.Time `json:"scheduledTime"`

	// source is why the run existed: Scheduled (a slot of the trigger fell due) or
	// Manual (somebody asked for it).
	// +required
	Source RunSource `json:"source,omitempty"`

	// outcome is Succeeded (it did its work), Failed (it failed, or could not be
	// started), Missed (it was too late to start it), Skipped (it was not started,
	// because of other runs, of a pause or of a request), Replaced (it was stopped to make
	// room for a newer one), Cancelled (it was stopped because somebody asked for it) or
	// Lost (nobody knows how it ended).
	// +required
	Outcome RunOutcome `json:"outcome,omitempty"`

	// reason says in one word why, such as PodFailed or MaxInstancesReached.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason,omitempty"`

	// startTime is when the first attempt was started.
	// Unset if there was no attempt.
	// +optional
	StartTime *metav1.Time `json:"startTime,omitempty"`

	// finishTime is when the outcome was known.
	// +optional
	FinishTime *metav1.Time `json:"finishTime,omitempty"`

	// attempts is how many attempts there were.
	// Defaults to 0.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Attempts int32 `json:"attempts,omitempty"`

	// coalesced is the number of other slots that were folded into this run.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Coalesced int64 `json:"coalesced,omitempty"`

	// podName is the name of the last attempt's Pod.
	// Unset: the action is not a pod, or no Pod was created.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	PodName string `json:"podName,omitempty"`

	// message describes what happened, such as the exit code.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`
}
