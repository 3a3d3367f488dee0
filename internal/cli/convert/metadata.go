package convert

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// owned are the prefixes of the labels and annotations by which tools recognize what they
// have made. A Task that had them would be taken for the CronJob.
var owned = []string{
	"meta.helm.sh/", "helm.sh/", "app.kubernetes.io/managed-by", "argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/",
}

// metadata takes over the name, the labels and the annotations.
func (c *converter) metadata() {
	if c.from.Name == "" && c.from.GenerateName == "" {
		c.refuse("metadata.name", "is missing")
	}
	c.to.Name, c.to.GenerateName, c.to.Namespace = c.from.Name, c.from.GenerateName, c.from.Namespace
	c.to.Labels = c.own("metadata.labels", c.from.Labels)
	c.to.Annotations = c.own("metadata.annotations", c.from.Annotations)
	if len(c.from.OwnerReferences) > 0 {
		c.dropped("metadata.ownerReferences", "the Task has no owner; have the owner make it")
	}
	if len(c.from.Finalizers) > 0 {
		c.dropped("metadata.finalizers", "they belong to the controller that watches the CronJob")
	}
}

// own leaves out what belongs to tools.
func (c *converter) own(field string, all map[string]string) map[string]string {
	left := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		switch {
		case key == corev1.LastAppliedConfigAnnotation: // of the CronJob
		case slices.ContainsFunc(owned, func(prefix string) bool { return strings.HasPrefix(key, prefix) }):
			c.kept(field+"["+key+"]", "left out: it says that a tool made the CronJob; the tool gives the Task its own")
		default:
			left[key] = all[key]
		}
	}
	if len(left) == 0 {
		return nil
	}
	return left
}

// kueue is the prefix of the labels by which Kueue queues Jobs and Pods.
const kueue = "kueue.x-k8s.io/"

// jobMetadata notes the labels and annotations of the Job, since a run of a Task has none.
func (c *converter) jobMetadata() {
	const field = "spec.jobTemplate.metadata"
	meta := &c.from.Spec.JobTemplate.ObjectMeta
	others := len(meta.Annotations)
	for _, key := range slices.Sorted(maps.Keys(meta.Labels)) {
		if !strings.HasPrefix(key, kueue) {
			others++
			continue
		}
		c.dropped(field+".labels["+key+"]", "a run has no Job that Kueue could queue; write the label below %stemplate.metadata.labels to have it queue the Pod", jobSpec)
	}
	if others > 0 {
		c.dropped(field, "a run has no Job with labels and annotations; the Pod keeps its own")
	}
}
