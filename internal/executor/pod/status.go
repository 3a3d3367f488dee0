package pod

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler"
)

// reasonDeadlineExceeded is the kubelet's word for a Pod that it ended after its
// activeDeadlineSeconds.
const reasonDeadlineExceeded = "DeadlineExceeded"

// Observe says what can be seen of the attempt that a Pod carries out: that it
// ran, or how it ended. It reports false for a Pod that is not ours and as long
// as there is nothing to say: while it waits to start, and when it is being
// deleted and has not finished, until it is gone.
//
// A Pod has started when all its containers have, restarts not counted: one that
// waits for a second image cannot finish. It has finished when the kubelet says
// so; a container that failed and will be restarted is no end.
func Observe(pod *corev1.Pod) (scheduler.Observation, bool) {
	id, ok := IdentityOf(pod)
	if !ok {
		return scheduler.Observation{}, false
	}
	obs := scheduler.Observation{Run: id.Run, Attempt: id.Attempt}
	if finished(pod) {
		conclude(&obs, pod)
		return obs, true
	}
	if pod.DeletionTimestamp == nil && started(pod) {
		obs.Phase, obs.Start = scheduler.Ran, startTime(pod)
		return obs, true
	}
	return scheduler.Observation{}, false
}

// Vanished says what became of the attempt of a Pod that is no longer there, by
// what was seen of it last: how it ended if it had finished, else that it is
// gone, and if it never started, why not. It reports false for a Pod that is
// not ours.
func Vanished(pod *corev1.Pod) (scheduler.Observation, bool) {
	id, ok := IdentityOf(pod)
	if !ok {
		return scheduler.Observation{}, false
	}
	obs := scheduler.Observation{Run: id.Run, Attempt: id.Attempt}
	if finished(pod) {
		conclude(&obs, pod)
		return obs, true
	}
	obs.Phase, obs.Start, obs.Message = scheduler.Vanished, startTime(pod), deletion(pod)
	if problem := StartProblem(pod); problem != "" {
		obs.Message += notStarted + problem
	}
	return obs, true
}

// finished reports whether the kubelet will do no more with the Pod.
func finished(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// conclude fills in how a finished Pod ended.
func conclude(obs *scheduler.Observation, pod *corev1.Pod) {
	obs.Phase, obs.Start, obs.Finish = scheduler.Ended, startTime(pod), finishTime(pod)
	switch {
	case interrupted(pod):
		obs.Outcome, obs.Reason = scheduler.Failed, v1alpha1.ReasonPodVanished
		obs.Message = deletion(pod) + exits(pod)
	case pod.Status.Phase == corev1.PodSucceeded:
		obs.Outcome, obs.Reason = scheduler.Succeeded, v1alpha1.ReasonSucceeded
	case pod.Status.Reason == reasonDeadlineExceeded:
		obs.Outcome, obs.Reason, obs.Message = scheduler.Failed, v1alpha1.ReasonTimeout, overdue(pod)
	default:
		obs.Outcome, obs.Reason, obs.Message = scheduler.Failed, v1alpha1.ReasonPodFailed, failure(pod)
	}
}

// interrupted reports whether the Pod was deleted before it had finished. A
// program that ends in good order when it is told to has not done its work, so
// its exit code says nothing then.
func interrupted(pod *corev1.Pod) bool {
	if pod.DeletionTimestamp == nil {
		return false
	}
	asked := pod.DeletionTimestamp.Time
	if grace := pod.DeletionGracePeriodSeconds; grace != nil {
		asked = asked.Add(-time.Duration(*grace) * time.Second)
	}
	end := finishTime(pod)
	return end.IsZero() || end.After(asked)
}

// overdue says that the Pod was ended for having run too long.
func overdue(pod *corev1.Pod) string {
	text := "It was ended after its timeout"
	if seconds := pod.Spec.ActiveDeadlineSeconds; seconds != nil {
		text += fmt.Sprintf(" of %s", time.Duration(*seconds)*time.Second)
	}
	if problem := StartProblem(pod); problem != "" {
		text += notStarted + problem
	}
	return text
}

// started reports whether every container has been started at least once.
func started(pod *corev1.Pod) bool {
	if len(pod.Status.ContainerStatuses) < len(pod.Spec.Containers) {
		return false
	}
	for i := range pod.Status.ContainerStatuses {
		if c := &pod.Status.ContainerStatuses[i]; c.RestartCount == 0 && firstStart(c).IsZero() {
			return false
		}
	}
	return true
}

// startTime is when the first container was started; zero when none was, and
// when it is not known any more after restarts.
func startTime(pod *corev1.Pod) time.Time {
	var first time.Time
	for i := range pod.Status.ContainerStatuses {
		c := &pod.Status.ContainerStatuses[i]
		if c.RestartCount > 1 { // its status tells of the last two starts
			return time.Time{}
		}
		if t := firstStart(c); !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first.UTC()
}

// firstStart is the earliest start of a container that its status tells of. One
// that was never run can be terminated all the same; its start is then left out, or
// the kubelet's zero, which is the year 1970.
func firstStart(c *corev1.ContainerStatus) time.Time {
	var start time.Time
	switch {
	case c.LastTerminationState.Terminated != nil:
		start = c.LastTerminationState.Terminated.StartedAt.Time
	case c.State.Running != nil:
		start = c.State.Running.StartedAt.Time
	case c.State.Terminated != nil:
		start = c.State.Terminated.StartedAt.Time
	}
	if start.Unix() <= 0 {
		return time.Time{}
	}
	return start
}

// finishTime is when the last container ended, zero when that is not known.
func finishTime(pod *corev1.Pod) time.Time {
	var last time.Time
	for _, c := range containerStatuses(pod) {
		if ended := c.status.State.Terminated; ended != nil && ended.FinishedAt.After(last) {
			last = ended.FinishedAt.Time
		}
	}
	return last.UTC()
}
