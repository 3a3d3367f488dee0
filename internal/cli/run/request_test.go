package run

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
)

// The log of a run can be followed before the record names its Pod.
func TestLogsFindThePodOfTheNewestAttempt(t *testing.T) {
	t.Parallel()
	pod := func(name, request string) kube.RunPod {
		return kube.RunPod{Pod: corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			Name: name, Annotations: map[string]string{v1alpha1.AnnotationRequest: request},
		}}}
	}
	r := &request{value: "now"}
	r.find([]kube.RunPod{pod("scheduled", ""), pod("other", "before")})
	if r.pod != "" {
		t.Errorf("found %q, want none", r.pod)
	}
	r.find([]kube.RunPod{pod("scheduled", ""), pod("second", "now"), pod("first", "now")})
	if r.pod != "second" {
		t.Errorf("found %q, want that of the newest attempt", r.pod)
	}
}
