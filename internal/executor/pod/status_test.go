package pod_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/runpod"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// at is a time after the slot.
func at(seconds int) time.Time { return slot.Add(time.Duration(seconds) * time.Second) }

func said(message string, c corev1.ContainerStatus) corev1.ContainerStatus {
	c.State.Terminated.Message = message
	return c
}

func restarted(times int32, first corev1.ContainerStatus, now corev1.ContainerStatus) corev1.ContainerStatus {
	now.RestartCount, now.LastTerminationState = times, first.State
	return now
}

func because(reason, message string) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Status.Reason, p.Status.Message = reason, message }
}

func inits(containers ...corev1.ContainerStatus) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Status.InitContainerStatuses = containers }
}

func second(p *corev1.Pod) {
	p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "second"})
}

func deadline(seconds int64) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Spec.ActiveDeadlineSeconds = &seconds }
}

func onNode(p *corev1.Pod) { p.Spec.NodeName = "node-1" }

// deleted marks a Pod as being deleted since a time, with 30 s of grace.
func deleted(since time.Time) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.DeletionTimestamp, p.DeletionGracePeriodSeconds = new(metav1.NewTime(since.Add(30*time.Second))), new(int64(30))
	}
}

func condition(kind corev1.PodConditionType, status corev1.ConditionStatus, reason, message string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: kind, Status: status, Reason: reason, Message: message})
	}
}

// evicted marks a Pod as one that the eviction API ends.
func evicted(p *corev1.Pod) {
	condition(corev1.DisruptionTarget, corev1.ConditionTrue, "EvictionByEvictionAPI", "Eviction API: evicting")(p)
}

// cachedPodOf is podOf as a cache holds the Pod. It must show what the whole Pod shows.
func cachedPodOf(t *testing.T, run model.Run, is ...func(*corev1.Pod)) *corev1.Pod {
	t.Helper()
	whole := podOf(run, is...)
	cached, err := runpod.Trim(whole.DeepCopy())
	if err != nil {
		t.Fatal(err)
	}
	trimmed := cached.(*corev1.Pod)
	for name, observe := range map[string]func(*corev1.Pod) (model.Observation, bool){"Observe": runpod.Observe, "ObserveDeleted": runpod.ObserveDeleted} {
		want, wantOK := observe(whole)
		if got, ok := observe(trimmed); ok != wantOK || !cmp.Equal(want, got) {
			t.Errorf("%s of a cached Pod = %v (-whole +cached):\n%s", name, ok, cmp.Diff(want, got))
		}
	}
	return trimmed
}

func TestObserve(t *testing.T) {
	t.Parallel()
	ran := func(from int) *model.Observation {
		return &model.Observation{Phase: model.PhaseRunning, Start: at(from)}
	}
	held := func(message string) *model.Observation {
		return &model.Observation{Phase: model.PhasePending, Message: message}
	}
	succeeded := func(from, to int) *model.Observation {
		return &model.Observation{
			Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: v1alpha1.ReasonSucceeded, Start: at(from), Finish: at(to),
		}
	}
	failed := func(start, finish time.Time, reason, message string) *model.Observation {
		return &model.Observation{
			Phase: model.PhaseFinished, Outcome: model.Failed, Reason: reason, Message: message, Start: start, Finish: finish,
		}
	}
	tests := map[string]struct {
		is   []func(*corev1.Pod)
		want *model.Observation
	}{
		"just created": {want: held("it has not been assigned to a node")},
		"image on its way": {
			is:   []func(*corev1.Pod){phase(corev1.PodPending, waiting("main", "ContainerCreating", ""))},
			want: held(`container "main" waits: ContainerCreating`),
		},
		"running": {is: []func(*corev1.Pod){phase(corev1.PodRunning, running("main", at(2)))}, want: ran(2)},
		"one of two containers started": {
			is:   []func(*corev1.Pod){second, phase(corev1.PodRunning, running("main", at(2)), waiting("second", "ErrImagePull", ""))},
			want: held(`container "second" waits: ErrImagePull`),
		},
		"one of two containers told of": {
			is:   []func(*corev1.Pod){onNode, second, phase(corev1.PodRunning, running("main", at(2)))},
			want: held("the kubelet has not said why"),
		},
		"both containers started": {
			is:   []func(*corev1.Pod){second, phase(corev1.PodRunning, running("main", at(5)), running("second", at(3)))},
			want: ran(3),
		},
		"succeeded": {is: []func(*corev1.Pod){phase(corev1.PodSucceeded, exited("main", 0, "Completed", at(2), at(7)))}, want: succeeded(2, 7)},
		"succeeded, two containers": {
			is: []func(*corev1.Pod){second, phase(corev1.PodSucceeded,
				exited("main", 0, "Completed", at(3), at(7)), exited("second", 0, "Completed", at(2), at(4)))},
			want: succeeded(2, 7),
		},
		"succeeded, then deleted": {
			is:   []func(*corev1.Pod){phase(corev1.PodSucceeded, exited("main", 0, "Completed", at(2), at(7))), deleted(at(7))},
			want: succeeded(2, 7),
		},
		"exit code": {
			is:   []func(*corev1.Pod){phase(corev1.PodFailed, exited("main", 3, "Error", at(2), at(7)))},
			want: failed(at(2), at(7), v1alpha1.ReasonPodFailed, `container "main" exited with code 3 (Error)`),
		},
		"exit code and last words": {
			is:   []func(*corev1.Pod){phase(corev1.PodFailed, said("cannot open\nthe ledger\n", exited("main", 3, "Error", at(2), at(7))))},
			want: failed(at(2), at(7), v1alpha1.ReasonPodFailed, `container "main" exited with code 3 (Error): cannot open the ledger`),
		},
		"out of memory": {
			is:   []func(*corev1.Pod){phase(corev1.PodFailed, exited("main", 137, "OOMKilled", at(2), at(7)))},
			want: failed(at(2), at(7), v1alpha1.ReasonPodFailed, `container "main" exited with code 137 (OOMKilled)`),
		},
		"the first to fail": {
			is: []func(*corev1.Pod){second, phase(corev1.PodFailed,
				exited("main", 143, "Error", at(2), at(9)), exited("second", 1, "Error", at(2), at(7)))},
			want: failed(at(2), at(9), v1alpha1.ReasonPodFailed, `container "second" exited with code 1 (Error)`),
		},
		"init container failed": {
			is: []func(*corev1.Pod){
				inits(exited("fetch", 2, "Error", at(1), at(2))), phase(corev1.PodFailed, waiting("main", "PodInitializing", "")),
			},
			want: failed(at(1), at(2), v1alpha1.ReasonPodFailed, `init container "fetch" exited with code 2 (Error)`),
		},
		"evicted for exceeding its own limits, which sets no condition": {
			is: []func(*corev1.Pod){
				because("Evicted", "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi."), phase(corev1.PodFailed, exited("main", 137, "Error", at(2), at(7))),
			},
			want: failed(at(2), at(7), v1alpha1.ReasonPodFailed,
				`Evicted: Pod ephemeral local storage usage exceeds the total limit of containers 1Mi.; container "main" exited with code 137 (Error)`),
		},
		"not admitted by the kubelet": {
			is:   []func(*corev1.Pod){because("SysctlForbidden", "forbidden sysctl"), phase(corev1.PodFailed)},
			want: failed(time.Time{}, time.Time{}, v1alpha1.ReasonPodFailed, `SysctlForbidden: forbidden sysctl`),
		},
		"failed without a word": {
			is:   []func(*corev1.Pod){phase(corev1.PodFailed)},
			want: failed(time.Time{}, time.Time{}, v1alpha1.ReasonPodFailed, `the kubelet gave no reason`),
		},
		"timeout": {
			is: []func(*corev1.Pod){
				deadline(600), because("DeadlineExceeded", "Pod was active on the node longer than the specified deadline"),
				phase(corev1.PodFailed, exited("main", 137, "Error", at(2), at(602))),
			},
			want: failed(at(2), at(602), v1alpha1.ReasonTimeout, `It was ended after its timeout of 10m0s`),
		},
		"timeout before it started": {
			is: []func(*corev1.Pod){
				deadline(60), because("DeadlineExceeded", "Pod was active on the node longer than the specified deadline"),
				phase(corev1.PodFailed, waiting("main", "ErrImagePull", "not found")),
			},
			want: failed(time.Time{}, time.Time{}, v1alpha1.ReasonTimeout,
				`It was ended after its timeout of 1m0s; it had not started: container "main" waits: ErrImagePull: not found`),
		},
		"asked to stop, and ended in good order": {
			is: []func(*corev1.Pod){phase(corev1.PodSucceeded, exited("main", 0, "Completed", at(2), at(12))), deleted(at(9))},
			want: failed(at(2), at(12), v1alpha1.ReasonPodVanished,
				`The Pod was deleted before it had finished; container "main" exited with code 0 (Completed)`),
		},
		"deleted before it started": {
			is: []func(*corev1.Pod){phase(corev1.PodFailed, exited("main", 137, "ContainerStatusUnknown", time.Time{}, time.Time{})), deleted(at(9))},
			want: failed(time.Time{}, time.Time{}, v1alpha1.ReasonPodVanished,
				`The Pod was deleted before it had finished; container "main" exited with code 137 (ContainerStatusUnknown)`),
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := runAt(slot)
			got, ok := runpod.Observe(cachedPodOf(t, run, tc.is...))
			if diff := cmp.Diff(shown(run, *tc.want), got); diff != "" || !ok {
				t.Errorf("Observe = %v (-want +got):\n%s", ok, diff)
			}
		})
	}
}

func TestVanished(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		is   []func(*corev1.Pod)
		want model.Observation
	}{
		"while it ran": {
			is:   []func(*corev1.Pod){phase(corev1.PodRunning, running("main", at(2)))},
			want: model.Observation{Phase: model.PhaseNotFound, Start: at(2), Message: "The Pod was deleted before it had finished"},
		},
		"before it started": {
			is: []func(*corev1.Pod){condition(corev1.PodScheduled, corev1.ConditionFalse, "Unschedulable", "0/3 nodes are available")},
			want: model.Observation{Phase: model.PhaseNotFound, Message: "The Pod was deleted before it had finished; " +
				"it had not started: Unschedulable: 0/3 nodes are available"},
		},
		"after it had finished": {
			is: []func(*corev1.Pod){phase(corev1.PodSucceeded, exited("main", 0, "Completed", at(2), at(7)))},
			want: model.Observation{
				Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: v1alpha1.ReasonSucceeded, Start: at(2), Finish: at(7),
			},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := runAt(slot)
			got, ok := runpod.ObserveDeleted(cachedPodOf(t, run, tc.is...))
			if diff := cmp.Diff(shown(run, tc.want), got); diff != "" || !ok {
				t.Errorf("Vanished = %v (-want +got):\n%s", ok, diff)
			}
		})
	}
}

func TestStartProblem(t *testing.T) {
	t.Parallel()
	scheduled := condition(corev1.PodScheduled, corev1.ConditionTrue, "", "")
	tests := map[string]struct {
		is   []func(*corev1.Pod)
		want string
	}{
		"started": {is: []func(*corev1.Pod){phase(corev1.PodRunning, running("main", at(2)))}, want: ""},
		"no node fits": {
			is:   []func(*corev1.Pod){condition(corev1.PodScheduled, corev1.ConditionFalse, "Unschedulable", "0/3 nodes are available: 3 Insufficient cpu.")},
			want: "Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.",
		},
		"volumes that cannot be mounted": {
			is: []func(*corev1.Pod){
				onNode, scheduled, condition(corev1.PodReadyToStartContainers, corev1.ConditionFalse, "", ""),
				phase(corev1.PodPending, waiting("main", "ContainerCreating", "")),
			},
			want: `container "main" waits: ContainerCreating; its volumes or its network are not ready, as the Events of the Pod may explain`,
		},
		"nobody has looked for a node": {want: "it has not been assigned to a node"},
		"the kubelet is silent":        {is: []func(*corev1.Pod){onNode, scheduled}, want: "the kubelet has not said why"},
		"no such image": {
			is:   []func(*corev1.Pod){onNode, scheduled, phase(corev1.PodPending, waiting("main", "ImagePullBackOff", `Back-off pulling image "x"`))},
			want: `container "main" waits: ImagePullBackOff: Back-off pulling image "x"`,
		},
		"the second image": {
			is: []func(*corev1.Pod){onNode, scheduled, second, phase(corev1.PodRunning,
				running("main", at(2)), waiting("second", "ErrImagePull", ""))},
			want: `container "second" waits: ErrImagePull`,
		},
		"the init container's image": {
			is: []func(*corev1.Pod){
				onNode, scheduled, inits(waiting("fetch", "ErrImagePull", "")), phase(corev1.PodPending, waiting("main", "PodInitializing", "")),
			},
			want: `init container "fetch" waits: ErrImagePull`,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := runpod.StartProblem(podOf(runAt(slot), tc.is...)); got != tc.want {
				t.Errorf("StartProblem = %q, want %q", got, tc.want)
			}
		})
	}
}
