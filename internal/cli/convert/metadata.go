package convert

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// owned begin the labels and annotations by which tools know what they have made. A Task
// that had them would be taken for the CronJob.
var owned = []string{
	"meta.helm.sh/", "helm.sh/", "app.kubernetes.io/managed-by", "argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/",
}

// metadata takes over the name, the labels and the annotations.
func (c *converter) metadata() {
	c.to.Name, c.to.GenerateName, c.to.Namespace = c.from.Name, c.from.GenerateName, c.from.Namespace
	c.to.Labels = c.own("metadata.labels", c.from.Labels)
	c.to.Annotations = c.own("metadata.annotations", c.from.Annotations)
	if len(c.from.OwnerReferences) > 0 {
		c.dropped("metadata.ownerReferences", "the Task belongs to nobody; let its owner make it")
	}
	if len(c.from.Finalizers) > 0 {
		c.dropped("metadata.finalizers", "they are for whoever looks after the CronJob")
	}
}

// own leaves out what belongs to tools.
func (c *converter) own(field string, all map[string]string) map[string]string {
	kept := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		switch {
		case key == corev1.LastAppliedConfigAnnotation: // of the CronJob
		case slices.ContainsFunc(owned, func(begin string) bool { return strings.HasPrefix(key, begin) }):
			c.changed(field+"["+key+"]", "left out: it says that a tool made the CronJob; the tool gives the Task its own")
		default:
			kept[key] = all[key]
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}
