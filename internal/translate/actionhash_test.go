package translate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/testutil/objects"
)

// podTask returns a Task that creates a Pod every hour.
func podTask(mods ...func(*v1alpha1.Task)) *v1alpha1.Task {
	task := objects.MakeTask(func(task *v1alpha1.Task) {
		task.Spec.Action = v1alpha1.Action{Pod: &v1alpha1.PodAction{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			Containers: []corev1.Container{{Name: "main", Image: "registry.example/report:1"}},
		}}}}
	})
	for _, mod := range mods {
		mod(task)
	}
	return task
}

func TestActionHash_ChangesWithTheActionOnly(t *testing.T) {
	t.Parallel()
	const want = "v1-6e5cd013cfc6d93130a7" // an upgrade must not look like an edit
	if got := Translate(podTask(), objects.MakeScheduler(), env()).ActionHash; got != want {
		t.Errorf("hash of the action: %s, want %s", got, want)
	}
	tests := map[string]struct {
		edit func(*v1alpha1.Task)
		same bool
	}{
		"paused":   {edit: func(task *v1alpha1.Task) { task.Spec.Paused = true }, same: true},
		"schedule": {edit: func(task *v1alpha1.Task) { task.Spec.Trigger.Schedule = "@daily" }, same: true},
		"renamed":  {edit: func(task *v1alpha1.Task) { task.Name, task.UID, task.Generation = "other", "uid-2", 9 }, same: true},
		"image": {edit: func(task *v1alpha1.Task) {
			task.Spec.Action.Pod.Template.Spec.Containers[0].Image = "registry.example/report:2"
		}},
		"label": {edit: func(task *v1alpha1.Task) { task.Spec.Action.Pod.Template.Labels = map[string]string{"a": "b"} }},
		"other action": {edit: func(task *v1alpha1.Task) {
			task.Spec.Action = v1alpha1.Action{Handler: &v1alpha1.HandlerAction{Name: "log"}}
		}},
		"ServiceAccount": {edit: func(task *v1alpha1.Task) { task.Spec.ServiceAccountName = "reports" }},
		"request": {edit: func(task *v1alpha1.Task) {
			task.Spec.Action = v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{URL: "https://hooks.example"}}
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Translate(podTask(tc.edit), objects.MakeScheduler(), env()).ActionHash; (got == want) != tc.same || got == "" {
				t.Errorf("hash %s, that of the unedited one %s, want the same: %t", got, want, tc.same)
			}
		})
	}
}
