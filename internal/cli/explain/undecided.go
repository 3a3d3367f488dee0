package explain

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/plan"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

// undecidedOrOld answers for a slot of which the record has no run.
func (k *knowledge) undecidedOrOld(ctx context.Context, a *Answer, slot time.Time) {
	due := slot.Add(k.trigger.Delay(string(k.task.UID), slot))
	decided := k.task.Status.DecidedThrough
	switch {
	case due.After(k.now):
		a.Verdict = Pending
		a.say("%s is a slot, and falls due at %s.", text.Time(slot, k.zone()), k.at(due))
		k.obstacles(a)
	case slot.Before(k.task.CreationTimestamp.Time):
		a.Verdict = Forgotten
		a.say("The Task was created after it, at %s.", k.at(k.task.CreationTimestamp.Time))
	case decided == nil || slot.After(decided.Time):
		a.Verdict = Waiting
		a.say("%s is a slot, has been due since %s, and has not been decided.", text.Time(slot, k.zone()), k.at(due))
		behind := k.waitsBehind(a, due)
		if !k.obstacles(a) && !behind {
			a.say("Nothing keeps it from being decided: a manager that has just begun to act decides what is overdue within seconds.")
		}
	default:
		k.old(ctx, a, slot)
	}
}

// obstacles say what keeps slots from becoming runs, if something does.
func (k *knowledge) obstacles(a *Answer) (any bool) {
	if k.task.Status.ObservedGeneration != k.task.Generation {
		a.say("No manager has looked at the newest version of the Task yet.")
		any = true
	}
	if k.leader != nil && !k.leader.Acts(k.now) {
		a.say("No manager acts: their lease was last renewed at %s. kubectl carillon doctor says more.", k.at(k.leader.Renewed))
		any = true
	}
	if reason := k.readyReason(); reason != "" && reason != v1alpha1.ReasonScheduled {
		a.because(condition, reason)
		if stalled := meta.FindStatusCondition(k.task.Status.Conditions, v1alpha1.ConditionStalled); stalled != nil {
			a.say("The Task says: %s", stalled.Message)
		}
		any = true
	}
	return any
}

// waitsBehind says which run keeps a slot waiting that was due at an instant, if one does.
func (k *knowledge) waitsBehind(a *Answer, due time.Time) bool {
	run := plan.WaitsBehind(k.task, due)
	switch {
	case run == nil:
		return false
	case run.State == v1alpha1.RunStarting && run.PodName == "":
		a.say("It waits until the run of %s has ended, whose Pod could not be created so far: %s", k.at(run.ScheduledTime.Time), run.Message)
	default:
		a.say("It waits until the run of %s has ended, which started after it was due.", k.at(run.ScheduledTime.Time))
	}
	return true
}

// old answers for a slot that has been decided and is not in the record itself.
func (k *knowledge) old(ctx context.Context, a *Answer, slot time.Time) {
	if since := k.task.Status.ObservedTriggerTime; since != nil && slot.Before(since.Time) {
		a.Verdict = Forgotten
		a.say("The trigger counts since %s, when it was edited or the Task created. An edit fires nothing retroactively; its undecided slots of the old trigger were missed.", k.at(since.Time))
		return
	}
	if k.noted(ctx, a, slot) || k.folded(ctx, a, slot) || k.paused(a, slot) {
		return
	}
	a.Verdict = Unknown
	if k.merged(ctx, a, slot) {
		return
	}
	a.say("%s is a slot and has been decided, and the record, which keeps the newest %s, has no more of it.", text.Time(slot, k.zone()), text.Count(len(k.task.Status.RecentRuns), "outcome"))
	if runs := k.task.Status.RunCounts; runs != nil {
		a.say("So far %d runs have succeeded, %d failed and %d were cancelled; %d slots were missed, %d skipped, %d folded into others.", runs.Succeeded, runs.Failed, runs.Cancelled, runs.Missed, runs.Skipped, runs.Coalesced)
	}
}

// folded looks for a run that stands for the slot as well: the oldest that is newer.
func (k *knowledge) folded(ctx context.Context, a *Answer, slot time.Time) bool {
	at, coalesced, ended := k.nextRun(slot)
	if coalesced == 0 || !k.within(ctx, slot, at, coalesced) {
		return false
	}
	a.Verdict = Coalesced
	a.say("It was overdue together with newer slots, and was folded into the run of %s, which stands for %d others.", k.at(at), coalesced)
	if ended != nil {
		k.outcome(a, ended)
	}
	return true
}

// nextRun returns the slot of the oldest run that is newer than a slot, and for how many others it
// stands. ended is that run if it has ended; those that have are in the order in which they did.
func (k *knowledge) nextRun(slot time.Time) (at time.Time, coalesced int64, ended *v1alpha1.RecentRun) {
	isNext := func(source v1alpha1.RunSource, of time.Time) bool {
		return source == v1alpha1.SourceScheduled && of.After(slot) && (at.IsZero() || of.Before(at))
	}
	for i := range k.task.Status.RecentRuns {
		if run := &k.task.Status.RecentRuns[i]; isNext(run.Source, run.ScheduledTime.Time) {
			at, coalesced, ended = run.ScheduledTime.Time, run.Coalesced, run
		}
	}
	for i := range k.task.Status.Active {
		if run := &k.task.Status.Active[i]; isNext(run.Source, run.ScheduledTime.Time) {
			at, coalesced, ended = run.ScheduledTime.Time, run.Coalesced, nil
		}
	}
	return at, coalesced, ended
}

// within reports whether a slot is among so many before another.
func (k *knowledge) within(ctx context.Context, slot, other time.Time, count int64) bool {
	_, total, err := k.trigger.Count(ctx, slot, other, 0)
	return err == nil && 0 < total && total <= count && k.trigger.IsSlot(other)
}
