package convert

import (
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/utils/ptr"
)

const jobSpec = "spec.jobTemplate.spec."

// job notes what the Job says of itself, since a run of a Task is a Pod without a Job.
func (c *converter) job() {
	c.jobMetadata()
	c.pods()
	c.control()
}

// pods notes the fields about several Pods.
func (c *converter) pods() {
	spec := &c.from.Spec.JobTemplate.Spec
	notNegative(c, jobSpec+"parallelism", spec.Parallelism)
	notNegative(c, jobSpec+"completions", spec.Completions)
	switch n := ptr.Deref(spec.Parallelism, 1); n {
	case 1:
	case 0:
		c.dropped(jobSpec+"parallelism", "0 keeps a Job from starting a Pod, and a run of a Task starts one; write paused: true in the Task to start none")
	default:
		c.dropped(jobSpec+"parallelism", "a run of a Task is one Pod, and not %d at a time", n)
	}
	if n := ptr.Deref(spec.Completions, 1); n != 1 {
		c.dropped(jobSpec+"completions", "a run of a Task is one Pod, and not %d; split the work in it, or have it create a Job", n)
	}
	switch mode := ptr.Deref(spec.CompletionMode, batchv1.NonIndexedCompletion); mode {
	case batchv1.NonIndexedCompletion:
	case batchv1.IndexedCompletion:
		c.dropped(jobSpec+"completionMode", "a run of a Task is one Pod, without an index in JOB_COMPLETION_INDEX")
	default:
		c.refuse(jobSpec+"completionMode", "%q is not known; write NonIndexed or Indexed", mode)
	}
	if spec.SuccessPolicy != nil {
		c.dropped(jobSpec+"successPolicy", "a run of a Task is one Pod, and succeeds with it")
	}
	if spec.MaxFailedIndexes != nil {
		c.dropped(jobSpec+"maxFailedIndexes", "a run of a Task is one Pod, without an index")
	}
}

// control notes the fields about who looks after the Job, and for how long.
func (c *converter) control() {
	spec := &c.from.Spec.JobTemplate.Spec
	if ptr.Deref(spec.Suspend, false) {
		c.dropped(jobSpec+"suspend", "a run that is due starts; pause the Task or its Scheduler instead, or have Kueue hold the Pod by a label of its template")
	}
	if spec.ManagedBy != nil && *spec.ManagedBy != batchv1.JobControllerName {
		c.dropped(jobSpec+"managedBy", "Carillon itself looks after the Pods of a Task")
	}
	if spec.Selector != nil {
		c.dropped(jobSpec+"selector", "a Task finds its Pods by its own labels")
	}
	if ptr.Deref(spec.ManualSelector, false) {
		c.dropped(jobSpec+"manualSelector", "a Task finds its Pods by its own labels")
	}
	if seconds := spec.TTLSecondsAfterFinished; seconds != nil {
		c.dropped(jobSpec+"ttlSecondsAfterFinished", "finished Pods are kept by number and not for %ds; write history: {succeeded: 0, failed: 0} in the Task to keep none", *seconds)
	}
	switch policy := ptr.Deref(spec.PodReplacementPolicy, ""); policy {
	case "":
	case batchv1.Failed:
		c.kept(jobSpec+"podReplacementPolicy", "Failed is what a Task does: the next attempt starts when the Pod of the last one has ended")
	case batchv1.TerminatingOrFailed:
		c.changed(jobSpec+"podReplacementPolicy", "the next attempt starts when the Pod of the last one has ended, and not while it terminates")
	default:
		c.refuse(jobSpec+"podReplacementPolicy", "%q is not known; write TerminatingOrFailed or Failed", policy)
	}
}
