package pod_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/carillon-dev/carillon/internal/executor/pod"
)

// A2: what a template has twice the Pod has twice, in the same order, as the last one
// wins. Ours come first and never override one of the user's.
func TestA2_RenderKeepsRepeatedVariables(t *testing.T) {
	t.Parallel()
	for name, env := range map[string][]corev1.EnvVar{
		"the user's own": {{Name: "X", Value: "one"}, {Name: "Y", Value: "$(X)"}, {Name: "X", Value: "two"}},
		"one of ours":    {{Name: "CARILLON_TASK", Value: "one"}, {Name: "X", Value: "$(CARILLON_TASK)"}, {Name: "CARILLON_TASK", Value: "two"}},
		"one of ours from elsewhere": {
			{Name: "CARILLON_RUN_ID", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}},
			{Name: "CARILLON_RUN_ID", Value: ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pod.Render(request(func(r *pod.Request) {
				r.Template.Spec.Containers[0].Env = env
				r.Template.Spec.InitContainers = []corev1.Container{{Name: "init", Env: env}}
			}))
			for _, c := range []corev1.Container{p.Spec.Containers[0], p.Spec.InitContainers[0]} {
				ours := len(c.Env) - len(env)
				if ours < 1 {
					t.Fatalf("container %q has %d variables, want ours and %d", c.Name, len(c.Env), len(env))
				}
				if diff := cmp.Diff(env, c.Env[ours:]); diff != "" {
					t.Errorf("variables of the user in container %q (-template +Pod):\n%s", c.Name, diff)
				}
				for _, v := range c.Env[:ours] {
					if slices.ContainsFunc(env, func(user corev1.EnvVar) bool { return user.Name == v.Name }) {
						t.Errorf("container %q: %s is added, and the user sets it", c.Name, v.Name)
					}
				}
			}
		})
	}
}

// A2: apart from what the documentation says is added, the Pod has the template's spec.
func TestA2_RenderKeepsTheSpecOfTheTemplate(t *testing.T) {
	t.Parallel()
	spec := corev1.PodSpec{
		RestartPolicy:    corev1.RestartPolicyOnFailure,
		ImagePullSecrets: []corev1.LocalObjectReference{{Name: "b"}, {Name: "a"}, {Name: "b"}, {}},
		HostAliases:      []corev1.HostAlias{{IP: "10.0.0.1", Hostnames: []string{"a"}}, {IP: "10.0.0.1", Hostnames: []string{"b"}}},
		Tolerations:      []corev1.Toleration{{}, {Operator: corev1.TolerationOpExists}, {Operator: corev1.TolerationOpExists}},
		SchedulingGates:  []corev1.PodSchedulingGate{{Name: "example.com/b"}, {Name: "example.com/a"}},
		ResourceClaims:   []corev1.PodResourceClaim{{Name: "b"}, {Name: "a"}},
		NodeSelector:     map[string]string{"disk": ""},
		TopologySpreadConstraints: []corev1.TopologySpreadConstraint{
			{MaxSkew: 1, TopologyKey: "zone", WhenUnsatisfiable: corev1.ScheduleAnyway},
			{MaxSkew: 2, TopologyKey: "zone", WhenUnsatisfiable: corev1.ScheduleAnyway},
		},
		Volumes: []corev1.Volume{{Name: "a", VolumeSource: corev1.VolumeSource{AzureDisk: &corev1.AzureDiskVolumeSource{DiskName: "a"}}}},
		Containers: []corev1.Container{{
			Name: "main", Image: "busybox:1.37", Args: []string{"", "a", ""},
			EnvFrom:      []corev1.EnvFromSource{{Prefix: "B"}, {Prefix: "A"}, {Prefix: "B"}},
			Ports:        []corev1.ContainerPort{{ContainerPort: 80}, {ContainerPort: 80}, {ContainerPort: 80, Protocol: corev1.ProtocolUDP}},
			VolumeMounts: []corev1.VolumeMount{{Name: "a", MountPath: "/b"}, {Name: "a", MountPath: "/a"}},
			Resources:    corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("0.5")}},
		}},
	}
	p := pod.Render(request(func(r *pod.Request) { r.Template.Spec = *spec.DeepCopy() }))
	p.Spec.Containers[0].Env = nil // see the test above
	if diff := cmp.Diff(spec, p.Spec); diff != "" {
		t.Errorf("spec (-template +Pod):\n%s", diff)
	}
}
