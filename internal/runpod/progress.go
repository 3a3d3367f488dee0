package runpod

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/internal/excerpt"
)

// Reasons of the kubelet for which a container waits in the ordinary course of things.
const (
	reasonInitializing = "PodInitializing"
	reasonCreating     = "ContainerCreating"
	reasonCrashLoop    = "CrashLoopBackOff"
)

// hasStarted reports whether the Pod has begun to work: all its containers have been
// started at least once, or one of its init containers has.
func hasStarted(pod *corev1.Pod) bool {
	return allStarted(pod) || slices.ContainsFunc(pod.Status.InitContainerStatuses, wasStarted)
}

// allStarted reports whether every container has been started at least once.
func allStarted(pod *corev1.Pod) bool {
	for i := range pod.Status.ContainerStatuses {
		if !wasStarted(pod.Status.ContainerStatuses[i]) {
			return false
		}
	}
	return len(pod.Status.ContainerStatuses) >= len(pod.Spec.Containers)
}

func wasStarted(c corev1.ContainerStatus) bool { return c.RestartCount > 0 || !firstStart(&c).IsZero() }

// blockedContainer says which container cannot be started, such as for its image. It is empty
// while each is started or waits for its turn.
func blockedContainer(pod *corev1.Pod) string {
	for _, c := range containerStatuses(pod) {
		if waiting := c.status.State.Waiting; waiting != nil && !wasStarted(*c.status) {
			switch waiting.Reason {
			case "", reasonInitializing, reasonCreating, reasonCrashLoop:
			default:
				return waits(c)
			}
		}
	}
	return ""
}

// isGated reports whether somebody holds the Pod back from being scheduled.
func isGated(pod *corev1.Pod) bool {
	return len(pod.Spec.SchedulingGates) > 0 && pod.Spec.NodeName == ""
}

// StartProblem says why a Pod has not started, as the scheduler and the kubelet
// report it: that no node fits, that an image cannot be pulled. It is empty for a
// Pod that has started.
func StartProblem(pod *corev1.Pod) string {
	switch problem := blockedContainer(pod); {
	case problem != "":
		return problem
	case hasStarted(pod):
		return ""
	case isGated(pod):
		return heldByGates(pod)
	}
	for _, c := range containerStatuses(pod) {
		// A container that merely waits for its turn is not the problem.
		if waiting := c.status.State.Waiting; waiting != nil && waiting.Reason != reasonInitializing {
			return waits(c) + preparation(pod)
		}
	}
	if cond := findCondition(pod, corev1.PodScheduled); cond != nil && cond.Status == corev1.ConditionFalse {
		return join(cond.Reason, cond.Message)
	}
	if pod.Spec.NodeName == "" {
		return "it has not been assigned to a node"
	}
	return "the kubelet has not said why" + preparation(pod)
}

// heldByGates names the scheduling gates of the Pod.
func heldByGates(pod *corev1.Pod) string {
	names := make([]string, 0, len(pod.Spec.SchedulingGates))
	for _, gate := range pod.Spec.SchedulingGates {
		names = append(names, gate.Name)
	}
	word := "gate"
	if len(names) > 1 {
		word = "gates"
	}
	return "held by scheduling " + word + " " + excerpt.Of(strings.Join(names, ", "), maxExcerpt)
}

// preparation says that the volumes or the network of the Pod are not ready. Why not
// is said in the Events of the Pod alone, which the manager may not read.
func preparation(pod *corev1.Pod) string {
	cond := findCondition(pod, corev1.PodReadyToStartContainers)
	if cond == nil || cond.Status != corev1.ConditionFalse {
		return ""
	}
	return "; its volumes or its network are not ready, as the Events of the Pod may explain"
}

// progress says what is notable about a Pod that works, empty if nothing is.
func progress(pod *corev1.Pod) string {
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	add(silentNode(pod))
	if target := disruption(pod); target != nil {
		add("its Pod is about to be evicted: " + join(target.Reason, target.Message))
	}
	add(restarts(pod))
	if allStarted(pod) {
		add(unfinished(pod))
	} else {
		add(initializing(pod))
	}
	return strings.Join(parts, "; ")
}

// initializing says which container the others wait for.
func initializing(pod *corev1.Pod) string {
	for _, c := range containerStatuses(pod) {
		switch state := c.status.State; {
		case state.Running != nil && c.sidecar && (c.status.Started == nil || !*c.status.Started):
			return c.title + " has not started up yet"
		case state.Running != nil && c.init && !c.sidecar:
			return c.title + " is running"
		case state.Waiting != nil && !wasStarted(*c.status):
			return waits(c)
		}
	}
	return ""
}

// restarts names the container that was restarted most often, and how it ended last.
func restarts(pod *corev1.Pod) string {
	var most *container
	for _, c := range containerStatuses(pod) {
		if c.status.RestartCount > 0 && (most == nil || c.status.RestartCount > most.status.RestartCount) {
			most = &c
		}
	}
	if most == nil {
		return ""
	}
	times := "once"
	if n := most.status.RestartCount; n > 1 {
		times = fmt.Sprintf("%d times", n)
	}
	text := fmt.Sprintf("%s has been restarted %s", most.title, times)
	last := most.status.State.Terminated
	if last == nil {
		last = most.status.LastTerminationState.Terminated
	}
	if last != nil {
		text += fmt.Sprintf("; last exit code %d", last.ExitCode)
		if last.Reason != "" {
			text += " (" + excerpt.Of(last.Reason, maxExcerpt) + ")"
		}
	}
	if waiting := most.status.State.Waiting; waiting != nil && waiting.Reason != "" {
		text += "; it waits: " + excerpt.Of(waiting.Reason, maxExcerpt)
	}
	return text
}

// unfinished says which containers keep the Pod from finishing after another has
// finished for good.
func unfinished(pod *corev1.Pod) string {
	var done *container
	var rest []string
	for _, c := range containerStatuses(pod) {
		switch {
		case c.init:
		case !isFinal(pod, c):
			rest = append(rest, c.title)
		case done == nil:
			done = &c
		}
	}
	if done == nil || len(rest) == 0 {
		return ""
	}
	ended := done.status.State.Terminated
	return fmt.Sprintf("%s finished (exit code %d) at %s; the Pod waits for %s",
		done.title, ended.ExitCode, ended.FinishedAt.UTC().Format(time.RFC3339), strings.Join(rest, ", "))
}

// isFinal reports whether a container has ended and will not be restarted.
func isFinal(pod *corev1.Pod, c container) bool {
	ended := c.status.State.Terminated
	if ended == nil {
		return false
	}
	switch c.policy(pod) {
	case corev1.RestartPolicyNever:
		return true
	case corev1.RestartPolicyOnFailure:
		return ended.ExitCode == 0
	default:
		return false
	}
}

// waits says for what a container waits.
func waits(c container) string {
	waiting := c.status.State.Waiting
	return c.title + " waits: " + join(waiting.Reason, waiting.Message)
}
