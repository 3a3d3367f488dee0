package status

import (
	"cmp"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/taskspec"
)

// Decode reads the record that a Task's status holds. What Encode writes,
// Decode reads back, to the second.
func Decode(task *v1alpha1.Task) model.Record {
	status := &task.Status
	rec := model.Record{
		State:          model.State(status.State),
		DecidedThrough: TimeOf(status.DecidedThrough),
		Trigger:        status.ObservedTriggerHash,
		TriggerSince:   TimeOf(status.ObservedTriggerTime),
		Next:           TimeOf(status.NextRunTime),
		LastSlot:       TimeOf(status.LastRunTime),
		LastSuccess:    TimeOf(status.LastSuccessTime),
		Request:        status.LastHandledRunRequest,
		Requests:       status.HandledRunRequests,
		Cancel:         status.LastHandledCancelRequest,
		NotBefore:      TimeOf(status.NotBefore),
		Generation:     status.ObservedGeneration,
		AcceptedAction: status.AcceptedActionHash,
	}
	if e := status.Effective; e != nil {
		rec.Settings = model.EffectiveSettings{
			TimeZone: e.TimeZone, Coalesce: ptr.Deref(e.Coalesce, false), CatchUpLimit: int(ptr.Deref(e.CatchUpLimit, 0)),
			MaxInstances: int(ptr.Deref(e.MaxInstances, 0)), OverlapPolicy: model.OverlapPolicy(e.OverlapPolicy),
			Grace: taskspec.Duration(e.MisfireGracePeriod, 0), Executor: e.Executor, Account: e.ServiceAccountName,
			Timeout: taskspec.Duration(e.Timeout, 0), StartTimeout: taskspec.Duration(e.StartTimeout, 0), InProcess: e.History == nil,
		}
		if e.RetryPolicy != nil {
			rec.Settings.Retry = taskspec.Retry(e.RetryPolicy, nil)
		}
		if e.History != nil {
			rec.Settings.KeepSucceeded, rec.Settings.KeepFailed = taskspec.History(e.History, nil)
		}
	}
	if c := status.RunCounts; c != nil {
		rec.Counts = model.Counters{
			Succeeded: c.Succeeded, Failed: c.Failed, Missed: c.Missed, Skipped: c.Skipped, Coalesced: c.Coalesced,
			Replaced: c.Replaced, Lost: c.Lost, Cancelled: c.Cancelled,
		}
	}
	for i := range status.Active {
		rec.Active = append(rec.Active, runOf(KeyOf(task), &status.Active[i]))
	}
	for i := range status.RecentRuns {
		rec.Recent = append(rec.Recent, resultOf(&status.RecentRuns[i]))
	}
	if ready := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReady); ready != nil {
		rec.StateReason, rec.StateMessage = ready.Reason, ready.Message
		rec.ReadySince = ready.LastTransitionTime.UTC()
	}
	if last := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionLastRunSucceeded); last != nil {
		rec.Last = &model.LastRun{
			OK: last.Status == metav1.ConditionTrue, Reason: last.Reason, Message: last.Message, Since: last.LastTransitionTime.UTC(),
		}
	}
	return rec
}

func runOf(key model.Key, in *v1alpha1.ActiveRun) model.Run {
	run := model.Run{
		Source:        model.Source(in.Source),
		Slot:          in.ScheduledTime.UTC(),
		Request:       in.Request,
		RequestNumber: in.RequestNumber,
		Due:           TimeOf(in.DueTime),
		Attempt:       int(in.Attempt),
		Postponed:     int(in.Postponed),
		Disruptions:   int(in.Disruptions),
		Suspended:     in.Suspended,
		WaitingSince:  TimeOf(in.WaitingSince),
		State:         model.RunState(in.State),
		Start:         TimeOf(cmp.Or(in.StartTime, in.QueuedTime)),
		NotBefore:     TimeOf(cmp.Or(in.NextAttemptTime, in.StopDeadline)),
		Coalesced:     in.Coalesced,
		CatchUp:       in.CatchUp,
		Timeout:       taskspec.Duration(in.Timeout, 0),
		StartTimeout:  taskspec.Duration(in.StartTimeout, 0),
		ActionHash:    in.ActionHash,
		Holder:        in.Holder,
		Name:          in.PodName,
		Created:       in.PodName != "",
		UID:           in.PodUID,
		Nonce:         in.Nonce,
		Message:       in.Message,
		StopReason:    cmp.Or(in.StopReason, in.LastFailureReason),
	}
	if in.Disrupted {
		run.StopReason = model.ReasonDisrupted
	}
	if mayHavePod(in) {
		run.Name = model.AttemptName(key, run.Ref(), run.Attempt, run.Nonce)
	}
	if run.Due.IsZero() {
		run.Due = run.Slot
	}
	if awaitsFirstAttempt(run.State) {
		run.Attempt = 1 // the one that is to come
	}
	return run
}

// mayHavePod reports whether a Pod of the attempt may exist, which has the name that
// follows from the identity of the attempt, although the status does not name it yet.
func mayHavePod(in *v1alpha1.ActiveRun) bool {
	switch in.State {
	case v1alpha1.RunStarting, v1alpha1.RunRunning, v1alpha1.RunStopping:
		return in.Holder == ""
	default: // Queued, Pending, Backoff: no attempt is under way
		return false
	}
}

func resultOf(in *v1alpha1.RecentRun) model.Result {
	return model.Result{
		Slot:      in.ScheduledTime.UTC(),
		Source:    model.Source(in.Source),
		Outcome:   model.Outcome(in.Outcome),
		Reason:    in.Reason,
		Message:   in.Message,
		Start:     TimeOf(in.StartTime),
		Finish:    TimeOf(in.FinishTime),
		Attempts:  int(in.Attempts),
		Coalesced: in.Coalesced,
		Name:      in.PodName,
	}
}

// TimeOf is an optional time; the zero time when it is left out.
func TimeOf(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// KeyOf names a Task for the core.
func KeyOf(task *v1alpha1.Task) model.Key {
	return model.Key{Namespace: task.Namespace, Name: task.Name, UID: string(task.UID)}
}
