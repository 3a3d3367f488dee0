package runpod

import (
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// ownPrefix is that of the labels and annotations which the manager reads.
const ownPrefix = v1alpha1.GroupName + "/"

// Trim reduces a Pod to what this package reads of it, for a cache: what its author wrote into the
// template, such as commands, variables, volumes and annotations, is most of a Pod. It changes the
// Pod that it is given. It has the form of a transform of an informer, and leaves other objects
// as they are.
func Trim(object any) (any, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return object, nil
	}
	pod.ManagedFields, pod.Finalizers = nil, nil
	deleteForeign(pod.Labels)
	deleteForeign(pod.Annotations)
	spec := &pod.Spec
	pod.Spec = corev1.PodSpec{
		InitContainers: trimContainers(spec.InitContainers), Containers: trimContainers(spec.Containers),
		RestartPolicy: spec.RestartPolicy, ActiveDeadlineSeconds: spec.ActiveDeadlineSeconds,
		NodeName: spec.NodeName, SchedulingGates: spec.SchedulingGates, ReadinessGates: spec.ReadinessGates,
	}
	status := &pod.Status
	pod.Status = corev1.PodStatus{
		Phase: status.Phase, Conditions: status.Conditions, Message: status.Message, Reason: status.Reason,
		InitContainerStatuses: trimStatuses(status.InitContainerStatuses), ContainerStatuses: trimStatuses(status.ContainerStatuses),
	}
	return pod, nil
}

func deleteForeign(all map[string]string) {
	maps.DeleteFunc(all, func(name, _ string) bool { return !strings.HasPrefix(name, ownPrefix) })
}

func trimContainers(all []corev1.Container) []corev1.Container {
	if len(all) == 0 {
		return nil
	}
	trimmed := make([]corev1.Container, 0, len(all))
	for i := range all {
		trimmed = append(trimmed, corev1.Container{Name: all[i].Name, RestartPolicy: all[i].RestartPolicy})
	}
	return trimmed
}

func trimStatuses(all []corev1.ContainerStatus) []corev1.ContainerStatus {
	if len(all) == 0 {
		return nil
	}
	trimmed := make([]corev1.ContainerStatus, 0, len(all))
	for i := range all {
		c := &all[i]
		trimmed = append(trimmed, corev1.ContainerStatus{
			Name: c.Name, State: c.State, LastTerminationState: c.LastTerminationState,
			RestartCount: c.RestartCount, Started: c.Started,
		})
	}
	return trimmed
}
