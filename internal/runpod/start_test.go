package runpod

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The kubelet dates the start of a container that it could not start to 1970.
func TestAContainerThatNeverRanHasNoStart(t *testing.T) {
	t.Parallel()
	epoch := metav1.NewTime(time.Unix(0, 0))
	for name, status := range map[string]corev1.ContainerStatus{
		"not tried again": {State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{StartedAt: epoch, Reason: "StartError", ExitCode: 128}}},
		"tried again": {
			State:                corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}},
			LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{StartedAt: epoch, Reason: "StartError", ExitCode: 128}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := firstStart(&status); !got.IsZero() {
				t.Errorf("start %v, want none", got)
			}
		})
	}
}
