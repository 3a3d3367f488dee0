package v1alpha1_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	applyv1alpha1 "github.com/carillon-dev/carillon/api/v1alpha1/applyconfiguration/api/v1alpha1"
)

// A2: a Go client that extracts what it applied finds the lists of the template whole, as
// the API server says that it owns them.
func TestA2_ExtractKeepsTheListsOfATemplate(t *testing.T) {
	t.Parallel()
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Finalizers: []string{"example.com/b", "example.com/a"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name:  "main",
			Env:   []corev1.EnvVar{{Name: "X", Value: "one"}, {Name: "X", Value: "two"}},
			Ports: []corev1.ContainerPort{{ContainerPort: 80}, {ContainerPort: 80}},
		}}},
	}
	task := &v1alpha1.Task{
		TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "Task"},
		ObjectMeta: metav1.ObjectMeta{Name: "t", ManagedFields: []metav1.ManagedFieldsEntry{{
			Manager: "me", Operation: metav1.ManagedFieldsOperationApply, APIVersion: v1alpha1.GroupVersion.String(), FieldsType: "FieldsV1",
			FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:action":{"f:pod":{"f:template":{"f:metadata":{"f:finalizers":{}},"f:spec":{"f:containers":{}}}}}}}`),
		}}},
		Spec: v1alpha1.TaskSpec{Action: v1alpha1.Action{Pod: &v1alpha1.PodAction{Template: template}}},
	}
	extracted, err := applyv1alpha1.ExtractTask(task, "me")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&template, extracted.Spec.Action.Pod.Template); diff != "" {
		t.Errorf("extracted template (-applied +extracted):\n%s", diff)
	}
}
