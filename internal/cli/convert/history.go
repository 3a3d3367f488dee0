package convert

import "github.com/carillon-dev/carillon/api/v1alpha1"

// history takes over how many finished Pods are kept.
func (c *converter) history() {
	const fieldSucceeded, fieldFailed = "spec.successfulJobsHistoryLimit", "spec.failedJobsHistoryLimit"
	spec := &c.from.Spec
	switch {
	case spec.FailedJobsHistoryLimit == nil:
		c.kept(fieldFailed, "3 failed Pods are kept, where a CronJob keeps 1 failed Job with all its Pods")
	case *spec.FailedJobsHistoryLimit > 0 && c.backoffLimit() > 0:
		c.kept(fieldFailed, "history counts Pods, and each attempt is one")
	}
	if spec.SuccessfulJobsHistoryLimit == nil && spec.FailedJobsHistoryLimit == nil {
		return
	}
	c.to.Spec.History = &v1alpha1.History{
		Succeeded: c.limited(fieldSucceeded, spec.SuccessfulJobsHistoryLimit),
		Failed:    c.limited(fieldFailed, spec.FailedJobsHistoryLimit),
	}
}

func (c *converter) limited(field string, limit *int32) *int32 {
	notNegative(c, field, limit)
	if limit == nil || *limit <= most {
		return limit
	}
	c.changed(field, "at most %d Pods are kept, and not %d", most, *limit)
	return new(int32(most))
}
