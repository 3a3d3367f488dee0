package taskspec

import (
	"cmp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// Defaults returns the settings of a Task that leaves them out (A2): those of its
// Scheduler, or else the built-in ones. Timeout, RetryPolicy and History stay nil where the
// Scheduler has none.
func Defaults(sched *v1alpha1.Scheduler) v1alpha1.TaskDefaults {
	var own v1alpha1.TaskDefaults
	if sched != nil && sched.Spec.TaskDefaults != nil {
		own = *sched.Spec.TaskDefaults
	}
	own.Coalesce = cmp.Or(own.Coalesce, new(v1alpha1.DefaultCoalesce))
	own.MaxInstances = cmp.Or(own.MaxInstances, new(v1alpha1.DefaultMaxInstances))
	own.MisfireGracePeriod = cmp.Or(own.MisfireGracePeriod, &metav1.Duration{Duration: v1alpha1.DefaultMisfireGracePeriod})
	own.OverlapPolicy = cmp.Or(own.OverlapPolicy, v1alpha1.DefaultOverlapPolicy)
	own.StartTimeout = cmp.Or(own.StartTimeout, &metav1.Duration{Duration: v1alpha1.DefaultStartTimeout})
	return own
}

// Retry resolves a retry policy, field by field, from the Task's, the Scheduler's and the
// built-in one. No policy means one attempt.
func Retry(own, byDefault *v1alpha1.RetryPolicy) model.Retry {
	policy := cmp.Or(own, byDefault)
	if policy == nil {
		return model.Retry{}
	}
	backoff, defaults := BackoffOf(own), BackoffOf(byDefault)
	initial, most := limits(backoff, defaults)
	return model.Retry{
		MaxAttempts: int(policy.MaxAttempts),
		Initial:     initial,
		Max:         most,
		Factor:      float64(cmp.Or(backoff.Factor, defaults.Factor, v1alpha1.DefaultBackoffFactor)),
	}
}

// BackoffOf returns the backoff of a policy; it is empty if the policy has none.
func BackoffOf(policy *v1alpha1.RetryPolicy) v1alpha1.Backoff {
	if policy == nil {
		return v1alpha1.Backoff{}
	}
	return ptr.Deref(policy.Backoff, v1alpha1.Backoff{})
}

// limits returns the first and the longest wait. Within one object the schema keeps the
// first below the longest. Where they come from different ones, the one of the more
// specific object is kept, and the other gives way.
func limits(own, defaults v1alpha1.Backoff) (initial, most time.Duration) {
	initial = Duration(cmp.Or(own.Initial, defaults.Initial), v1alpha1.DefaultBackoffInitial)
	most = Duration(cmp.Or(own.Max, defaults.Max), v1alpha1.DefaultBackoffMax)
	maxIsOurs := own.Max != nil || own.Initial == nil && defaults.Max != nil
	if initial > most && maxIsOurs {
		return most, most
	}
	return initial, max(initial, most)
}

// History returns how many finished Pods are kept that succeeded, and that failed.
func History(own, byDefault *v1alpha1.History) (succeeded, failed int) {
	h, defaults := ptr.Deref(own, v1alpha1.History{}), ptr.Deref(byDefault, v1alpha1.History{})
	return int(ptr.Deref(cmp.Or(h.Succeeded, defaults.Succeeded), v1alpha1.DefaultHistorySucceeded)),
		int(ptr.Deref(cmp.Or(h.Failed, defaults.Failed), v1alpha1.DefaultHistoryFailed))
}

// Duration returns a duration, or another one if it is unset.
func Duration(d *metav1.Duration, unset time.Duration) time.Duration {
	if d == nil {
		return unset
	}
	return d.Duration
}
