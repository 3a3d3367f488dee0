package taskspec

import (
	"errors"
	"fmt"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/trigger"
)

// A ZoneError is a Scheduler's time zone that does not exist, where a Task needs
// it.
type ZoneError struct {
	// Scheduler is the name of the Scheduler.
	Scheduler string
	// Err says what is wrong. It begins with the name of the field, timeZone.
	Err error
}

func (e *ZoneError) Error() string { return fmt.Sprintf("Scheduler %q: spec.%v", e.Scheduler, e.Err) }

func (e *ZoneError) Unwrap() error { return e.Err }

// triggers holds the triggers that were compiled last.
var triggers trigger.Cache

// Compile compiles the trigger of a Task that was created at the time that its
// metadata says, in the zone of its Scheduler. sched is nil when there is none.
// The error is a *ZoneError, or a *trigger.Error whose field begins with
// spec.trigger.
func Compile(task *v1alpha1.Task, sched *v1alpha1.Scheduler) (*trigger.Trigger, error) {
	env := trigger.Options{TimeZone: defaultZone(task, sched), Created: task.CreationTimestamp.Time}
	if err := CheckZone(env.TimeZone); err != nil && task.Spec.Trigger.TimeZone == "" {
		return nil, &ZoneError{Scheduler: task.SchedulerName(), Err: err}
	} else if err != nil {
		env.TimeZone = "" // not used: the trigger has a zone of its own
	}
	compiled, err := triggers.Compile(Trigger(&task.Spec.Trigger), env)
	if bad := (*trigger.Error)(nil); errors.As(err, &bad) {
		return nil, bad.Under("spec.trigger")
	}
	return compiled, err
}

// CheckZone says what is wrong with a Scheduler's time zone; "" is UTC. The
// error begins with the name of the field, timeZone.
func CheckZone(zone string) error {
	_, err := triggers.Compile(trigger.Spec{Schedule: "@daily", TimeZone: zone}, trigger.Options{})
	return err
}

// defaultZone is the zone of a trigger that names none. While the Scheduler
// does not exist it is the one that was in effect, so that the loss of a
// Scheduler is not taken for an edit of the trigger (T9).
func defaultZone(task *v1alpha1.Task, sched *v1alpha1.Scheduler) string {
	switch {
	case sched != nil:
		return sched.Spec.TimeZone
	case task.Status.Effective != nil:
		return task.Status.Effective.TimeZone
	default:
		return ""
	}
}
