package pod_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/runpod"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

func TestR11_DisruptionIsJudgedByTheCondition(t *testing.T) {
	t.Parallel()
	killed := exited("main", 137, "Error", at(2), at(12))
	ended := func(reason, message string) model.Observation {
		return model.Observation{
			Phase: model.PhaseFinished, Outcome: model.Failed, Reason: reason, Message: message, Start: at(2), Finish: at(12),
			Disrupted: reason == v1alpha1.ReasonPodDisrupted,
		}
	}
	byKubelet := func(message string) func(*corev1.Pod) {
		return condition(corev1.DisruptionTarget, corev1.ConditionTrue, "TerminationByKubelet", message)
	}
	for name, tc := range map[string]struct {
		is   []func(*corev1.Pod)
		want model.Observation
	}{
		"evicted by the API": {
			is: []func(*corev1.Pod){evicted, phase(corev1.PodFailed, killed), deleted(at(9))},
			want: ended(v1alpha1.ReasonPodDisrupted,
				`The Pod was evicted before it had finished: EvictionByEvictionAPI: Eviction API: evicting; container "main" exited with code 137 (Error)`),
		},
		"evicted by its node": {
			is: []func(*corev1.Pod){
				byKubelet("The node was low on resource: memory."), because("Evicted", "The node was low on resource: memory."), phase(corev1.PodFailed, killed),
			},
			want: ended(v1alpha1.ReasonPodDisrupted,
				`The Pod was evicted before it had finished: TerminationByKubelet: The node was low on resource: memory.; container "main" exited with code 137 (Error)`),
		},
		"ended with its node": {
			is: []func(*corev1.Pod){
				byKubelet("Pod was terminated in response to imminent node shutdown."), because("Terminated", "…"), phase(corev1.PodFailed, killed),
			},
			want: ended(v1alpha1.ReasonPodDisrupted, `The Pod was evicted before it had finished: TerminationByKubelet: `+
				`Pod was terminated in response to imminent node shutdown.; container "main" exited with code 137 (Error)`),
		},
		"the condition is false": {
			is: []func(*corev1.Pod){
				condition(corev1.DisruptionTarget, corev1.ConditionFalse, "Unexpected", "x"), phase(corev1.PodFailed, killed),
			},
			want: ended(v1alpha1.ReasonPodFailed, `container "main" exited with code 137 (Error)`),
		},
		"an exit code alone": {
			is:   []func(*corev1.Pod){phase(corev1.PodFailed, exited("main", 143, "Error", at(2), at(12)))},
			want: ended(v1alpha1.ReasonPodFailed, `container "main" exited with code 143 (Error)`),
		},
		"deleted by somebody": {
			is:   []func(*corev1.Pod){phase(corev1.PodFailed, killed), deleted(at(9))},
			want: ended(v1alpha1.ReasonPodVanished, `The Pod was deleted before it had finished; container "main" exited with code 137 (Error)`),
		},
		"it succeeded all the same": {
			is: []func(*corev1.Pod){evicted, phase(corev1.PodSucceeded, exited("main", 0, "Completed", at(2), at(12))), deleted(at(9))},
			want: model.Observation{
				Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: v1alpha1.ReasonSucceeded, Start: at(2), Finish: at(12),
			},
		},
		"its timeout was over": {
			is:   []func(*corev1.Pod){evicted, deadline(10), because("DeadlineExceeded", "…"), phase(corev1.PodFailed, killed)},
			want: ended(v1alpha1.ReasonTimeout, "It was ended after its timeout of 10s"),
		},
		"its timeout was over before it was evicted": {
			is: []func(*corev1.Pod){
				evicted, deadline(10), because("DeadlineExceeded", "…"), phase(corev1.PodFailed, exited("main", 137, "Error", at(2), at(12))), deleted(at(11)),
			},
			want: ended(v1alpha1.ReasonTimeout, "It was ended after its timeout of 10s"),
		},
		"it is being evicted": {
			is: []func(*corev1.Pod){evicted, phase(corev1.PodRunning, running("main", at(2))), deleted(at(9))},
			want: model.Observation{
				Phase: model.PhaseRunning, Start: at(2), Disrupted: true,
				Message: "its Pod has been being deleted since 2026-11-20T13:30:09Z (grace period 30s): evicted: EvictionByEvictionAPI: Eviction API: evicting",
			},
		},
		"it is about to be evicted": {
			is: []func(*corev1.Pod){evicted, phase(corev1.PodRunning, running("main", at(2)))},
			want: model.Observation{
				Phase: model.PhaseRunning, Start: at(2), Disrupted: true,
				Message: "its Pod is about to be evicted: EvictionByEvictionAPI: Eviction API: evicting",
			},
		},
		"its node was shutting down when it came": {
			is: []func(*corev1.Pod){because("NodeShutdown", "Pod was rejected as the node is shutting down."), phase(corev1.PodFailed)},
			want: model.Observation{
				Phase: model.PhaseFinished, Outcome: model.Failed, Reason: v1alpha1.ReasonPodDisrupted, Disrupted: true,
				Message: "The node turned the Pod away: NodeShutdown: Pod was rejected as the node is shutting down.",
			},
		},
		"its node was full when it came": {
			is: []func(*corev1.Pod){because("OutOfcpu", "Node didn't have enough resource: cpu"), phase(corev1.PodFailed)},
			want: model.Observation{
				Phase: model.PhaseFinished, Outcome: model.Failed, Reason: v1alpha1.ReasonPodDisrupted, Disrupted: true,
				Message: "The node turned the Pod away: OutOfcpu: Node didn't have enough resource: cpu",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, tc.is, tc.want)
		})
	}
}

func TestR11_VanishedAfterTheCondition(t *testing.T) {
	t.Parallel()
	run := runAt(slot)
	got, ok := runpod.ObserveDeleted(cachedPodOf(t, run, phase(corev1.PodRunning, running("main", at(2))), deleted(at(9)),
		condition(corev1.DisruptionTarget, corev1.ConditionTrue, "PreemptionByScheduler", "preempting to accommodate a higher priority pod")))
	want := shown(run, model.Observation{
		Phase: model.PhaseNotFound, Start: at(2), Disrupted: true,
		Message: "The Pod was evicted before it had finished: PreemptionByScheduler: preempting to accommodate a higher priority pod",
	})
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("Vanished = %v (-want +got):\n%s", ok, diff)
	}
}

func TestR11_TheContainerToBlame(t *testing.T) {
	t.Parallel()
	never := time.Time{}
	for name, tc := range map[string]struct {
		is   []func(*corev1.Pod)
		want string
	}{
		"not the sidecar that was stopped in the same second": {
			is:   []func(*corev1.Pod){sidecar(), inits(exited("proxy", 143, "Error", at(1), at(7))), phase(corev1.PodFailed, exited("main", 3, "Error", at(2), at(7)))},
			want: `container "main" exited with code 3 (Error)`,
		},
		"not the sidecar that failed before": {
			is:   []func(*corev1.Pod){sidecar(), inits(exited("proxy", 1, "Error", at(1), at(5))), phase(corev1.PodFailed, exited("main", 3, "Error", at(2), at(7)))},
			want: `container "main" exited with code 3 (Error)`,
		},
		"not the sidecar when an init container failed": {
			is: []func(*corev1.Pod){
				sidecar(), initContainer("restore"),
				inits(exited("proxy", 143, "Error", at(1), at(7)), exited("restore", 4, "Error", at(2), at(7))),
				phase(corev1.PodFailed, waiting("main", "PodInitializing", "")),
			},
			want: `init container "restore" exited with code 4 (Error)`,
		},
		"the init container before others, in the same second": {
			is: []func(*corev1.Pod){
				initContainer("restore"), inits(exited("restore", 4, "Error", at(7), at(7))), phase(corev1.PodFailed, exited("main", 1, "Error", at(7), at(7))),
			},
			want: `init container "restore" exited with code 4 (Error)`,
		},
		"not what a signal ended in the same second": {
			is: []func(*corev1.Pod){second, phase(corev1.PodFailed,
				exited("main", 137, "Error", at(2), at(7)), exited("second", 1, "Error", at(2), at(7)))},
			want: `container "second" exited with code 1 (Error)`,
		},
		"not one of which it is not known when it ended": {
			is: []func(*corev1.Pod){second, phase(corev1.PodFailed,
				exited("main", 137, "ContainerStatusUnknown", never, never), exited("second", 1, "Error", at(2), at(7)))},
			want: `container "second" exited with code 1 (Error)`,
		},
		"the sidecar, if nothing else failed": {
			is:   []func(*corev1.Pod){sidecar(), inits(exited("proxy", 1, "Error", at(1), at(7))), phase(corev1.PodFailed, exited("main", 0, "Completed", at(2), at(6)))},
			want: `init container "proxy" exited with code 1 (Error)`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := runpod.Observe(cachedPodOf(t, runAt(slot), tc.is...))
			if got.Message != tc.want || got.Reason != v1alpha1.ReasonPodFailed {
				t.Errorf("%s: %q, want %q", got.Reason, got.Message, tc.want)
			}
		})
	}
}
