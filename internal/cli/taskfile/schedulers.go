package taskfile

import (
	"fmt"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/taskspec"
)

// Schedulers are the Schedulers of the input.
type Schedulers map[SchedulerKey]*Scheduler

// SchedulerKey identifies a Scheduler.
type SchedulerKey struct{ Namespace, Name string }

// A Scheduler is one that was read, and what is wrong with it.
type Scheduler struct {
	v1alpha1.Scheduler

	Err error
}

// ReadSchedulers decodes the Schedulers among the manifests, and says which of
// them have an error. Of two with the same name the later one counts, as when both
// are applied.
func ReadSchedulers(all []Object) (found Schedulers, problems []error) {
	found = Schedulers{}
	for i := range all {
		m := &all[i]
		if m.Kind != KindScheduler {
			continue
		}
		read := &Scheduler{}
		if read.Err = m.Decode(&read.Scheduler); read.Err == nil {
			if err := taskspec.CheckZone(read.Spec.TimeZone); err != nil {
				read.Err = fmt.Errorf("spec.%w", err)
			}
		}
		if read.Err != nil {
			problems = append(problems, fmt.Errorf("Scheduler %s/%s: %w", m.Namespace, m.Name, read.Err))
		}
		found[SchedulerKey{m.Namespace, m.Name}] = read
	}
	return found, problems
}
