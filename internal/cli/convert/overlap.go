package convert

import (
	batchv1 "k8s.io/api/batch/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// most is the largest maxInstances, and the largest number of Pods to keep.
const most = 100

// overlap takes over what happens when a run falls due before the last one has ended.
func (c *converter) overlap() {
	const field = "spec.concurrencyPolicy"
	spec := &c.to.Spec
	switch policy := c.from.Spec.ConcurrencyPolicy; policy {
	case batchv1.AllowConcurrent, "":
		spec.MaxInstances = new(int32(most))
		c.kept(field, "Allow has no limit: maxInstances is the largest possible, %d; write the number that is really meant", most)
	case batchv1.ForbidConcurrent:
		spec.MaxInstances, spec.OverlapPolicy = new(int32(1)), v1alpha1.OverlapQueue
		c.kept(field, "Forbid has a run that falls due meanwhile follow on, and so does Queue; write overlapPolicy: Skip to drop it")
	case batchv1.ReplaceConcurrent:
		spec.MaxInstances, spec.OverlapPolicy = new(int32(1)), v1alpha1.OverlapReplace
		c.kept(field, "the new run starts when the Pod of the old one has ended, and not beside it")
	default:
		c.refuse(field, "%q is not known; write Allow, Forbid or Replace", policy)
	}
}
