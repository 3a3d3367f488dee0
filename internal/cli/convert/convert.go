// Package convert is kubectl carillon convert: CronJobs as Tasks.
package convert

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/admission"
)

// An Effect is what a conversion does to the meaning of a field.
type Effect string

// The effects.
const (
	// Kept means that the Task does the same, although it is written in another way.
	Kept Effect = ""
	// Changed means that the Task does something of the kind that is not the same.
	Changed Effect = "changed"
	// Dropped means that the Task has nothing of the kind.
	Dropped Effect = "dropped"
)

// Note is what is to be known about a field of a CronJob that the Task does not just take
// over.
type Note struct {
	// Field is the path of the field in the CronJob.
	Field  string
	Effect Effect
	Text   string
}

// String returns the note as one line.
func (n Note) String() string {
	if n.Effect == Kept {
		return n.Field + ": " + n.Text
	}
	return fmt.Sprintf("%s: %s: %s", n.Field, n.Effect, n.Text)
}

// converter is a conversion in progress.
type converter struct {
	from  *batchv1.CronJob
	now   time.Time
	to    *v1alpha1.Task
	notes []Note
	// refused are the values that the API server refuses in a CronJob.
	refused []string
}

// Convert makes a Task that does what a CronJob does, at the same times, and notes what it
// does in another way or not at all. now is the present: changes of the clock are noted for
// the years that follow. The error is about the CronJob's fields; then there is no Task.
func Convert(from *batchv1.CronJob, now time.Time) (*v1alpha1.Task, []Note, error) {
	c := &converter{from: from, now: now, to: &v1alpha1.Task{TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "Task"}}}
	c.metadata()
	c.schedule()
	c.suspend()
	c.deadline()
	c.overlap()
	c.job()
	c.failures()
	c.attempts()
	c.limits()
	c.pod()
	c.history()
	if len(c.refused) > 0 {
		return nil, c.notes, errors.New(strings.Join(c.refused, "; "))
	}
	if err := c.plan(); err != nil {
		return nil, c.notes, err
	}
	if err := c.admit(); err != nil {
		return nil, c.notes, err
	}
	return c.to, c.notes, nil
}

// admit checks the Task as the API server does.
func (c *converter) admit() error {
	schema, err := admission.Task()
	if err != nil {
		return err //nolint:wrapcheck // it says which schema
	}
	task := c.to.DeepCopy()
	if task.Name == "" && task.GenerateName != "" {
		task.Name = task.GenerateName + "12345" // as the API server will
	}
	data, err := json.Marshal(task)
	if err != nil {
		return fmt.Errorf("checking the Task: %w", err)
	}
	if err := schema.Validate(data); err != nil {
		return inCronJob(err)
	}
	return nil
}

// paths are fields of a Task and where they come from in a CronJob.
var paths = strings.NewReplacer(
	"spec.action.pod.template", jobSpec+"template",
	"spec.trigger.schedule", "spec.schedule",
	"spec.trigger.timeZone", "spec.timeZone",
)

// inCronJob gives an error about a Task the paths of the CronJob.
func inCronJob(err error) error { return errors.New(paths.Replace(err.Error())) }

func (c *converter) note(field string, effect Effect, format string, args ...any) {
	c.notes = append(c.notes, Note{Field: field, Effect: effect, Text: fmt.Sprintf(format, args...)})
}

func (c *converter) kept(field, format string, args ...any) {
	c.note(field, Kept, format, args...)
}

func (c *converter) changed(field, format string, args ...any) {
	c.note(field, Changed, format, args...)
}

func (c *converter) dropped(field, format string, args ...any) {
	c.note(field, Dropped, format, args...)
}

func (c *converter) refuse(field, format string, args ...any) {
	c.refused = append(c.refused, field+": "+fmt.Sprintf(format, args...))
}

// notNegative refuses a number that is below zero.
func notNegative[N int32 | int64](c *converter, field string, n *N) {
	if n != nil && *n < 0 {
		c.refuse(field, "%d is negative; write 0 or more, or leave it out", *n)
	}
}
