package runpod

import (
	"cmp"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/internal/excerpt"
)

// maxExcerpt is how many bytes of foreign text a message takes in.
const maxExcerpt = 300

// notStarted goes before the problem of a Pod that never started.
const notStarted = "; it had not started: "

// container is a container of a Pod with what it is called in messages.
type container struct {
	title  string
	status *corev1.ContainerStatus
	// init says that it is started before the containers of the Pod, and sidecar
	// that it is an init container that goes on beside them.
	init, sidecar bool
	// restart is the container's own restart policy, nil if it has none.
	restart *corev1.ContainerRestartPolicy
}

// policy says when the container is restarted.
func (c container) policy(pod *corev1.Pod) corev1.RestartPolicy {
	if c.restart != nil {
		return corev1.RestartPolicy(*c.restart)
	}
	return pod.Spec.RestartPolicy
}

// containerStatuses lists the containers in the order in which they start.
func containerStatuses(pod *corev1.Pod) []container {
	all := make([]container, 0, len(pod.Status.InitContainerStatuses)+len(pod.Status.ContainerStatuses))
	for i := range pod.Status.InitContainerStatuses {
		c := &pod.Status.InitContainerStatuses[i]
		restart := restartPolicy(pod.Spec.InitContainers, c.Name)
		all = append(all, container{
			title: fmt.Sprintf("init container %q", c.Name), status: c, restart: restart,
			init: true, sidecar: restart != nil && *restart == corev1.ContainerRestartPolicyAlways,
		})
	}
	for i := range pod.Status.ContainerStatuses {
		c := &pod.Status.ContainerStatuses[i]
		all = append(all, container{
			title: fmt.Sprintf("container %q", c.Name), status: c, restart: restartPolicy(pod.Spec.Containers, c.Name),
		})
	}
	return all
}

// restartPolicy is the policy of a container's own, nil if it has none.
func restartPolicy(containers []corev1.Container, name string) *corev1.ContainerRestartPolicy {
	for i := range containers {
		if containers[i].Name == name {
			return containers[i].RestartPolicy
		}
	}
	return nil
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

// culprit is the container that failed first by its own doing: the others may have
// failed because of it. It is nil when none did.
//
// A sidecar comes last, whenever it ended: the kubelet stops it after the others, and
// how it ends decides nothing. Times are whole seconds. Of those that ended in the
// same one, a container that a signal ended comes after one that ended by itself.
func culprit(pod *corev1.Pod) *container {
	var first *container
	for _, c := range containerStatuses(pod) {
		if ended := c.status.State.Terminated; ended == nil || ended.ExitCode == 0 {
			continue
		}
		if first == nil || compareFailures(c, *first) < 0 {
			first = &c
		}
	}
	return first
}

// compareFailures orders two containers that failed, the one to blame first. It is 0
// for two that are alike: then the one that was started first is to blame.
func compareFailures(a, b container) int {
	number := func(yes bool) int {
		if yes {
			return 1
		}
		return 0
	}
	one, other := a.status.State.Terminated, b.status.State.Terminated
	return cmp.Or(
		cmp.Compare(number(a.sidecar), number(b.sidecar)),
		cmp.Compare(number(one.FinishedAt.Unix() <= 0), number(other.FinishedAt.Unix() <= 0)), // it is not known when
		one.FinishedAt.Compare(other.FinishedAt.Time),
		cmp.Compare(number(isSignal(one)), number(isSignal(other))),
	)
}

// isSignal reports whether a container was ended by SIGKILL or SIGTERM, as the
// kubelet does.
func isSignal(ended *corev1.ContainerStateTerminated) bool {
	const killed, terminated = 128 + 9, 128 + 15
	return ended.ExitCode == killed || ended.ExitCode == terminated
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

// join puts a reason and a message of Kubernetes together.
func join(reason, message string) string {
	reason, message = excerpt.Of(reason, maxExcerpt), excerpt.Of(message, maxExcerpt)
	if reason == "" || message == "" {
		return reason + message
	}
	return reason + ": " + message
}
