package explain

import (
	"context"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
)

// eventDelay is how much older than the truth an Event may be. The manager updates them at
// least that often.
const eventDelay = 10 * time.Minute

// outcomeWords are the outcomes that Events report, as a verb for the slots.
var outcomeWords = map[v1alpha1.RunOutcome]string{
	v1alpha1.OutcomeFailed:    "failed",
	v1alpha1.OutcomeMissed:    "were missed",
	v1alpha1.OutcomeSkipped:   "were skipped",
	v1alpha1.OutcomeLost:      "were lost",
	v1alpha1.OutcomeReplaced:  "were replaced",
	v1alpha1.OutcomeCancelled: "were cancelled",
}

// outcomeOf says in words which outcome an Event about runs or slots reports; empty for
// other Events.
func outcomeOf(event *kube.Event) string {
	outcome, ok := strings.CutPrefix(event.Reason, "Run")
	if !ok {
		return ""
	}
	return outcomeWords[v1alpha1.RunOutcome(outcome)]
}

// noted answers from an Event that names the slot, or that is about every slot of a span
// with this one in it.
func (k *knowledge) noted(ctx context.Context, a *Answer, slot time.Time) bool {
	for i := range k.events {
		event := &k.events[i]
		outcome := outcomeOf(event)
		if outcome == "" {
			continue
		}
		named := strings.Contains(event.Note, slot.UTC().Format(time.RFC3339))
		if !named && !k.coversAll(ctx, event, slot) {
			continue
		}
		a.Verdict = Verdict(strings.TrimPrefix(event.Reason, "Run"))
		if named {
			a.say("The record does not reach so far back. An Event says: %s", event.Note)
		} else {
			a.say("The record does not reach so far back. Events say that all %d slots from %s to %s %s.",
				event.Slots, k.at(event.FirstSlot), k.at(event.LastSlot), outcome)
		}
		a.because(meaning, event.Cause)
		if !named {
			a.say("Of the newest of them they say: %s", event.Note)
		}
		return true
	}
	return false
}

// contains reports whether a slot lies in the span that an Event is about.
func contains(event *kube.Event, slot time.Time) bool {
	return event.Slots > 0 && !slot.Before(event.FirstSlot) && !slot.After(event.LastSlot)
}

// coversAll reports whether an Event is about a slot for certain: because the span that it
// is about has no other slots than those that it counts.
func (k *knowledge) coversAll(ctx context.Context, event *kube.Event, slot time.Time) bool {
	since := k.task.Status.ObservedTriggerTime // before, the slots were those of another trigger
	if !contains(event, slot) || since != nil && event.FirstSlot.Before(since.Time) {
		return false
	}
	total, known := k.slotsIn(ctx, event)
	return known && total == event.Slots
}

// slotsIn is how many slots the span has that an Event is about, as far as that is known.
func (k *knowledge) slotsIn(ctx context.Context, event *kube.Event) (total int64, known bool) {
	_, total, err := k.trigger.Count(ctx, event.FirstSlot.Add(-time.Second), event.LastSlot, 0)
	return total, err == nil
}

// merged says what Events report about slots around this one, if they do not tell which. It
// reports false if there are none.
func (k *knowledge) merged(ctx context.Context, a *Answer, slot time.Time) (any bool) {
	for i := range k.events {
		event := &k.events[i]
		outcome := outcomeOf(event)
		total, known := k.slotsIn(ctx, event)
		switch {
		case outcome == "" || event.Slots == 0 || !known:
			continue
		case contains(event, slot):
			a.say("Events say that %d of the %d slots from %s to %s %s (%s). Whether this slot is one of them is not known any more.",
				event.Slots, total, k.at(event.FirstSlot), k.at(event.LastSlot), outcome, event.Cause)
		case slot.After(event.LastSlot) && slot.Before(event.LastSlot.Add(eventDelay)):
			a.say("Events say that %d slots from %s to %s %s (%s). They are at most %d minutes behind: this slot may be another of them.",
				event.Slots, k.at(event.FirstSlot), k.at(event.LastSlot), outcome, event.Cause, int(eventDelay.Minutes()))
		case slot.Before(event.FirstSlot) && event.Slots > total:
			a.say("Events say that %d slots up to %s %s (%s). Whether this slot is one of them is not known any more.",
				event.Slots, k.at(event.LastSlot), outcome, event.Cause)
		default:
			continue
		}
		any = true
	}
	if any {
		a.say("The record, which keeps the newest %d outcomes, has no more of it.", len(k.task.Status.RecentRuns))
	}
	return any
}

// change is a pause or a resumption, as far as Events show it.
type change struct {
	paused bool
	at     time.Time
}

// pauses are the changes that Events show, oldest first. Of a reason that occurred more
// than twice within an hour only the first and the last are known; uncertain reports
// whether one of those in between may have been just before a slot.
func (k *knowledge) pauses(slot time.Time) (known []change, uncertain bool) {
	for i := range k.events {
		event := &k.events[i]
		if event.Reason != v1alpha1.ReasonPaused && event.Reason != "Resumed" {
			continue
		}
		paused := event.Reason == v1alpha1.ReasonPaused
		known = append(known, change{paused, event.First})
		if event.Count > 1 {
			known = append(known, change{paused, event.Time})
		}
		if event.Count > 2 && slot.After(event.First) && slot.Before(event.Time) {
			uncertain = true
		}
	}
	slices.SortStableFunc(known, func(a, b change) int { return a.at.Compare(b.at) })
	return known, uncertain
}

// paused looks whether the Task was paused at that time, as far as that can be known.
func (k *knowledge) paused(a *Answer, slot time.Time) bool {
	ready := meta.FindStatusCondition(k.task.Status.Conditions, v1alpha1.ConditionReady)
	if ready != nil && ready.Reason == v1alpha1.ReasonPaused && !slot.Before(ready.LastTransitionTime.Time) {
		a.Verdict = Forgotten
		a.because(condition, v1alpha1.ReasonPaused)
		return true
	}
	known, uncertain := k.pauses(slot)
	var last change
	for _, c := range known {
		if c.at.After(slot) {
			break
		}
		last = c
	}
	switch {
	case uncertain:
		a.say("Events say that the Task was paused and resumed several times around then.")
		return false
	case !last.paused:
		return false
	}
	a.Verdict, a.Reason = Forgotten, v1alpha1.ReasonPaused
	a.say("The Task was paused at %s and had not been resumed by then. What passes in a pause is forgotten.", k.at(last.at))
	return true
}
