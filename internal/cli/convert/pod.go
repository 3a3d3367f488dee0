package convert

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// pod takes over the Pod template.
func (c *converter) pod() {
	template := c.from.Spec.JobTemplate.Spec.Template.DeepCopy()
	c.to.Spec.Action.Pod = &v1alpha1.PodAction{Template: *template}
	if template.Spec.RestartPolicy == corev1.RestartPolicyOnFailure {
		c.changed(jobSpec+"template.spec.restartPolicy", "the kubelet restarts containers as before, but restarts do not count as attempts: without a timeout they go on; Never has the attempts counted")
	}
}

// history takes over how many finished Pods are kept.
func (c *converter) history() {
	spec := &c.from.Spec
	if spec.SuccessfulJobsHistoryLimit == nil && spec.FailedJobsHistoryLimit == nil {
		return // what a Task keeps by itself is as good
	}
	c.to.Spec.History = &v1alpha1.History{
		Succeeded: c.kept("spec.successfulJobsHistoryLimit", spec.SuccessfulJobsHistoryLimit),
		Failed:    c.kept("spec.failedJobsHistoryLimit", spec.FailedJobsHistoryLimit),
	}
}

func (c *converter) kept(field string, limit *int32) *int32 {
	if limit == nil || *limit <= most {
		return limit
	}
	c.changed(field, "at most %d Pods are kept, and not %d", most, *limit)
	return new(int32(most))
}
