package convert

import (
	batchv1 "k8s.io/api/batch/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// most is the largest maxInstances.
const most = 100

// overlap takes over what happens when a run falls due before the last one has ended.
func (c *converter) overlap() {
	spec := &c.to.Spec
	switch policy := c.from.Spec.ConcurrencyPolicy; policy {
	case batchv1.AllowConcurrent, "":
		spec.MaxInstances = new(int32(most))
		c.changed("spec.concurrencyPolicy", "Allow has no limit: maxInstances is the largest that there is, %d; write how many are really meant", most)
	case batchv1.ForbidConcurrent:
		spec.MaxInstances, spec.OverlapPolicy = new(int32(1)), v1alpha1.OverlapQueue
		c.changed("spec.concurrencyPolicy", "Forbid lets a run that falls due meanwhile follow on, and so does Queue; write overlapPolicy: Skip to have it dropped")
	case batchv1.ReplaceConcurrent:
		spec.MaxInstances, spec.OverlapPolicy = new(int32(1)), v1alpha1.OverlapReplace
	default:
		c.dropped("spec.concurrencyPolicy", "%q is none that is known", policy)
	}
}
