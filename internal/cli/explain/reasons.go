package explain

import "github.com/carillon-dev/carillon/api/v1alpha1"

// meaning says of each reason of a run's outcome what it means and what one can do.
var meaning = map[string]string{
	v1alpha1.ReasonSucceeded:                  "It did its work.",
	v1alpha1.ReasonFailed:                     "The call returned an error, or a status that is not expected.",
	v1alpha1.ReasonPanicked:                   "The handler panicked; the stack is in the manager's log.",
	v1alpha1.ReasonPodFailed:                  "A container of the Pod failed, or the kubelet ended the Pod for exceeding its own limits. kubectl carillon logs shows what it wrote.",
	v1alpha1.ReasonTimeout:                    "The attempt ran longer than spec.timeout allows, and was stopped.",
	v1alpha1.ReasonStartTimeout:               "The Pod had not started within spec.startTimeout: the message says what kept it.",
	v1alpha1.ReasonPodRejected:                "The API server did not accept the Pod: something in spec.action.pod.template is not allowed there.",
	v1alpha1.ReasonServiceAccountForbidden:    "The ServiceAccount that the Task acts as does not exist or lacks a right, or the manager may not act as it. The message says what to write; the next run finds it.",
	v1alpha1.ReasonNameTaken:                  "Pods that are not Carillon's had the names that the Pods of the run must have, in more than 10 attempts. Somebody reads these names from the status of the Task: keep them from creating Pods, or use the component pod-fence.",
	v1alpha1.ReasonPodDisrupted:               "The Pod was evicted, preempted or lost with its node. That does not count as an attempt, up to 10 times a run, and this was once more, or the Task was paused.",
	v1alpha1.ReasonPodVanished:                "Somebody deleted the Pod before it had finished.",
	v1alpha1.ReasonLost:                       "The node of the Pod is gone, or it has not been seen to end: how the run ended is unknown.",
	v1alpha1.ReasonMisfireGracePeriodExceeded: "By the time that it could start it was later than misfireGracePeriod allows. A longer one, or none, would have let it run.",
	v1alpha1.ReasonCatchUpLimit:               "More slots were overdue than spec.catchUpLimit lets run, and this was among the oldest.",
	v1alpha1.ReasonTriggerChanged:             "The trigger was edited before the run had started. An edit drops the slots of the old trigger that were not decided yet.",
	v1alpha1.ReasonReplaced:                   "It was stopped to make room for a newer run, as overlapPolicy: Replace says.",
	v1alpha1.ReasonCancelled:                  "Somebody asked for it to be cancelled, by kubectl carillon cancel or the annotation carillon.dev/cancel-requested-at. No attempt follows.",
	v1alpha1.ReasonQueueFull:                  "It waited for its turn when a newer run fell due. One run waits at a time, and the newest wins.",
	v1alpha1.ReasonMaxInstancesReached:        "As many runs of the Task as maxInstances allows were unfinished, and overlapPolicy is Skip. Queue would have let it wait.",
	v1alpha1.ReasonPaused:                     "It waited when the Task was paused, and a pause takes back what waits.",
}

// condition says of each reason of Ready and Stalled what it means for the runs.
var condition = map[string]string{
	v1alpha1.ReasonScheduled:              "Slots are decided as they fall due.",
	v1alpha1.ReasonRunning:                "The Scheduler serves its Tasks.",
	v1alpha1.ReasonAwaitingShutdown:       "It runs once, when its Scheduler is deleted.",
	v1alpha1.ReasonPaused:                 "The Task is paused. What passes meanwhile is forgotten; kubectl carillon resume lets it go on.",
	v1alpha1.ReasonSchedulerPaused:        "Its Scheduler is paused. Slots wait, and are decided when it is resumed.",
	v1alpha1.ReasonCompleted:              "The trigger has no further slot, and no run is left.",
	v1alpha1.ReasonClockBehind:            "Slots have been decided through a time that is ahead of the manager's clock. Nothing is decided until then.",
	v1alpha1.ReasonInvalidTrigger:         "The trigger cannot be read, or can never be. Slots are forgotten until it is repaired.",
	v1alpha1.ReasonTriggerTooExpensive:    "It takes too long to find out when all triggers of allOf coincide. Slots are forgotten until the trigger is edited.",
	v1alpha1.ReasonInvalidTimeZone:        "The Scheduler's time zone is not known. Slots are forgotten until it is repaired.",
	v1alpha1.ReasonUnknownHandler:         "No handler of that name may be used in the namespace. Slots wait.",
	v1alpha1.ReasonUnknownExecutor:        "The Scheduler has no executor of that name for such actions. Slots wait.",
	v1alpha1.ReasonInvalidAction:          "The action cannot be carried out as it is written, or the API server refuses its Pod. Slots are forgotten until it is repaired.",
	v1alpha1.ReasonSchedulerNotFound:      "The Scheduler that the Task names does not exist. Slots wait.",
	v1alpha1.ReasonSchedulerNotCreated:    "The API server refused to create the Scheduler named default, which the Task needs. Slots wait, and the manager tries again.",
	v1alpha1.ReasonRecordTooLarge:         "The Task is so large that its status does not fit beside it. Slots wait until it is smaller.",
	v1alpha1.ReasonInternalError:          "The manager has a fault that the Task brings to light. Slots wait until the Task is edited or the manager replaced.",
	v1alpha1.ReasonTooFrequent:            "Slots of the Task, or attempts of its runs, are closer to each other than the limits of the cluster allow. Nothing starts until that is changed.",
	v1alpha1.ReasonLimitExceeded:          "The Task, or its Scheduler for it, asks for more than the limits of the cluster allow, or its namespace has more Tasks than it may. Nothing starts until that is changed.",
	v1alpha1.ReasonServiceAccountRequired: "The Task names no ServiceAccount, which every Task of the cluster must. Slots wait until spec.serviceAccountName is written.",
}
