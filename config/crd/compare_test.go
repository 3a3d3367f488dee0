package crd_test

import (
	"encoding/json"
	"maps"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

var (
	pods  = corev1.SchemeGroupVersion.WithResource("pods")
	tasks = v1alpha1.GroupVersion.WithResource("tasks")
)

// try creates an object without storing it, and returns what would be stored.
func try(t *testing.T, resource schema.GroupVersionResource, object map[string]any) (*unstructured.Unstructured, error) {
	t.Helper()
	return server.Resource(resource).Namespace(metav1.NamespaceDefault).Create(t.Context(), &unstructured.Unstructured{Object: object},
		metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict})
}

// podOf returns a Pod with a template.
func podOf(template map[string]any) map[string]any {
	metadata, _ := template["metadata"].(map[string]any)
	withName := map[string]any{"name": "t"}
	maps.Copy(withName, metadata)
	return map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": withName, "spec": template["spec"]}
}

// taskOf returns a Task with a template.
func taskOf(template map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": "Task", "metadata": map[string]any{"name": "t"},
		"spec": map[string]any{
			"trigger": map[string]any{"date": map[string]any{}},
			"action":  map[string]any{"pod": map[string]any{"template": template}},
		},
	}
}

// compare tries a template in a Pod and in a Task, and checks the verdicts and what is
// stored. It reports whether the Pod was accepted.
func compare(t *testing.T, what string, template map[string]any) bool {
	t.Helper()
	_, podErr := try(t, pods, podOf(template))
	stored, taskErr := try(t, tasks, taskOf(template))
	switch {
	case podErr == nil && taskErr != nil:
		t.Errorf("%s: a Pod is accepted and a Task is not: %v", what, taskErr)
	case apierrors.IsBadRequest(podErr) && taskErr == nil:
		t.Errorf("%s: a Task is accepted whose template cannot be decoded: %v", what, podErr)
	case taskErr == nil:
		checkStored(t, what, template, stored)
	}
	return podErr == nil
}

// checkStored compares the template of a stored Task with the one that was sent: field by
// field, and as Go decodes both.
func checkStored(t *testing.T, what string, sent map[string]any, stored *unstructured.Unstructured) {
	t.Helper()
	got, _, err := unstructured.NestedMap(stored.Object, "spec", "action", "pod", "template")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sent, got); diff != "" {
		t.Errorf("%s: template of the Task (-sent +stored):\n%s", what, diff)
	}
	var task v1alpha1.Task
	if err := utiljson.Unmarshal(encode(t, stored), &task); err != nil {
		t.Errorf("%s: the stored Task does not decode: %v", what, err)
		return
	}
	var want corev1.PodTemplateSpec
	if err := utiljson.Unmarshal(encode(t, sent), &want); err != nil {
		t.Errorf("%s: the template does not decode: %v", what, err)
	}
	if diff := cmp.Diff(want, task.Spec.Action.Pod.Template); diff != "" {
		t.Errorf("%s: decoded template (-sent +stored):\n%s", what, diff)
	}
}

// fixtures returns the specs of testdata/pods.yaml by their names.
func fixtures(t *testing.T) map[string]map[string]any {
	t.Helper()
	data, err := os.ReadFile("testdata/pods.yaml")
	if err != nil {
		t.Fatal(err)
	}
	specs := map[string]map[string]any{}
	for name, spec := range parse(t, data) {
		specs[name] = spec.(map[string]any)
		if specs[name]["containers"] == nil {
			specs[name]["containers"] = []any{map[string]any{"name": "main", "image": "busybox:1.37"}}
		}
	}
	return specs
}

// parse reads YAML as the API server reads JSON: whole numbers are integers.
func parse(t *testing.T, text []byte) map[string]any {
	t.Helper()
	data, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		t.Fatal(err)
	}
	var value map[string]any
	if err := utiljson.Unmarshal(data, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
