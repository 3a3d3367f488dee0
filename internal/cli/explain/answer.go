package explain

import (
	"fmt"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/text"
	"github.com/carillon-dev/carillon/trigger"
)

// Answer is what is known about a Task, or about one time of it.
type Answer struct {
	Namespace string `json:"namespace"`
	Task      string `json:"task"`
	// Time is the time that was asked about. It is empty for the present.
	Time string `json:"time,omitempty"`
	// Verdict is what became of that time, or what the Task does now, in one word.
	Verdict Verdict `json:"verdict"`
	// Reason is that of the record or of the condition, if there is one.
	Reason string `json:"reason,omitempty"`
	// Explanation is the answer in sentences.
	Explanation []string `json:"explanation"`
}

// Verdict is an answer in one word. For a time it is one of those below, or the outcome
// of the run; for the present it is the Task's state.
type Verdict string

// What may have become of a time, beside the outcomes of runs.
const (
	NotASlot  Verdict = "NotASlot"  // the trigger has no slot there
	Pending   Verdict = "Pending"   // it has not fallen due
	Waiting   Verdict = "Waiting"   // it is overdue and has not been decided
	Active    Verdict = "Active"    // its run is not finished
	Coalesced Verdict = "Coalesced" // it was folded into a newer slot
	Forgotten Verdict = "Forgotten" // the Task was paused, stalled, or not there
	Unknown   Verdict = "Unknown"   // the record does not reach so far back
)

// say adds a sentence.
func (a *Answer) say(format string, args ...any) {
	a.Explanation = append(a.Explanation, fmt.Sprintf(format, args...))
}

// because adds what a reason means.
func (a *Answer) because(meanings map[string]string, reason string) {
	a.Reason = reason
	if sentence := meanings[reason]; sentence != "" {
		a.say("%s", sentence)
	}
}

// knowledge is what there is to know of a Task.
type knowledge struct {
	task  *v1alpha1.Task
	sched *v1alpha1.Scheduler // nil if there is none
	now   time.Time

	trigger  *trigger.Trigger // nil if it cannot be read, for the reason in broken
	broken   error
	shutdown bool
	events   []kube.Event
	leader   *kube.Leader // nil if it could not be read
	pods     map[string]podKnowledge
	holders  []holder // of the capacity that a run waits for
}

// zone is that of the trigger.
func (k *knowledge) zone() *time.Location {
	if k.trigger == nil {
		return time.UTC
	}
	return k.trigger.Location()
}

// at is an instant for people.
func (k *knowledge) at(t time.Time) string { return text.Instant(t, k.zone(), k.now) }

// layouts are those of local times that are understood, with and without a date.
var (
	dated = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"}
	daily = []string{"15:04:05", "15:04"}
)

// parse reads the time that is asked about.
func (k *knowledge) parse(written string) (time.Time, error) {
	if instant, err := time.Parse(time.RFC3339, written); err == nil {
		return instant, nil
	}
	for _, layout := range dated {
		if local, err := time.ParseInLocation(layout, written, k.zone()); err == nil {
			return local, nil
		}
	}
	for _, layout := range daily {
		clock, err := time.Parse(layout, written)
		if err != nil {
			continue
		}
		today := k.now.In(k.zone())
		local := time.Date(today.Year(), today.Month(), today.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, k.zone())
		if local.After(k.now) {
			local = time.Date(today.Year(), today.Month(), today.Day()-1, clock.Hour(), clock.Minute(), clock.Second(), 0, k.zone())
		}
		return local, nil
	}
	return time.Time{}, fmt.Errorf("--at %q is no time: write 2026-11-23T09:00:00-05:00, 2026-11-23T09:00, or 09:00", written)
}
