package runpod

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// reasonDeadlineExceeded is the kubelet's word for a Pod that it ended after its
// activeDeadlineSeconds.
const reasonDeadlineExceeded = "DeadlineExceeded"

// Observe reports what the attempt that a Pod carries out is doing: that it is held
// back and by what, that it runs and what is notable about that, or how it ended.
// It reports false for a Pod that is not ours.
//
// A Pod has started when all its containers have, restarts not counted: one that
// waits for a second image cannot finish. Init containers that work have started,
// too. A Pod has finished when the kubelet says so; a container that failed and will
// be restarted is no end.
func Observe(pod *corev1.Pod) (model.Observation, bool) {
	id, ok := IdentityOf(pod)
	if !ok {
		return model.Observation{}, false
	}
	obs := model.Observation{Run: id.Run, Attempt: id.Attempt, UID: string(pod.UID), Created: pod.CreationTimestamp.Time}
	if Finished(pod) {
		conclude(&obs, pod)
		return obs, true
	}
	obs.Disrupted = disruption(pod) != nil
	switch {
	case pod.DeletionTimestamp != nil:
		obs.Phase, obs.Message = model.PhasePending, terminatingMessage(pod)
		if hasStarted(pod) {
			obs.Phase, obs.Start = model.PhaseRunning, startTime(pod)
		}
	case hasStarted(pod) && blockedContainer(pod) == "":
		obs.Phase, obs.Start, obs.Message = model.PhaseRunning, startTime(pod), progress(pod)
	default:
		obs.Phase, obs.Suspended, obs.Message = model.PhasePending, isGated(pod), StartProblem(pod)
	}
	return obs, true
}

// ObserveProgress is Observe for a Pod that has started. What keeps one from starting
// is reported by the controller that watches Pods, in the order in which it happens.
func ObserveProgress(pod *corev1.Pod) (model.Observation, bool) {
	obs, ok := Observe(pod)
	return obs, ok && obs.Phase != model.PhasePending
}

// ObserveDeleted reports what became of the attempt of a Pod that does not exist any more,
// by what was seen of it last: how it ended if it had finished, else that it is
// gone, and if it never started, why not. It reports false for a Pod that is
// not ours.
func ObserveDeleted(pod *corev1.Pod) (model.Observation, bool) {
	id, ok := IdentityOf(pod)
	if !ok {
		return model.Observation{}, false
	}
	obs := model.Observation{Run: id.Run, Attempt: id.Attempt, UID: string(pod.UID), Created: pod.CreationTimestamp.Time}
	if Finished(pod) {
		conclude(&obs, pod)
		return obs, true
	}
	obs.Phase, obs.Start, obs.Message = model.PhaseNotFound, startTime(pod), deletionMessage(pod)
	obs.Disrupted = disruption(pod) != nil
	if problem := StartProblem(pod); problem != "" {
		obs.Message += notStarted + problem
	}
	return obs, true
}

// Finished reports whether the kubelet will do no more with the Pod.
func Finished(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// conclude fills in how a finished Pod ended.
func conclude(obs *model.Observation, pod *corev1.Pod) {
	obs.Phase, obs.Start, obs.Finish = model.PhaseFinished, startTime(pod), finishTime(pod)
	obs.Outcome = model.Failed
	disrupted := disruption(pod) != nil
	switch {
	case pod.Status.Phase == corev1.PodSucceeded && (disrupted || !wasDeleted(pod)):
		obs.Outcome, obs.Reason = model.Succeeded, v1alpha1.ReasonSucceeded
	case pod.Status.Reason == reasonDeadlineExceeded && (disrupted || !wasDeleted(pod)):
		obs.Reason, obs.Message = v1alpha1.ReasonTimeout, deadlineMessage(pod)
	case disrupted:
		obs.Disrupted, obs.Reason, obs.Message = true, v1alpha1.ReasonPodDisrupted, deletionMessage(pod)+exits(pod)
	case isTurnedAway(pod):
		obs.Disrupted, obs.Reason = true, v1alpha1.ReasonPodDisrupted
		obs.Message = "The node turned the Pod away: " + join(pod.Status.Reason, pod.Status.Message)
	case wasDeleted(pod):
		obs.Reason, obs.Message = v1alpha1.ReasonPodVanished, deletionMessage(pod)+exits(pod)
	default:
		obs.Reason, obs.Message = v1alpha1.ReasonPodFailed, failure(pod)
	}
}

// wasDeleted reports whether the Pod was deleted before it had finished. A
// program that ends in good order when it is asked to has not done its work, so
// its exit code says nothing then.
func wasDeleted(pod *corev1.Pod) bool {
	if pod.DeletionTimestamp == nil {
		return false
	}
	end := finishTime(pod)
	return end.IsZero() || end.After(deletionTime(pod))
}

// deletionTime is when the deletion of the Pod was requested; deletionTimestamp is
// when its grace period ends.
func deletionTime(pod *corev1.Pod) time.Time {
	return pod.DeletionTimestamp.Add(-gracePeriod(pod))
}

// gracePeriod is how long the Pod may take to end.
func gracePeriod(pod *corev1.Pod) time.Duration {
	if seconds := pod.DeletionGracePeriodSeconds; seconds != nil {
		return time.Duration(*seconds) * time.Second
	}
	return 0
}

// deadlineMessage says that the Pod was ended for having run too long.
func deadlineMessage(pod *corev1.Pod) string {
	text := "It was ended after its timeout"
	if seconds := pod.Spec.ActiveDeadlineSeconds; seconds != nil {
		text += fmt.Sprintf(" of %s", time.Duration(*seconds)*time.Second)
	}
	if problem := StartProblem(pod); problem != "" {
		text += notStarted + problem
	}
	return text
}

// startTime is when the first container was started, init containers included; zero
// when none was, and when it is not known any more after restarts.
func startTime(pod *corev1.Pod) time.Time {
	for i := range pod.Status.InitContainerStatuses { // they start one after the other
		if c := &pod.Status.InitContainerStatuses[i]; c.RestartCount <= 1 {
			if t := firstStart(c); !t.IsZero() {
				return t.UTC()
			}
		}
	}
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
