package v1alpha1_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/randfill"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// randomTemplates is how many templates a test tries.
const randomTemplates = 150

// A2: what a program sends is stored as it was sent, whatever the template.
func TestA2_RandomTemplatesAreStoredAsSent(t *testing.T) {
	t.Parallel()
	for seed := range int64(randomTemplates) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			template := randomTemplate(seed)
			sent := encode(v1alpha1.Task{
				TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "Task"},
				ObjectMeta: metav1.ObjectMeta{Name: "t"},
				Spec: v1alpha1.TaskSpec{
					Trigger: v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{Date: &v1alpha1.DateTrigger{}}},
					Action:  v1alpha1.Action{Pod: &v1alpha1.PodAction{Template: template}},
				},
			})
			stored, err := server(t).Create(sent)
			if err != nil {
				t.Fatalf("creating a Task with the template %s: %v", encode(template), err)
			}
			want := &unstructured.Unstructured{}
			if err := want.UnmarshalJSON(sent); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.Object["spec"], stored.Object["spec"]); diff != "" {
				t.Errorf("stored spec (-sent +stored):\n%s", diff)
			}
			var task v1alpha1.Task
			if err := json.Unmarshal(encode(stored), &task); err != nil {
				t.Fatalf("decoding the stored Task: %v", err)
			}
			if diff := cmp.Diff(string(encode(template)), string(encode(task.Spec.Action.Pod.Template))); diff != "" {
				t.Errorf("decoded template (-sent +decoded):\n%s", diff)
			}
		})
	}
}

// randomTemplate fills every field of a Pod template with something of its type. The
// API server would hardly accept a Pod of it, but for another reason than a type.
func randomTemplate(seed int64) corev1.PodTemplateSpec {
	filler := randfill.NewWithSeed(seed).NilChance(0.3).NumElements(1, 2).Funcs(
		func(q *resource.Quantity, c randfill.Continue) {
			*q = *resource.NewMilliQuantity(c.Int63n(1e12), resource.DecimalSI)
		},
		func(p *intstr.IntOrString, c randfill.Continue) {
			*p = intstr.FromInt32(c.Int31())
			if c.Bool() {
				*p = intstr.FromString(c.String(0))
			}
		},
		func(at *metav1.Time, c randfill.Continue) { *at = metav1.Unix(c.Int63n(1<<32), 0) },
		func(f *metav1.FieldsV1, _ randfill.Continue) { f.SetRawString(`{"f:spec":{}}`) },
		// What a Task limits, and what a Pod requires too.
		func(spec *corev1.PodSpec, c randfill.Continue) {
			c.FillNoCustom(spec)
			spec.RestartPolicy, spec.EphemeralContainers = "", nil
			if len(spec.Containers) == 0 {
				spec.Containers = make([]corev1.Container, 1)
				c.Fill(&spec.Containers[0])
			}
			for i := range spec.EvictionResponders {
				spec.EvictionResponders[i] = corev1.EvictionResponder{Name: "a", Priority: new(c.Int31n(100_000))}
			}
		},
		func(s *string, c randfill.Continue) { *s = "a" + c.String(0) },
		func(rule *corev1.ContainerRestartRule, c randfill.Continue) {
			c.FillNoCustom(rule)
			rule.Action = corev1.ContainerRestartRuleActionRestart
		},
		func(codes *corev1.ContainerRestartRuleOnExitCodes, c randfill.Continue) {
			c.FillNoCustom(codes)
			codes.Operator = corev1.ContainerRestartRuleOnExitCodesOpIn
		},
		func(s *corev1.NodeSelector, c randfill.Continue) {
			s.NodeSelectorTerms = make([]corev1.NodeSelectorTerm, 1)
			c.Fill(&s.NodeSelectorTerms[0])
		},
		func(v *corev1.CephFSVolumeSource, c randfill.Continue) {
			c.FillNoCustom(v)
			v.Monitors = []string{c.String(0)}
		},
		func(v *corev1.RBDVolumeSource, c randfill.Continue) {
			c.FillNoCustom(v)
			v.CephMonitors = []string{c.String(0)}
		},
	)
	var template corev1.PodTemplateSpec
	filler.Fill(&template)
	return template
}
