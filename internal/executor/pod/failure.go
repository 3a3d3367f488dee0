package pod

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/internal/executor/excerpt"
)

// maxExcerpt is how many bytes of foreign text a message takes in.
const maxExcerpt = 300

// notStarted goes before the problem of a Pod that never started.
const notStarted = "; it had not started: "

// container is a container of a Pod with what it is called in messages.
type container struct {
	title  string
	status *corev1.ContainerStatus
}

// containerStatuses lists the containers in the order in which they start.
func containerStatuses(pod *corev1.Pod) []container {
	var all []container
	for i := range pod.Status.InitContainerStatuses {
		c := &pod.Status.InitContainerStatuses[i]
		all = append(all, container{title: fmt.Sprintf("init container %q", c.Name), status: c})
	}
	for i := range pod.Status.ContainerStatuses {
		c := &pod.Status.ContainerStatuses[i]
		all = append(all, container{title: fmt.Sprintf("container %q", c.Name), status: c})
	}
	return all
}

// failure says why a Pod failed: the kubelet's word for it if it has one, such
// as Evicted, and the container that failed first.
func failure(pod *corev1.Pod) string {
	var parts []string
	if why := join(pod.Status.Reason, pod.Status.Message); why != "" {
		parts = append(parts, why)
	}
	if culprit := culprit(pod); culprit != nil {
		parts = append(parts, exit(*culprit))
	}
	if len(parts) == 0 {
		return "the kubelet gave no reason"
	}
	return strings.Join(parts, "; ")
}

// culprit is the container that failed first: the others may have failed
// because of it. It is nil when none did.
func culprit(pod *corev1.Pod) *container {
	var first *container
	for _, c := range containerStatuses(pod) {
		ended := c.status.State.Terminated
		if ended == nil || ended.ExitCode == 0 {
			continue
		}
		if first == nil || ended.FinishedAt.Before(&first.status.State.Terminated.FinishedAt) {
			first = &c
		}
	}
	return first
}

// exits says how the containers of an interrupted Pod ended.
func exits(pod *corev1.Pod) string {
	var text strings.Builder
	for _, c := range containerStatuses(pod) {
		if c.status.State.Terminated != nil {
			text.WriteString("; " + exit(c))
		}
	}
	return text.String()
}

// exit says how a terminated container ended, such as
// `container "main" exited with code 3 (Error): cannot open the ledger`.
func exit(c container) string {
	ended := c.status.State.Terminated
	text := fmt.Sprintf("%s exited with code %d", c.title, ended.ExitCode)
	if ended.Reason != "" {
		text += " (" + excerpt.Of(ended.Reason, maxExcerpt) + ")"
	}
	if said := excerpt.Of(ended.Message, maxExcerpt); said != "" {
		text += ": " + said
	}
	return text
}

// deletion says that a Pod was deleted too early, and if it was not a person who
// did so, what for.
func deletion(pod *corev1.Pod) string {
	const text = "The Pod was deleted before it had finished"
	for _, cond := range pod.Status.Conditions {
		if cond.Type == corev1.DisruptionTarget && cond.Status == corev1.ConditionTrue {
			return text + ": " + join(cond.Reason, cond.Message)
		}
	}
	return text
}

// StartProblem says why a Pod has not started, as the scheduler and the kubelet
// tell it: that no node fits, that an image cannot be pulled. It is empty for a
// Pod that has started.
func StartProblem(pod *corev1.Pod) string {
	if started(pod) {
		return ""
	}
	for _, c := range containerStatuses(pod) {
		// A container that merely waits for its turn is not the problem.
		if waiting := c.status.State.Waiting; waiting != nil && waiting.Reason != "PodInitializing" {
			return c.title + " waits: " + join(waiting.Reason, waiting.Message)
		}
	}
	for _, cond := range pod.Status.Conditions {
		if cond.Type == corev1.PodScheduled && cond.Status == corev1.ConditionFalse {
			return join(cond.Reason, cond.Message)
		}
	}
	if pod.Spec.NodeName == "" {
		return "it has not been assigned to a node"
	}
	return "the kubelet has not said why"
}

// join puts a reason and a message of Kubernetes together.
func join(reason, message string) string {
	reason, message = excerpt.Of(reason, maxExcerpt), excerpt.Of(message, maxExcerpt)
	if reason == "" || message == "" {
		return reason + message
	}
	return reason + ": " + message
}
