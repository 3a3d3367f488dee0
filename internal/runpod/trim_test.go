package runpod_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/internal/runpod"
)

// written is a Pod with what authors write and servers add, which nobody reads.
func written() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: "report-1", Namespace: "reports", UID: "uid", ResourceVersion: "7",
			Labels:        map[string]string{"carillon.dev/task-uid": "task", "app": "report"},
			Annotations:   map[string]string{"carillon.dev/attempt": "1", "notes": strings.Repeat("x", 4096)},
			ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubelet"}},
		},
		Spec: corev1.PodSpec{
			NodeName:       "node-1",
			InitContainers: []corev1.Container{{Name: "proxy", Image: "proxy:1", RestartPolicy: new(corev1.ContainerRestartPolicyAlways)}},
			Containers:     []corev1.Container{{Name: "main", Image: "report:1", Command: []string{"report"}, Env: []corev1.EnvVar{{Name: "A", Value: "B"}}}},
			Volumes:        []corev1.Volume{{Name: "data"}},
		},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: "10.0.0.1", HostIP: "10.0.0.2",
			ContainerStatuses: []corev1.ContainerStatus{{Name: "main", Image: "report:1", ImageID: "sha256:1", RestartCount: 2}},
		},
	}
}

func TestTrim(t *testing.T) {
	t.Parallel()
	want := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: "report-1", Namespace: "reports", UID: "uid", ResourceVersion: "7",
			Labels: map[string]string{"carillon.dev/task-uid": "task"}, Annotations: map[string]string{"carillon.dev/attempt": "1"},
		},
		Spec: corev1.PodSpec{
			NodeName:       "node-1",
			InitContainers: []corev1.Container{{Name: "proxy", RestartPolicy: new(corev1.ContainerRestartPolicyAlways)}},
			Containers:     []corev1.Container{{Name: "main"}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{Name: "main", RestartCount: 2}}},
	}
	once, err := runpod.Trim(written())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any(want), once); diff != "" {
		t.Errorf("trimmed (-want +got):\n%s", diff)
	}
	if twice, _ := runpod.Trim(once); !cmp.Equal(any(want), twice) {
		t.Error("what is trimmed changes when it is trimmed again")
	}
	other := &corev1.Secret{Data: map[string][]byte{"a": []byte("b")}}
	if got, err := runpod.Trim(other); err != nil || got != any(other) {
		t.Errorf("another object becomes %v, %v", got, err)
	}
}
