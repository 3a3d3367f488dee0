package objects

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// MakeTask returns a Task that logs every hour.
func MakeTask(mods ...func(*v1alpha1.Task)) *v1alpha1.Task {
	task := &v1alpha1.Task{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "ns", Name: "task", UID: "uid", Generation: 3, ResourceVersion: "12",
			CreationTimestamp: metav1.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC),
		},
		Spec: v1alpha1.TaskSpec{
			Trigger: v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{Schedule: "@hourly"}},
			Action:  v1alpha1.Action{Handler: &v1alpha1.HandlerAction{Name: "log"}},
		},
	}
	for _, mod := range mods {
		mod(task)
	}
	return task
}

// MakeScheduler returns the default Scheduler of a namespace, with modifications.
func MakeScheduler(mods ...func(*v1alpha1.Scheduler)) *v1alpha1.Scheduler {
	sched := &v1alpha1.Scheduler{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "default"}}
	for _, mod := range mods {
		mod(sched)
	}
	return sched
}
