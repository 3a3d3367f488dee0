package pod_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/internal/runpod"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// initContainer adds a regular init container to a Pod.
func initContainer(name string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.InitContainers = append(p.Spec.InitContainers, corev1.Container{Name: name})
	}
}

// sidecar adds a native sidecar named proxy to a Pod.
func sidecar() func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.InitContainers = append(p.Spec.InitContainers, corev1.Container{
			Name: "proxy", RestartPolicy: new(corev1.ContainerRestartPolicyAlways),
		})
	}
}

func policy(restart corev1.RestartPolicy) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Spec.RestartPolicy = restart }
}

func gates(names ...string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		for _, name := range names {
			p.Spec.SchedulingGates = append(p.Spec.SchedulingGates, corev1.PodSchedulingGate{Name: name})
		}
	}
}

func startedUp(up bool, c corev1.ContainerStatus) corev1.ContainerStatus {
	c.Started = &up
	return c
}

// check compares what is observed of a Pod with what is wanted.
func check(t *testing.T, is []func(*corev1.Pod), want model.Observation) {
	t.Helper()
	run := runAt(slot)
	got, ok := runpod.Observe(cachedPodOf(t, run, is...))
	if diff := cmp.Diff(shown(run, want), got); diff != "" || !ok {
		t.Errorf("Observe = %v (-want +got):\n%s", ok, diff)
	}
}

func TestR11_InitContainersThatWorkHaveStarted(t *testing.T) {
	t.Parallel()
	notYet := phase(corev1.PodPending, waiting("main", "PodInitializing", ""))
	ran := func(message string) model.Observation {
		return model.Observation{Phase: model.PhaseRunning, Start: at(1), Message: message}
	}
	for name, tc := range map[string]struct {
		is   []func(*corev1.Pod)
		want model.Observation
	}{
		"the first one runs": {
			is:   []func(*corev1.Pod){initContainer("restore"), inits(running("restore", at(1))), notYet},
			want: ran(`init container "restore" is running`),
		},
		"the second one waits for its image": {
			is: []func(*corev1.Pod){
				initContainer("restore"), initContainer("migrate"),
				inits(exited("restore", 0, "Completed", at(1), at(5)), waiting("migrate", "ImagePullBackOff", "no such image")), notYet,
			},
			want: model.Observation{Phase: model.PhasePending, Message: `init container "migrate" waits: ImagePullBackOff: no such image`},
		},
		"the second one runs": {
			is: []func(*corev1.Pod){
				initContainer("restore"), initContainer("migrate"),
				inits(exited("restore", 0, "Completed", at(1), at(5)), running("migrate", at(6))), notYet,
			},
			want: ran(`init container "migrate" is running`),
		},
		"it has run, and the others come next": {
			is:   []func(*corev1.Pod){initContainer("restore"), inits(exited("restore", 0, "Completed", at(1), at(5))), notYet},
			want: ran(`container "main" waits: PodInitializing`),
		},
		"it has run, and the container has no image": {
			is: []func(*corev1.Pod){
				initContainer("restore"), inits(exited("restore", 0, "Completed", at(1), at(5))),
				phase(corev1.PodPending, waiting("main", "ErrImagePull", "no such image")),
			},
			want: model.Observation{Phase: model.PhasePending, Message: `container "main" waits: ErrImagePull: no such image`},
		},
		"it is restarted again and again": {
			is: []func(*corev1.Pod){
				initContainer("restore"), policy(corev1.RestartPolicyOnFailure), notYet,
				inits(restarted(1, exited("restore", 2, "Error", at(1), at(5)), waiting("restore", "CrashLoopBackOff", "back-off 20s"))),
			},
			want: ran(`init container "restore" has been restarted once; last exit code 2 (Error); it waits: CrashLoopBackOff; ` +
				`container "main" waits: PodInitializing`),
		},
		"a sidecar whose startup probe takes long": {
			is:   []func(*corev1.Pod){sidecar(), inits(startedUp(false, running("proxy", at(1)))), notYet},
			want: ran(`init container "proxy" has not started up yet`),
		},
		"a sidecar and the container": {
			is:   []func(*corev1.Pod){sidecar(), inits(startedUp(true, running("proxy", at(1)))), phase(corev1.PodRunning, running("main", at(3)))},
			want: ran(""),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, tc.is, tc.want)
		})
	}
}

func TestR11_AGateSuspends(t *testing.T) {
	t.Parallel()
	blocked := condition(corev1.PodScheduled, corev1.ConditionFalse, "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates")
	for name, tc := range map[string]struct {
		is   []func(*corev1.Pod)
		want model.Observation
	}{
		"one gate": {
			is:   []func(*corev1.Pod){gates("example.com/hold"), blocked},
			want: model.Observation{Phase: model.PhasePending, Suspended: true, Message: "held by scheduling gate example.com/hold"},
		},
		"two gates, before the scheduler has seen the Pod": {
			is:   []func(*corev1.Pod){gates("a", "b")},
			want: model.Observation{Phase: model.PhasePending, Suspended: true, Message: "held by scheduling gates a, b"},
		},
		"opened, and the condition not yet renewed": {
			is: []func(*corev1.Pod){blocked},
			want: model.Observation{
				Phase: model.PhasePending, Message: "SchedulingGated: Scheduling is blocked due to non-empty scheduling gates",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, tc.is, tc.want)
		})
	}
}

func TestA8_WhatKeepsAPodFromFinishing(t *testing.T) {
	t.Parallel()
	onFailure := policy(corev1.RestartPolicyOnFailure)
	crashed := exited("main", 1, "Error", at(2), at(3))
	notReady := func(p *corev1.Pod) {
		p.Spec.NodeName = "node-1"
		p.Status.Conditions = []corev1.PodCondition{
			{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: metav1.NewTime(at(60))},
			{Type: corev1.ContainersReady, Status: corev1.ConditionTrue},
		}
	}
	for name, tc := range map[string]struct {
		is           []func(*corev1.Pod)
		want         string
		startUnknown bool
	}{
		"nothing": {is: []func(*corev1.Pod){phase(corev1.PodRunning, running("main", at(2)))}, want: ""},
		"a container that was restarted and waits": {
			is:   []func(*corev1.Pod){onFailure, phase(corev1.PodRunning, restarted(1, crashed, waiting("main", "CrashLoopBackOff", "back-off 10s")))},
			want: `container "main" has been restarted once; last exit code 1 (Error); it waits: CrashLoopBackOff`,
		},
		"a container that was restarted and runs": {
			is:   []func(*corev1.Pod){onFailure, phase(corev1.PodRunning, restarted(5, crashed, running("main", at(90))))},
			want: `container "main" has been restarted 5 times; last exit code 1 (Error)`, startUnknown: true,
		},
		"a container that waits for one that has finished": {
			is:   []func(*corev1.Pod){second, phase(corev1.PodRunning, exited("main", 0, "Completed", at(2), at(8)), running("second", at(2)))},
			want: `container "main" finished (exit code 0) at 2026-11-20T13:30:08Z; the Pod waits for container "second"`,
		},
		"a container that failed and is not restarted": {
			is:   []func(*corev1.Pod){second, phase(corev1.PodRunning, exited("main", 3, "Error", at(2), at(8)), running("second", at(2)))},
			want: `container "main" finished (exit code 3) at 2026-11-20T13:30:08Z; the Pod waits for container "second"`,
		},
		"a container that failed and will be restarted": {
			is:   []func(*corev1.Pod){onFailure, second, phase(corev1.PodRunning, exited("main", 3, "Error", at(2), at(8)), running("second", at(2)))},
			want: "",
		},
		"a sidecar does not keep it": {
			is:   []func(*corev1.Pod){sidecar(), inits(running("proxy", at(2))), phase(corev1.PodRunning, exited("main", 0, "Completed", at(3), at(8)))},
			want: "",
		},
		"a node that does not report": {
			is:   []func(*corev1.Pod){notReady, phase(corev1.PodRunning, running("main", at(2)))},
			want: `node "node-1" has not reported since 2026-11-20T13:31:00Z`,
		},
		"it is being deleted": {
			is:   []func(*corev1.Pod){phase(corev1.PodRunning, running("main", at(2))), deleted(at(9))},
			want: "its Pod has been being deleted since 2026-11-20T13:30:09Z (grace period 30s)",
		},
		"it is being deleted, on a node that does not report": {
			is: []func(*corev1.Pod){notReady, phase(corev1.PodRunning, running("main", at(2))), deleted(at(70))},
			want: `its Pod has been being deleted since 2026-11-20T13:31:10Z (grace period 30s); ` +
				`node "node-1" has not reported since 2026-11-20T13:31:00Z`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := model.Observation{Phase: model.PhaseRunning, Start: at(2), Message: tc.want}
			if tc.startUnknown {
				want.Start = model.Observation{}.Start
			}
			check(t, tc.is, want)
		})
	}
}
