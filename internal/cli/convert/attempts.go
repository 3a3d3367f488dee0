package convert

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// What the Job controller does where a Job says nothing.
const (
	defaultBackoffLimit = 6
	firstBackoff        = 10 * time.Second
	longestBackoff      = 10 * time.Minute
)

// unlimited is the startTimeout that stands for none: a year.
const unlimited = 365 * 24 * time.Hour

const (
	fieldBackoff  = jobSpec + "backoffLimit"
	fieldPerIndex = jobSpec + "backoffLimitPerIndex"
)

// backoffLimit returns how many attempts may fail before the last one.
func (c *converter) backoffLimit() int32 {
	spec := &c.from.Spec.JobTemplate.Spec
	if spec.BackoffLimitPerIndex != nil {
		return *spec.BackoffLimitPerIndex
	}
	return ptr.Deref(spec.BackoffLimit, defaultBackoffLimit)
}

// attempts takes over how often is tried.
func (c *converter) attempts() {
	spec := &c.from.Spec.JobTemplate.Spec
	notNegative(c, fieldBackoff, spec.BackoffLimit)
	notNegative(c, fieldPerIndex, spec.BackoffLimitPerIndex)
	field := fieldBackoff
	if spec.BackoffLimitPerIndex != nil {
		field = fieldPerIndex
		c.dropped(field, "a run of a Task is one Pod, without an index: its attempts are limited as those of one index")
	}
	limit := c.backoffLimit()
	if limit > most-1 {
		c.changed(field, "a run has at most %d attempts, and not %d", most, int64(limit)+1)
		limit = most - 1
	}
	if limit > 0 {
		c.to.Spec.RetryPolicy = &v1alpha1.RetryPolicy{
			MaxAttempts: limit + 1,
			Backoff:     &v1alpha1.Backoff{Initial: &metav1.Duration{Duration: firstBackoff}, Factor: 2, Max: &metav1.Duration{Duration: longestBackoff}},
		}
	}
	c.restarts()
}

// restarts takes over the restartPolicy. The Job controller counts the restarts of containers
// as attempts, which nobody does for the Pod of a Task: with OnFailure it would never give up.
func (c *converter) restarts() {
	const field = jobSpec + "template.spec.restartPolicy"
	template := &c.from.Spec.JobTemplate.Spec.Template.Spec
	switch template.RestartPolicy {
	case corev1.RestartPolicyOnFailure:
		beside := ""
		if len(template.Containers) > 1 {
			beside = ", and a container that fails is not restarted beside the others"
		}
		c.changed(field, "Never instead of OnFailure, so that the run fails after backoffLimit as the Job does: each attempt is a new Pod, with an empty emptyDir%s; "+
			"to restart containers in the Pod write OnFailure and a timeout, without retryPolicy: restarts are not counted", beside)
	case "":
		c.changed(field, "it is missing, which the API server refuses in a CronJob; the Pod of a Task then has Never")
	default: // Never is kept, and Always is refused by the schema
	}
}

// limits takes over how long is tried.
func (c *converter) limits() {
	const field = jobSpec + "activeDeadlineSeconds"
	seconds := c.from.Spec.JobTemplate.Spec.ActiveDeadlineSeconds
	notNegative(c, field, seconds)
	if seconds == nil || *seconds < 0 || *seconds > longest {
		c.to.Spec.StartTimeout = &metav1.Duration{Duration: unlimited}
		c.kept(jobSpec+"template", "a CronJob waits without limit for a Pod to start, and startTimeout: %s is as good as none; leave it out for 10m, after which a Pod that cannot start is deleted and has failed", c.to.Spec.StartTimeout.Duration)
		return
	}
	limit := max(time.Duration(*seconds)*time.Second, time.Second)
	c.to.Spec.Timeout, c.to.Spec.StartTimeout = &metav1.Duration{Duration: limit}, &metav1.Duration{Duration: limit}
	switch retry := c.to.Spec.RetryPolicy; {
	case *seconds == 0:
		c.changed(field, "0 has a Job fail at once; the least for a Task is 1s")
	case retry != nil:
		c.changed(field, "timeout is that of one attempt, and not of all %d together with the waits between them; so is startTimeout, which limits the wait for the Pod to start", retry.MaxAttempts)
	default:
		c.kept(field, "timeout counts from the start of the Pod, and startTimeout limits the wait before it, which is part of the deadline of a Job")
	}
}
