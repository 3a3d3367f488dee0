package v1alpha1

// Labels of a run's Pod. They are for selecting; what a run is, is in the
// annotations.
const (
	// LabelTask holds the Task's name.
	LabelTask = "carillon.dev/task"
	// LabelTaskUID holds the Task's UID: a Task made anew under an old name does
	// not take over the old one's Pods.
	LabelTaskUID = "carillon.dev/task-uid"
	// LabelScheduler holds the name of the Task's Scheduler.
	LabelScheduler = "carillon.dev/scheduler"
	// LabelRunID holds the run's identity, which its attempts share.
	LabelRunID = "carillon.dev/run-id"
)

// Annotations of a run's Pod: the identity of the run, and its run metadata.
const (
	// AnnotationScheduledTime is the run's slot, RFC 3339 in UTC.
	AnnotationScheduledTime = "carillon.dev/scheduled-time"
	// AnnotationDueTime is the slot plus jitter, RFC 3339 in UTC.
	AnnotationDueTime = "carillon.dev/due-time"
	// AnnotationSource is why the run exists, a RunSource.
	AnnotationSource = "carillon.dev/source"
	// AnnotationRequest is what a manual run was asked for with.
	AnnotationRequest = "carillon.dev/request"
	// AnnotationRequestNumber is which of the Task's run requests a manual run answers,
	// from 1.
	AnnotationRequestNumber = "carillon.dev/request-number"
	// AnnotationAttempt is the number of the attempt, from 1.
	AnnotationAttempt = "carillon.dev/attempt"
	// AnnotationCoalesced is the number of slots folded into the run, from 0.
	AnnotationCoalesced = "carillon.dev/coalesced"
	// AnnotationNonce is the random text that the Task's status held before the Pod was
	// created. A Pod that was made before cannot have it.
	AnnotationNonce = "carillon.dev/nonce"
	// AnnotationCreationToken proves to the manager that created the Pod that it did.
	AnnotationCreationToken = "carillon.dev/creation-token" //nolint:gosec // the name of an annotation
	// AnnotationTraceParent names the span of the attempt, if it is traced.
	AnnotationTraceParent = "carillon.dev/traceparent"
)

// Labels of a Namespace that take the place of the manager's limits of namespaces. Their values are
// whole numbers; 0 is no limit.
const (
	// LabelLimitTasks is how many Tasks are scheduled, the oldest ones.
	LabelLimitTasks = "carillon.dev/limit-tasks"
	// LabelLimitRuns is how many runs as Pods are under way at once, and how many http and
	// handler runs.
	LabelLimitRuns = "carillon.dev/limit-runs"
	// LabelLimitStartsPerSecond is how many runs of each of these kinds are started in a
	// second, on average; as many may be started at once.
	LabelLimitStartsPerSecond = "carillon.dev/limit-starts-per-second"
)

// FinalizerShutdown keeps a Scheduler that is being deleted until its Tasks with a
// shutdown trigger have run, or until spec.shutdown.timeout is over. It is there only
// while there are such Tasks.
const FinalizerShutdown = "carillon.dev/shutdown"

// AnnotationRunRequestedAt on a Task asks for a run now. Its value is the
// requester's: 1 to 64 characters, by custom the time. A value that differs from
// status.lastHandledRunRequest is one run.
const AnnotationRunRequestedAt = "carillon.dev/run-requested-at"

// AnnotationCancelRequestedAt on a Task cancels its unfinished runs. Its value is the requester's, as
// that of AnnotationRunRequestedAt. A value that differs from status.lastHandledCancelRequest is one
// request, about all unfinished runs; one that begins with CancelRun about the run of one slot.
const AnnotationCancelRequestedAt = "carillon.dev/cancel-requested-at"

// CancelRun begins a request to cancel the run of one slot. The slot in RFC 3339 follows, and after a
// space anything.
const CancelRun = "run="

// Environment of every container of a run's Pod. Times are RFC 3339 in UTC.
const (
	// EnvTask is the Task's name.
	EnvTask = "CARILLON_TASK"
	// EnvNamespace is the Task's namespace.
	EnvNamespace = "CARILLON_NAMESPACE"
	// EnvScheduledTime is the run's slot.
	EnvScheduledTime = "CARILLON_SCHEDULED_TIME"
	// EnvDueTime is the slot plus jitter.
	EnvDueTime = "CARILLON_DUE_TIME"
	// EnvStartTime is when the attempt was started.
	EnvStartTime = "CARILLON_START_TIME"
	// EnvAttempt is the number of the attempt, from 1.
	EnvAttempt = "CARILLON_ATTEMPT"
	// EnvSource is why the run exists, a RunSource.
	EnvSource = "CARILLON_SOURCE"
	// EnvCoalesced is the number of slots folded into the run, from 0.
	EnvCoalesced = "CARILLON_COALESCED"
	// EnvRunID is the run's identity, which its attempts share.
	EnvRunID = "CARILLON_RUN_ID"
	// EnvTraceParent names the span of the attempt, if runs are traced. It is what
	// programs with OpenTelemetry look for.
	EnvTraceParent = "TRACEPARENT"
)

// Headers of the request of an http action. Their values are those of the
// environment of a Pod.
const (
	// HeaderPrefix begins the name of every header that Carillon sets, but
	// HeaderIdempotencyKey. A Task cannot set such a header itself.
	HeaderPrefix = "Carillon-"

	// HeaderTask is the Task's name.
	HeaderTask = HeaderPrefix + "Task"
	// HeaderNamespace is the Task's namespace.
	HeaderNamespace = HeaderPrefix + "Namespace"
	// HeaderScheduledTime is the run's slot.
	HeaderScheduledTime = HeaderPrefix + "Scheduled-Time"
	// HeaderDueTime is the slot plus jitter.
	HeaderDueTime = HeaderPrefix + "Due-Time"
	// HeaderStartTime is when the attempt was started.
	HeaderStartTime = HeaderPrefix + "Start-Time"
	// HeaderAttempt is the number of the attempt, from 1.
	HeaderAttempt = HeaderPrefix + "Attempt"
	// HeaderSource is why the run exists, a RunSource.
	HeaderSource = HeaderPrefix + "Source"
	// HeaderCoalesced is the number of slots folded into the run, from 0.
	HeaderCoalesced = HeaderPrefix + "Coalesced"

	// HeaderIdempotencyKey is the run's identity, which its attempts share.
	HeaderIdempotencyKey = "Idempotency-Key"

	// HeaderTraceParent names the span of the attempt, if runs are traced.
	HeaderTraceParent = "Traceparent"
)

// Annotations of the Events about a Task. An Event stands for all occurrences of its
// reason within an hour; its message is that of the newest one.
const (
	// AnnotationEventCause is the reason of the run outcomes that the Event is about, such as
	// MaxInstancesReached.
	AnnotationEventCause = "carillon.dev/outcome-reason"
	// AnnotationEventFirstSlot and AnnotationEventLastSlot are the oldest and the newest slot
	// that the Event is about, in RFC 3339.
	AnnotationEventFirstSlot = "carillon.dev/first-slot"
	AnnotationEventLastSlot  = "carillon.dev/last-slot"
	// AnnotationEventSlots is how many slots the Event is about.
	AnnotationEventSlots = "carillon.dev/slots"
)
