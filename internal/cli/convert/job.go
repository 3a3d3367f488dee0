package convert

import (
	"maps"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

const jobSpec = "spec.jobTemplate.spec."

// job notes what is said of the Job, since a Task has none: its run is a Pod.
func (c *converter) job() {
	template := &c.from.Spec.JobTemplate
	if len(template.Labels)+len(template.Annotations) > 0 {
		c.dropped("spec.jobTemplate.metadata", "there is no Job to have labels and annotations; the Pod keeps its own")
	}
	spec := &template.Spec
	if n := ptr.Deref(spec.Parallelism, 1); n != 1 {
		c.dropped(jobSpec+"parallelism", "a run of a Task is one Pod, and not %d at a time", n)
	}
	if n := ptr.Deref(spec.Completions, 1); n != 1 {
		c.dropped(jobSpec+"completions", "a run of a Task is one Pod, and not %d; split the work in it, or have it create a Job", n)
	}
	if ptr.Deref(spec.CompletionMode, batchv1.NonIndexedCompletion) != batchv1.NonIndexedCompletion {
		c.dropped(jobSpec+"completionMode", "a run of a Task is one Pod, without an index")
	}
	given := unknownToTasks(spec)
	for _, field := range slices.Sorted(maps.Keys(given)) {
		if given[field] {
			c.dropped(jobSpec+field, "%s", whyDropped[field])
		}
	}
}

// whyDropped says of fields of a Job why a Task has none like them.
var whyDropped = map[string]string{
	"podFailurePolicy":        "each failed attempt counts alike",
	"successPolicy":           "a run of a Task is one Pod, and succeeds with it",
	"backoffLimitPerIndex":    "a run of a Task is one Pod, without an index",
	"maxFailedIndexes":        "a run of a Task is one Pod, without an index",
	"podReplacementPolicy":    "the next attempt starts when the Pod of the last one has ended",
	"ttlSecondsAfterFinished": "Pods are kept by their number, see history",
	"suspend":                 "a run that is due starts; pause the Task or its Scheduler instead",
	"selector":                "a Task finds its Pods by itself",
	"manualSelector":          "a Task finds its Pods by itself",
	"managedBy":               "Pods of a Task are looked after by Carillon",
}

// unknownToTasks are the fields of a Job that a Task has none for, and whether they are given.
func unknownToTasks(spec *batchv1.JobSpec) map[string]bool {
	return map[string]bool{
		"podFailurePolicy":        spec.PodFailurePolicy != nil,
		"successPolicy":           spec.SuccessPolicy != nil,
		"backoffLimitPerIndex":    spec.BackoffLimitPerIndex != nil,
		"maxFailedIndexes":        spec.MaxFailedIndexes != nil,
		"podReplacementPolicy":    spec.PodReplacementPolicy != nil && *spec.PodReplacementPolicy != batchv1.Failed,
		"ttlSecondsAfterFinished": spec.TTLSecondsAfterFinished != nil,
		"suspend":                 ptr.Deref(spec.Suspend, false),
		"selector":                spec.Selector != nil,
		"manualSelector":          ptr.Deref(spec.ManualSelector, false),
		"managedBy":               spec.ManagedBy != nil && *spec.ManagedBy != batchv1.JobControllerName,
	}
}

// What the Job controller does where a Job says nothing.
const (
	defaultBackoffLimit = 6
	firstBackoff        = 10 * time.Second
	longestBackoff      = 10 * time.Minute
)

// attempts takes over how often and how long is tried.
func (c *converter) attempts() {
	spec := &c.from.Spec.JobTemplate.Spec
	limit := ptr.Deref(spec.BackoffLimit, defaultBackoffLimit)
	if limit > most-1 {
		c.changed(jobSpec+"backoffLimit", "a run has at most %d attempts, and not %d", most, int64(limit)+1)
		limit = most - 1
	}
	if spec.BackoffLimitPerIndex == nil && limit > 0 {
		c.to.Spec.RetryPolicy = &v1alpha1.RetryPolicy{
			MaxAttempts: limit + 1,
			Backoff:     &v1alpha1.Backoff{Initial: &metav1.Duration{Duration: firstBackoff}, Factor: 2, Max: &metav1.Duration{Duration: longestBackoff}},
		}
	}
	if seconds := spec.ActiveDeadlineSeconds; seconds != nil {
		c.to.Spec.Timeout = &metav1.Duration{Duration: time.Duration(*seconds) * time.Second}
		if limit > 0 {
			c.changed(jobSpec+"activeDeadlineSeconds", "timeout is that of one attempt, and not of all together")
		}
	}
}
