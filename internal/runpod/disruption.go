package runpod

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// disruption returns the condition by which Kubernetes says that it ends the Pod for
// a reason outside the Pod: an eviction by the API or a taint, preemption by the
// scheduler or the kubelet, pressure or shutdown of its node, a node that is gone
// (R11). It is nil for any other Pod. The kubelet's eviction of a Pod that exceeds
// its own limits sets no such condition.
func disruption(pod *corev1.Pod) *corev1.PodCondition {
	return trueCondition(pod, corev1.DisruptionTarget)
}

// isTurnedAway reports whether the kubelet refused to run a Pod because its node was
// shutting down or was full by then. It sets no condition for that, and nothing of
// the Pod was started.
func isTurnedAway(pod *corev1.Pod) bool {
	reason := pod.Status.Reason
	return pod.Status.Phase == corev1.PodFailed && (reason == "NodeShutdown" || strings.HasPrefix(reason, "OutOf")) &&
		!hasStarted(pod)
}

// deletionMessage says that a Pod was ended too early, and if it was not a person who
// did so, what for.
func deletionMessage(pod *corev1.Pod) string {
	if target := disruption(pod); target != nil {
		return "The Pod was evicted before it had finished: " + join(target.Reason, target.Message)
	}
	return "The Pod was deleted before it had finished"
}

// terminatingMessage says since when a Pod has been on its way out, and why.
func terminatingMessage(pod *corev1.Pod) string {
	text := fmt.Sprintf("its Pod has been being deleted since %s (grace period %s)",
		deletionTime(pod).UTC().Format(time.RFC3339), gracePeriod(pod))
	if target := disruption(pod); target != nil {
		text += ": evicted: " + join(target.Reason, target.Message)
	}
	if silence := silentNode(pod); silence != "" {
		text += "; " + silence
	}
	return text
}

// silentNode says that the node of the Pod has stopped reporting, empty if it has
// not. The control plane then marks the Pod as not ready and leaves alone what the
// kubelet said last of its containers.
func silentNode(pod *corev1.Pod) string {
	ready := findCondition(pod, corev1.PodReady)
	silent := ready != nil && ready.Status != corev1.ConditionTrue && len(pod.Spec.ReadinessGates) == 0 &&
		trueCondition(pod, corev1.ContainersReady) != nil
	switch {
	case silent:
		return fmt.Sprintf("node %q has not reported since %s", pod.Spec.NodeName, ready.LastTransitionTime.UTC().Format(time.RFC3339))
	case pod.Status.Reason == "NodeLost":
		return fmt.Sprintf("node %q does not report", pod.Spec.NodeName)
	default:
		return ""
	}
}

// findCondition returns a condition of the Pod, nil if it has none of that type.
func findCondition(pod *corev1.Pod, kind corev1.PodConditionType) *corev1.PodCondition {
	for i := range pod.Status.Conditions {
		if cond := &pod.Status.Conditions[i]; cond.Type == kind {
			return cond
		}
	}
	return nil
}

// trueCondition returns a condition of the Pod if it is true.
func trueCondition(pod *corev1.Pod, kind corev1.PodConditionType) *corev1.PodCondition {
	if cond := findCondition(pod, kind); cond != nil && cond.Status == corev1.ConditionTrue {
		return cond
	}
	return nil
}
