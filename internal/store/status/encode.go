package status

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	ac "github.com/carillon-dev/carillon/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// maxText is the longest text that the schema admits, in characters.
const maxText = 1024

// Encode makes the whole status of a Task from what the core knows. Nothing
// else writes any part of it, so that no two writers can undo each other.
func Encode(task model.Task, rec model.Record) *ac.TaskStatusApplyConfiguration {
	status := ac.TaskStatus().
		WithObservedGeneration(rec.Generation).
		WithState(v1alpha1.TaskState(rec.State)).
		WithEffective(effective(rec.Settings)).
		WithObservedTriggerHash(rec.Trigger).
		WithRunCounts(ac.RunCounts().
								WithSucceeded(rec.Counts.Succeeded).WithFailed(rec.Counts.Failed).WithMissed(rec.Counts.Missed).
								WithSkipped(rec.Counts.Skipped).WithCoalesced(rec.Counts.Coalesced).
								WithReplaced(rec.Counts.Replaced).WithLost(rec.Counts.Lost).WithCancelled(rec.Counts.Cancelled)).
		WithActiveCount(int32(len(rec.Active))). //nolint:gosec // at most a few hundred, see maxInstances
		WithConditions(conditions(rec)...)
	if task.Trigger != nil {
		status.WithSchedule(truncate(task.Trigger.String()))
	}
	status.NextRunTime = optional(rec.Next)
	status.DecidedThrough = optional(rec.DecidedThrough)
	status.ObservedTriggerTime = optional(rec.TriggerSince)
	status.LastRunTime = optional(rec.LastSlot)
	status.LastSuccessTime = optional(rec.LastSuccess)
	set(&status.LastHandledRunRequest, rec.Request)
	set(&status.HandledRunRequests, rec.Requests)
	set(&status.LastHandledCancelRequest, rec.Cancel)
	status.NotBefore = optional(rec.NotBefore)
	set(&status.AcceptedActionHash, rec.AcceptedAction)
	for _, run := range rec.Active {
		status.WithActive(activeRun(run))
	}
	for _, result := range rec.Recent {
		status.WithRecentRuns(recentRun(result))
	}
	return status
}

func effective(settings model.EffectiveSettings) *ac.EffectiveSettingsApplyConfiguration {
	out := ac.EffectiveSettings().
		WithCoalesce(settings.Coalesce).
		WithMaxInstances(int32(settings.MaxInstances)). //nolint:gosec // 1 to 100 by the schema
		WithOverlapPolicy(v1alpha1.OverlapPolicy(settings.OverlapPolicy)).
		WithMisfireGracePeriod(metav1.Duration{Duration: settings.Grace}).
		WithExecutor(settings.Executor)
	set(&out.TimeZone, settings.TimeZone)
	set(&out.ServiceAccountName, settings.Account)
	set(&out.CatchUpLimit, int32(settings.CatchUpLimit)) //nolint:gosec // 1 to 1000 by the schema
	set(&out.Timeout, metav1.Duration{Duration: settings.Timeout})
	set(&out.StartTimeout, metav1.Duration{Duration: settings.StartTimeout})
	if r := settings.Retry; r.MaxAttempts > 1 {
		out.WithRetryPolicy(ac.RetryPolicy().WithMaxAttempts(int32(r.MaxAttempts)).WithBackoff(ac.Backoff(). //nolint:gosec // 1 to 100 by the schema
															WithInitial(metav1.Duration{Duration: r.Initial}).WithFactor(int32(r.Factor)).WithMax(metav1.Duration{Duration: r.Max})))
	}
	if !settings.InProcess {
		out.WithHistory(ac.History().WithSucceeded(int32(settings.KeepSucceeded)).WithFailed(int32(settings.KeepFailed))) //nolint:gosec // at most 100 by the schema
	}
	return out
}

func activeRun(run model.Run) *ac.ActiveRunApplyConfiguration {
	out := ac.ActiveRun().
		WithSource(v1alpha1.RunSource(run.Source)).
		WithScheduledTime(metav1.NewTime(run.Slot)).
		WithState(v1alpha1.RunState(run.State)).
		WithDueTime(metav1.NewTime(run.Due))
	if awaitsFirstAttempt(run.State) {
		out.WithQueuedTime(metav1.NewTime(run.Start))
	} else {
		out.WithStartTime(metav1.NewTime(run.Start)).WithAttempt(int32(run.Attempt)) //nolint:gosec // counts from 1
	}
	encodeEnd(out, run)
	set(&out.Request, run.Request)
	set(&out.RequestNumber, run.RequestNumber)
	set(&out.Postponed, int32(run.Postponed))     //nolint:gosec // at most as many as attempts
	set(&out.Disruptions, int32(run.Disruptions)) //nolint:gosec // at most as many as attempts
	set(&out.Suspended, run.Suspended)
	out.WaitingSince = optional(run.WaitingSince)
	set(&out.Coalesced, run.Coalesced)
	set(&out.CatchUp, run.CatchUp)
	if run.Created {
		set(&out.PodName, run.Name)
		set(&out.PodUID, run.UID)
	}
	set(&out.Nonce, run.Nonce)
	out.Timeout, out.StartTimeout = optionalDuration(run.Timeout), optionalDuration(run.StartTimeout)
	set(&out.ActionHash, run.ActionHash)
	set(&out.Holder, run.Holder)
	set(&out.Message, truncate(run.Message))
	return out
}

// encodeEnd fills in why and until when a run is stopped, waits for its next attempt, or is
// about to be ended from outside. The core keeps one reason and one time for all of them.
func encodeEnd(out *ac.ActiveRunApplyConfiguration, run model.Run) {
	switch run.State {
	case model.Stopping:
		out.StopDeadline = optional(run.NotBefore)
		set(&out.StopReason, run.StopReason)
	case model.Backoff:
		out.NextAttemptTime = optional(run.NotBefore)
		set(&out.LastFailureReason, run.StopReason)
	case model.Starting, model.Running:
		set(&out.Disrupted, run.StopReason == model.ReasonDisrupted)
	case model.Queued, model.Pending:
	}
}

// awaitsFirstAttempt reports whether a run in this state has had no attempt. The core
// numbers the attempt that is to come, which the status does not show.
func awaitsFirstAttempt(state model.RunState) bool {
	return state == model.Queued || state == model.Pending
}

func recentRun(res model.Result) *ac.RecentRunApplyConfiguration {
	out := ac.RecentRun().
		WithScheduledTime(metav1.NewTime(res.Slot)).
		WithSource(v1alpha1.RunSource(res.Source)).
		WithOutcome(v1alpha1.RunOutcome(res.Outcome)).
		WithReason(res.Reason)
	out.StartTime = optional(res.Start)
	out.FinishTime = optional(res.Finish)
	set(&out.Attempts, int32(res.Attempts)) //nolint:gosec // counts from 1
	set(&out.Coalesced, res.Coalesced)
	set(&out.PodName, res.Name)
	set(&out.Message, truncate(res.Message))
	return out
}

// conditions follow kstatus (A3): Ready always, Stalled only while it is true.
// A failed run sets LastRunSucceeded and nothing else.
func conditions(rec model.Record) []*metav1ac.ConditionApplyConfiguration {
	condition := func(kind string, ok bool, since time.Time, reason, message string) *metav1ac.ConditionApplyConfiguration {
		status := metav1.ConditionFalse
		if ok {
			status = metav1.ConditionTrue
		}
		return metav1ac.Condition().WithType(kind).WithStatus(status).WithReason(reason).
			WithMessage(truncate(message)).WithObservedGeneration(rec.Generation).WithLastTransitionTime(metav1.NewTime(since))
	}
	stalled := rec.State == model.Stalled
	all := []*metav1ac.ConditionApplyConfiguration{
		condition(v1alpha1.ConditionReady, !stalled, rec.ReadySince, rec.StateReason, rec.StateMessage),
	}
	if stalled {
		all = append(all, condition(v1alpha1.ConditionStalled, true, rec.ReadySince, rec.StateReason, rec.StateMessage))
	}
	if last := rec.Last; last != nil {
		all = append(all, condition(v1alpha1.ConditionLastRunSucceeded, last.OK, last.Since, last.Reason, last.Message))
	}
	return all
}

// optional is a time that is left out when it is zero.
func optional(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	out := metav1.NewTime(t)
	return &out
}

// optionalDuration is a duration that is left out when it is zero.
func optionalDuration(d time.Duration) *metav1.Duration {
	if d == 0 {
		return nil
	}
	return &metav1.Duration{Duration: d}
}

// set sets an optional field unless the value is the zero one.
func set[T comparable](field **T, value T) {
	var zero T
	if value != zero {
		*field = &value
	}
}

// truncate cuts a text to what the schema admits.
func truncate(s string) string { return cutText(s, maxText) }

// cutText cuts a text to so many characters.
func cutText(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return string(runes[:limit-1]) + "…"
}
