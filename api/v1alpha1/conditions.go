package v1alpha1

// Condition types, after the kstatus convention. Ready is always present, Stalled
// only while it is true.
const (
	// ConditionReady says whether the object does what its spec asks. A Task
	// that is paused or completed is ready, and a failed run does not change it.
	ConditionReady = "Ready"
	// ConditionStalled is true while the object cannot work until somebody
	// changes something. Its message names the field, the offending part and
	// what to write.
	ConditionStalled = "Stalled"
	// ConditionLastRunSucceeded reports how the newest finished run ended. It is
	// absent until there is one.
	ConditionLastRunSucceeded = "LastRunSucceeded"
)

// Reasons of Ready=True.
const (
	// ReasonScheduled: slots are decided as they fall due.
	ReasonScheduled = "Scheduled"
	// ReasonAwaitingShutdown: the Task runs when its Scheduler is deleted.
	ReasonAwaitingShutdown = "AwaitingShutdown"
	// ReasonPaused: the Task is paused and has no next run, or the Scheduler is.
	// As the reason of a skipped run: it waited when its Task was paused.
	ReasonPaused = "Paused"
	// ReasonSchedulerPaused: the Task's Scheduler is paused; slots that fall due
	// wait for it.
	ReasonSchedulerPaused = "SchedulerPaused"
	// ReasonCompleted: the trigger has no further slot.
	ReasonCompleted = "Completed"
	// ReasonClockBehind: slots have been decided through an instant that lies
	// ahead of the manager's clock; nothing is decided until then.
	ReasonClockBehind = "ClockBehind"
	// ReasonRunning: the Scheduler serves its Tasks.
	ReasonRunning = "Running"
)

// Reasons of Stalled=True and, with it, of Ready=False.
const (
	// ReasonInvalidTrigger: the trigger cannot be read, or can never be.
	ReasonInvalidTrigger = "InvalidTrigger"
	// ReasonTriggerTooExpensive: it takes too long to find out when all triggers of allOf
	// coincide.
	ReasonTriggerTooExpensive = "TriggerTooExpensive"
	// ReasonInvalidTimeZone: the Scheduler's time zone is not known.
	ReasonInvalidTimeZone = "InvalidTimeZone"
	// ReasonUnknownHandler: no handler of that name is registered for the
	// Task's namespace.
	ReasonUnknownHandler = "UnknownHandler"
	// ReasonUnknownExecutor: the Scheduler has no executor of that name.
	ReasonUnknownExecutor = "UnknownExecutor"
	// ReasonInvalidAction: the action cannot be carried out as it is written,
	// in a way that admission does not find.
	ReasonInvalidAction = "InvalidAction"
	// ReasonSchedulerNotFound: the Scheduler that the Task names does not exist.
	ReasonSchedulerNotFound = "SchedulerNotFound"
	// ReasonSchedulerNotCreated: the Task names no Scheduler, and the API server refused to
	// create the one named default, for example by a quota. The manager tries again.
	ReasonSchedulerNotCreated = "SchedulerNotCreated"
	// ReasonRecordTooLarge: the Task is so large that its status does not fit beside it. No
	// run starts until it is smaller.
	ReasonRecordTooLarge = "RecordTooLarge"
	// ReasonInternalError: the manager has a fault that this Task brings to light. Its log
	// says more. Slots wait until the Task is edited or the manager replaced.
	ReasonInternalError = "InternalError"
	// ReasonTooFrequent: slots of the Task, or attempts of its runs, are closer to each
	// other than the manager's limits allow.
	ReasonTooFrequent = "TooFrequent"
	// ReasonLimitExceeded: the Task, or its Scheduler for it, asks for more than the
	// manager's limits allow.
	ReasonLimitExceeded = "LimitExceeded"
	// ReasonServiceAccountRequired: the Task names no ServiceAccount, and the manager runs
	// none that does not.
	ReasonServiceAccountRequired = "ServiceAccountRequired"
)

// Reasons of a run's outcome, in status.recentRuns and, for the outcomes
// Succeeded, Failed and Lost, in LastRunSucceeded.
const (
	// ReasonSucceeded: the run did its work.
	ReasonSucceeded = "Succeeded"

	// ReasonFailed: the call returned an error, or a status that is not expected.
	ReasonFailed = "Failed"
	// ReasonPanicked: the handler panicked.
	ReasonPanicked = "Panicked"
	// ReasonPodFailed: a container of the Pod failed, or the kubelet ended the Pod
	// for exceeding its own limits.
	ReasonPodFailed = "PodFailed"
	// ReasonTimeout: the attempt ran longer than the Task's timeout.
	ReasonTimeout = "Timeout"
	// ReasonStartTimeout: the Pod had not started within startTimeout.
	ReasonStartTimeout = "StartTimeout"
	// ReasonPodRejected: the API server did not accept the Pod.
	ReasonPodRejected = "PodRejected"
	// ReasonServiceAccountForbidden: the Task's ServiceAccount does not exist or may not do
	// what the Task needs, or the manager may not act as it.
	ReasonServiceAccountForbidden = "ServiceAccountForbidden"
	// ReasonNameTaken: an object that is not Carillon's has the Pod's name.
	ReasonNameTaken = "NameTaken"
	// ReasonPodDisrupted: the Pod was evicted, preempted or lost with its node,
	// more often than is not counted.
	ReasonPodDisrupted = "PodDisrupted"
	// ReasonPodVanished: somebody else deleted the Pod before it had finished.
	ReasonPodVanished = "PodVanished"
	// ReasonLost: the node of the Pod is gone and how the run ended is unknown.
	ReasonLost = "Lost"

	// ReasonMisfireGracePeriodExceeded: the run was missed, as it could not
	// start within misfireGracePeriod.
	ReasonMisfireGracePeriodExceeded = "MisfireGracePeriodExceeded"
	// ReasonCatchUpLimit: the run was missed, as more than catchUpLimit slots
	// were overdue and this was among the oldest.
	ReasonCatchUpLimit = "CatchUpLimit"
	// ReasonTriggerChanged: the run was missed, as the trigger was edited before
	// it had started.
	ReasonTriggerChanged = "TriggerChanged"

	// ReasonReplaced: a newer run took the run's place, by overlapPolicy Replace.
	ReasonReplaced = "Replaced"

	// ReasonCancelled: somebody asked for the run to be cancelled.
	ReasonCancelled = "Cancelled"

	// ReasonQueueFull: the run was skipped, as it waited for an instance when a
	// newer one fell due; one run waits at a time.
	ReasonQueueFull = "QueueFull"
	// ReasonMaxInstancesReached: the run was skipped, as maxInstances runs of
	// the Task were unfinished.
	ReasonMaxInstancesReached = "MaxInstancesReached"
)
