package config

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validate checks limits. maxWorkers is what a pool has that does not say.
func (l *Limits) validate(path *field.Path, maxWorkers int) (errs field.ErrorList) {
	for name, value := range map[string]metav1.Duration{"minimumInterval": l.MinimumInterval, "minimumBackoff": l.MinimumBackoff} {
		if value.Duration < 0 {
			errs = append(errs, invalid(path.Child(name), value, "must not be negative: write 0s for no limit"))
		}
	}
	if l.MinimumInterval.Duration%time.Second != 0 {
		errs = append(errs, invalid(path.Child("minimumInterval"), l.MinimumInterval, "must be whole seconds, as slots are: write for example 10s"))
	}
	errs = append(errs, notNegative(path, map[string]int{"maximumInstances": l.MaximumInstances, "maximumTriggers": l.MaximumTriggers, "maximumWorkers": l.MaximumWorkers})...)
	errs = append(errs, notNegative(path.Child("namespace"), map[string]int{
		"tasks": l.Namespace.Tasks, "runs": l.Namespace.Runs, "startsPerSecond": l.Namespace.StartsPerSecond,
	})...)
	if l.MaximumWorkers > 0 && l.MaximumWorkers < maxWorkers {
		errs = append(errs, field.Invalid(path.Child("maximumWorkers"), l.MaximumWorkers, "must be at least maxWorkers, which a pool has that does not say how many"))
	}
	return errs
}

func notNegative(path *field.Path, limits map[string]int) (errs field.ErrorList) {
	for name, value := range limits {
		if value < 0 {
			errs = append(errs, field.Invalid(path.Child(name), value, "must not be negative: write 0 for no limit"))
		}
	}
	return errs
}
