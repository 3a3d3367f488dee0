package explain

import (
	"cmp"
	"context"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/text"
	"github.com/carillon-dev/carillon/trigger"
)

// slot answers for one time.
func (k *knowledge) slot(ctx context.Context, a *Answer, at time.Time) {
	a.Time = text.Time(at, k.zone())
	k.moved(a, at)
	switch {
	case k.broken != nil:
		a.Verdict = Forgotten
		a.say("The trigger cannot be read: %s.", k.broken)
		a.because(condition, v1alpha1.ReasonInvalidTrigger)
	case k.shutdown:
		a.Verdict = NotASlot
		a.because(condition, v1alpha1.ReasonAwaitingShutdown)
	case k.recorded(a, at), k.active(a, at):
	case !k.trigger.IsSlot(at):
		k.noSlot(ctx, a, at)
	default:
		k.undecidedOrOld(ctx, a, at)
	}
}

// recorded answers from the record, if it has an outcome of that time.
func (k *knowledge) recorded(a *Answer, at time.Time) bool {
	for i := range k.task.Status.RecentRuns {
		run := &k.task.Status.RecentRuns[i]
		if !run.ScheduledTime.Time.Equal(at) {
			continue
		}
		a.Verdict = Verdict(run.Outcome)
		k.outcome(a, run)
		return true
	}
	return false
}

// outcome describes a run that has ended.
func (k *knowledge) outcome(a *Answer, run *v1alpha1.RecentRun) {
	kind := "The run of " + k.at(run.ScheduledTime.Time)
	if run.Source == v1alpha1.SourceManual {
		kind = "The run that was asked for at " + k.at(run.ScheduledTime.Time)
	}
	switch word := strings.ToLower(string(run.Outcome)); {
	case run.Outcome == v1alpha1.OutcomeMissed, run.Outcome == v1alpha1.OutcomeSkipped:
		a.say("%s was %s: %s.", kind, word, run.Reason)
	case run.Outcome == v1alpha1.OutcomeReplaced, run.Outcome == v1alpha1.OutcomeLost, run.Outcome == v1alpha1.OutcomeCancelled:
		a.say("%s started and was %s.", kind, word)
	case run.Reason == string(run.Outcome), run.Reason == "":
		a.say("%s %s.", kind, word)
	default:
		a.say("%s %s: %s.", kind, word, run.Reason)
	}
	if run.StartTime != nil {
		after := "its slot"
		if run.Source == v1alpha1.SourceManual {
			after = "the request"
		}
		a.say("It started %s after %s and took %s.", text.Duration(max(run.StartTime.Sub(run.ScheduledTime.Time), 0)), after, text.Count(run.Attempts, "attempt"))
	}
	if run.Coalesced > 0 {
		a.say("It also stands for %s.", text.Count(run.Coalesced, "older slot"))
	}
	a.because(meaning, run.Reason)
	if run.Message != "" {
		a.say("The record says: %s", run.Message)
	}
	if run.Outcome == v1alpha1.OutcomeFailed || run.Outcome == v1alpha1.OutcomeLost {
		k.warning(a, run.PodName)
	}
}

// active answers for a run that has not ended.
func (k *knowledge) active(a *Answer, at time.Time) bool {
	for i := range k.task.Status.Active {
		run := &k.task.Status.Active[i]
		if run.ScheduledTime.Time.Equal(at) {
			a.Verdict = Active
			k.unfinished(a, run)
			return true
		}
	}
	return false
}

// states say what a run does in each state.
var states = map[v1alpha1.RunState]string{
	v1alpha1.RunQueued:   "waits for another run of the Task to end",
	v1alpha1.RunPending:  "waits for capacity of its executor",
	v1alpha1.RunStarting: "is being started",
	v1alpha1.RunRunning:  "runs",
	v1alpha1.RunBackoff:  "waits for its next attempt",
	v1alpha1.RunStopping: "is being stopped",
}

// unfinished describes a run that has not ended.
func (k *knowledge) unfinished(a *Answer, run *v1alpha1.ActiveRun) {
	a.say("The run of %s %s, in attempt %d.", k.at(run.ScheduledTime.Time), states[run.State], run.Attempt)
	if run.NextAttemptTime != nil {
		a.say("The next attempt begins at %s.", k.at(run.NextAttemptTime.Time))
	}
	a.interrupted(run)
	if run.Message != "" {
		a.say("The record says: %s", run.Message)
	}
	if run.State == v1alpha1.RunPending && len(k.holders) > 0 {
		a.say("%s", usage(k.holders))
	}
	switch {
	case run.PodName != "":
		a.say("Its Pod is %s.", run.PodName)
		k.deletion(a, run.PodName)
		k.warning(a, run.PodName)
	case run.State == v1alpha1.RunStarting && run.Message != "":
		a.say("It has no Pod yet.")
	}
}

// interrupted says what has ended attempts of a run, or holds one back, from outside.
func (a *Answer) interrupted(run *v1alpha1.ActiveRun) {
	if run.Disrupted {
		a.Reason = v1alpha1.ReasonPodDisrupted
		a.say("Its Pod is being evicted. Another attempt follows at once when it is gone, and this one does not count.")
	}
	if reason := cmp.Or(run.StopReason, run.LastFailureReason); reason != "" {
		a.because(meaning, reason)
	}
	if run.Suspended {
		a.say("Somebody holds its Pod back on purpose. This time does not count against spec.startTimeout.")
	}
	if run.Disruptions > 0 {
		a.say("%s ended because of an eviction, a preemption or a lost node, and did not count.", text.Count(run.Disruptions, "attempt"))
	}
}

// moved says it if a slot is where it is because the clock changes.
func (k *knowledge) moved(a *Answer, at time.Time) {
	if k.trigger == nil {
		return
	}
	for _, change := range k.trigger.Changes(at.Add(-time.Second), at, 1) {
		if change.Kind == trigger.Moved {
			a.say("The clock skips %s, and the slot of that name is %s.", change.Wall, text.Time(change.At, k.zone()))
		}
	}
}

// noSlot says where the slots are instead.
func (k *knowledge) noSlot(ctx context.Context, a *Answer, at time.Time) {
	a.Verdict = NotASlot
	a.say("%s is no slot of the trigger: %s.", text.Time(at, k.zone()), k.trigger)
	if before, ok := k.before(ctx, at); ok {
		a.say("The slot before it is %s.", k.at(before))
	}
	switch after, ok, err := k.trigger.Find(ctx, at); {
	case err != nil:
		a.say("The slot after it is not known: %v.", err)
	case ok:
		a.say("The slot after it is %s.", k.at(after))
	default:
		a.say("There is no slot after it.")
	}
}

// lookBack is how far back a slot is looked for.
var lookBack = []time.Duration{time.Minute, time.Hour, 25 * time.Hour, 8 * 24 * time.Hour, 32 * 24 * time.Hour, 370 * 24 * time.Hour}

// before finds the last slot before an instant, within a year.
func (k *knowledge) before(ctx context.Context, at time.Time) (last time.Time, ok bool) {
	for _, distance := range lookBack {
		newest, _, err := k.trigger.Count(ctx, at.Add(-distance), at.Add(-time.Nanosecond), 1)
		if err != nil {
			return time.Time{}, false
		}
		if len(newest) > 0 {
			return newest[0], true
		}
	}
	return time.Time{}, false
}

// readyReason is the reason of the Task's condition Ready.
func (k *knowledge) readyReason() string {
	if ready := meta.FindStatusCondition(k.task.Status.Conditions, v1alpha1.ConditionReady); ready != nil {
		return ready.Reason
	}
	return ""
}
