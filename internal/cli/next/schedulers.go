package next

import (
	"fmt"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/taskspec"
)

// schedulers are the Schedulers of the input.
type schedulers map[schedulerKey]*scheduler

type schedulerKey struct{ namespace, name string }

// A scheduler is a Scheduler, and what is wrong with it.
type scheduler struct {
	v1alpha1.Scheduler

	err error
}

// readSchedulers decodes the Schedulers among the manifests, and says which of
// them have an error. Of two with the same name the later one counts, as when both
// are applied.
func readSchedulers(all []manifest) (found schedulers, problems []error) {
	found = schedulers{}
	for _, m := range all {
		if m.kind != kindScheduler {
			continue
		}
		read := &scheduler{}
		if read.err = m.decode(&read.Scheduler); read.err == nil {
			if err := taskspec.CheckZone(read.Spec.TimeZone); err != nil {
				read.err = fmt.Errorf("spec.%w", err)
			}
		}
		if read.err != nil {
			problems = append(problems, fmt.Errorf("Scheduler %s/%s: %w", m.namespace, m.name, read.err)) //nolint:staticcheck // the name of a kind
		}
		found[schedulerKey{m.namespace, m.name}] = read
	}
	return found, problems
}
