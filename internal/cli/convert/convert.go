// Package convert is kubectl carillon convert: CronJobs as Tasks.
package convert

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/plan"
)

// Note is what is to be known about a field of a CronJob that the Task does not just take
// over.
type Note struct {
	// Field is the path of the field in the CronJob.
	Field string
	// Dropped says that the Task has nothing of the kind. Otherwise it has, and the text
	// says what is different.
	Dropped bool
	Text    string
}

// String is the note on one line.
func (n Note) String() string {
	if n.Dropped {
		return n.Field + ": dropped: " + n.Text
	}
	return n.Field + ": " + n.Text
}

// converter is a conversion in the making.
type converter struct {
	from  *batchv1.CronJob
	to    *v1alpha1.Task
	notes []Note
}

// Convert makes a Task that does what a CronJob does, at the same times, and notes what it
// does in another way or not at all. The error says what keeps it from being one.
func Convert(from *batchv1.CronJob) (*v1alpha1.Task, []Note, error) {
	c := &converter{from: from, to: &v1alpha1.Task{TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "Task"}}}
	c.metadata()
	c.schedule()
	c.overlap()
	c.job()
	c.attempts()
	c.pod()
	c.history()
	if _, err := plan.Compile(c.to, nil, metav1.Now().Time); err != nil {
		return nil, c.notes, fmt.Errorf("its schedule: %w", err)
	}
	return c.to, c.notes, nil
}

func (c *converter) changed(field, format string, args ...any) {
	c.notes = append(c.notes, Note{Field: field, Text: fmt.Sprintf(format, args...)})
}

func (c *converter) dropped(field, format string, args ...any) {
	c.notes = append(c.notes, Note{Field: field, Dropped: true, Text: fmt.Sprintf(format, args...)})
}
