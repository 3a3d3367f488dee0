package convert

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

const podTemplate = jobSpec + "template."

// pod takes over the Pod template.
func (c *converter) pod() {
	template := c.from.Spec.JobTemplate.Spec.Template.DeepCopy()
	// The Job controller takes nothing else of the metadata either.
	template.ObjectMeta = metav1.ObjectMeta{Labels: template.Labels, Annotations: template.Annotations, Finalizers: template.Finalizers}
	if template.Spec.RestartPolicy == corev1.RestartPolicyOnFailure {
		template.Spec.RestartPolicy = corev1.RestartPolicyNever
	}
	c.to.Spec.Action.Pod = &v1alpha1.PodAction{Template: *template}
	c.invalid(&template.Spec)
	c.jobNames(&template.Spec)
}

// eachContainer calls a function with the path of each container.
func eachContainer(spec *corev1.PodSpec, do func(path string, container *corev1.Container)) {
	for i := range spec.InitContainers {
		do(fmt.Sprintf("%sspec.initContainers[%d]", podTemplate, i), &spec.InitContainers[i])
	}
	for i := range spec.Containers {
		do(fmt.Sprintf("%sspec.containers[%d]", podTemplate, i), &spec.Containers[i])
	}
}

// invalid notes frequent mistakes that the API server refuses in a Pod, and which the schema
// of a Task cannot see.
func (c *converter) invalid(spec *corev1.PodSpec) {
	const refused = ", and the API server refuses such a Pod"
	names := map[string]bool{}
	eachContainer(spec, func(path string, container *corev1.Container) {
		if names[container.Name] && container.Name != "" {
			c.changed(path+".name", "another container is called %q%s", container.Name, refused)
		}
		names[container.Name] = true
		switch trimmed := strings.TrimSpace(container.Image); {
		case trimmed == "":
			c.changed(path+".image", "it is missing%s", refused)
		case trimmed != container.Image:
			c.changed(path+".image", "%q has blanks around it%s", container.Image, refused)
		}
		for i, mount := range container.VolumeMounts {
			if !slices.ContainsFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Name == mount.Name }) {
				c.changed(fmt.Sprintf("%s.volumeMounts[%d].name", path, i), "there is no volume %q%s", mount.Name, refused)
			}
		}
	})
}

// ofJobs are the labels and annotations that the Job controller adds to a Pod.
var ofJobs = []string{"job-name", "controller-uid", "batch.kubernetes.io/"}

// jobNames notes variables that have a value of the Job.
func (c *converter) jobNames(spec *corev1.PodSpec) {
	eachContainer(spec, func(path string, container *corev1.Container) {
		for i, env := range container.Env {
			if env.ValueFrom == nil || env.ValueFrom.FieldRef == nil {
				continue
			}
			of := env.ValueFrom.FieldRef.FieldPath
			_, key, _ := strings.Cut(of, "['")
			if slices.ContainsFunc(ofJobs, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
				c.dropped(fmt.Sprintf("%s.env[%d]", path, i), "%s is empty, as there is no Job; CARILLON_RUN_ID identifies the run", of)
			}
		}
	})
}
