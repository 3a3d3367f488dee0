package pod_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/internal/executor/pod"
)

const parent = "00-fc46bde8a66538287c0002def36405bb-00f067aa0ba902b7-01"

// valueOf returns what a container has for a variable, by the last definition.
func valueOf(c corev1.Container, name string) (value string, defined int) {
	for _, env := range c.Env {
		if env.Name == name {
			value = env.Value
			defined++
		}
	}
	return value, defined
}

func TestRenderHandsOnTheTrace(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		parent, own string
		want        string
		defined     int
	}{
		"a traced attempt":                  {parent: parent, want: parent, defined: 1},
		"one that is not":                   {},
		"a variable of the container's own": {parent: parent, own: "mine", want: "mine", defined: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := request(func(r *pod.Request) {
				r.TraceParent = tc.parent
				if tc.own != "" {
					r.Template.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "TRACEPARENT", Value: tc.own}}
				}
			})
			rendered := pod.Render(req)
			if value, defined := valueOf(rendered.Spec.Containers[0], "TRACEPARENT"); value != tc.want || defined != tc.defined {
				t.Errorf("the container has %q, defined %d times; want %q, %d times", value, defined, tc.want, tc.defined)
			}
			if got, ok := rendered.Annotations["carillon.dev/traceparent"]; got != tc.parent || ok != (tc.parent != "") {
				t.Errorf("the annotation is %q (there: %t), want %q", got, ok, tc.parent)
			}
		})
	}
}
