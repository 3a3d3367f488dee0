package convert

import (
	"fmt"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// disrupted says what a Task does with a Pod that ends by a disruption.
const disrupted = "a Pod that is evicted, preempted or lost with its node is replaced at once, at most 10 times a run, and does not count as an attempt"

// failures notes what counts as a failure.
func (c *converter) failures() {
	const field = jobSpec + "podFailurePolicy"
	policy := c.from.Spec.JobTemplate.Spec.PodFailurePolicy
	if policy == nil {
		c.disruptions()
		return
	}
	var lost []string
	ignored := false
	for i := range policy.Rules {
		rule := &policy.Rules[i]
		switch {
		case rule.Action == batchv1.PodFailurePolicyActionCount:
		case rule.Action == batchv1.PodFailurePolicyActionIgnore && onDisruption(rule):
			ignored = true
		default:
			lost = append(lost, fmt.Sprintf("rules[%d] (%s)", i, rule.Action))
		}
	}
	switch {
	case len(lost) > 0:
		c.dropped(field, "%s: each failed attempt counts alike, whatever its exit code; %s", strings.Join(lost, ", "), disrupted)
	case ignored:
		c.kept(field, "Ignore of DisruptionTarget is what a Task does: %s", disrupted)
	default:
		c.disruptions()
	}
}

// onDisruption reports whether a rule is about disruptions alone.
func onDisruption(rule *batchv1.PodFailurePolicyRule) bool {
	if rule.OnExitCodes != nil || len(rule.OnPodConditions) == 0 {
		return false
	}
	for _, pattern := range rule.OnPodConditions {
		if pattern.Type != corev1.DisruptionTarget || pattern.Status != corev1.ConditionTrue && pattern.Status != "" {
			return false
		}
	}
	return true
}

// disruptions notes that a Job counts disruptions. Where a Job has a second attempt anyway, it
// makes no difference but in number.
func (c *converter) disruptions() {
	if c.backoffLimit() == 0 {
		c.changed(fieldBackoff, "%s; the Job, which has one attempt, fails", disrupted)
		return
	}
	c.kept(fieldBackoff, "%s; a Job counts it", disrupted)
}
