package main

import (
	"context"
	"fmt"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/executor/pod"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"golang.org/x/sync/errgroup"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/carillon-dev/carillon/test/bench/load/rig"
)

// clientWorkers is how many requests the benchmark itself has under way at a time.
const clientWorkers = 50

// inParallel calls do with the numbers below n.
func inParallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(clientWorkers)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait() //nolint:wrapcheck // what do says is enough
}

// podTemplate is the work of each run: as much as a real Pod has that is careful.
func podTemplate() corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "bench"}},
		Spec: corev1.PodSpec{
			RestartPolicy:   corev1.RestartPolicyNever,
			SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: new(true), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}},
			Containers: []corev1.Container{{
				Name: "work", Image: "devcluster.local/tools:1", ImagePullPolicy: corev1.PullIfNotPresent, Args: []string{"echo", "done"},
				Env: []corev1.EnvVar{{Name: "MODE", Value: "bench"}},
				Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
					corev1.ResourceCPU: resource.MustParse("10m"), corev1.ResourceMemory: resource.MustParse("16Mi"),
				}},
				SecurityContext: &corev1.SecurityContext{
					AllowPrivilegeEscalation: new(false), ReadOnlyRootFilesystem: new(true),
					Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				},
			}},
		},
	}
}

// dailyAt is a trigger with one slot a day, at the time of day of slot.
func dailyAt(slot time.Time) v1alpha1.Trigger {
	number := func(n int) *intstr.IntOrString { return new(intstr.FromInt32(int32(n))) }
	hour, minute, second := slot.UTC().Clock()
	return v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{
		TimeZone: "Etc/UTC",
		Cron:     &v1alpha1.CronTrigger{Hour: number(hour), Minute: number(minute), Second: number(second)},
	}}
}

// everySecond is a trigger with a slot each second.
func everySecond() v1alpha1.Trigger {
	return v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{Second: new(intstr.FromString("*"))}}}
}

// podTask is a Task that runs the Pod. history is how many finished Pods it keeps; negative: the
// default number.
func podTask(i int, trigger v1alpha1.Trigger, history int) *v1alpha1.Task {
	task := &v1alpha1.Task{
		ObjectMeta: metav1.ObjectMeta{Namespace: rig.Namespace, Name: fmt.Sprintf("task-%06d", i)},
		Spec:       v1alpha1.TaskSpec{Trigger: trigger, Action: v1alpha1.Action{Pod: &v1alpha1.PodAction{Template: podTemplate()}}},
	}
	if history >= 0 {
		task.Spec.History = &v1alpha1.History{Succeeded: new(int32(history)), Failed: new(int32(history))}
	}
	return task
}

// handlerTask is a Task that calls the handler log, whose lines are not shown.
func handlerTask(i int) *v1alpha1.Task {
	return &v1alpha1.Task{
		ObjectMeta: metav1.ObjectMeta{Namespace: rig.Namespace, Name: fmt.Sprintf("task-%06d", i)},
		Spec: v1alpha1.TaskSpec{
			Trigger: everySecond(),
			Action:  v1alpha1.Action{Handler: &v1alpha1.HandlerAction{Name: "log", Args: map[string]string{"message": "bench"}}},
		},
	}
}

// createTasks creates n Tasks, the first of which has the number first, and returns them.
func createTasks(ctx context.Context, c *rig.Cluster, first, n int, make func(i int) *v1alpha1.Task) ([]*v1alpha1.Task, error) {
	tasks := newTasks(n, func(i int) *v1alpha1.Task { return make(first + i) })
	err := inParallel(ctx, n, func(ctx context.Context, i int) error {
		if err := c.Client.Create(ctx, tasks[i]); err != nil {
			return fmt.Errorf("creating a Task: %w", err)
		}
		return nil
	})
	return tasks, err
}

func newTasks(n int, make func(i int) *v1alpha1.Task) []*v1alpha1.Task {
	var tasks []*v1alpha1.Task
	for i := range n {
		tasks = append(tasks, make(i))
	}
	return tasks
}

// render returns the Pod that Carillon creates for a slot of the Task.
func render(task *v1alpha1.Task, slot time.Time) *corev1.Pod {
	key := model.Key{Namespace: task.Namespace, Name: task.Name, UID: string(task.UID)}
	run := model.Run{Source: model.SourceScheduled, Slot: slot, Due: slot, Attempt: 1, Nonce: "0123456789abcdef"}
	run.Name = model.AttemptName(key, run.Ref(), run.Attempt, run.Nonce)
	return pod.Render(pod.Request{Key: key, Scheduler: "default", Template: &task.Spec.Action.Pod.Template, Run: run, Start: slot})
}

// cronJob is a CronJob that runs the Pod. history is as in podTask.
func cronJob(i int, slot time.Time, history int) *batchv1.CronJob {
	hour, minute, _ := slot.UTC().Clock()
	job := &batchv1.CronJob{
		ObjectMeta: metav1.ObjectMeta{Namespace: rig.Namespace, Name: fmt.Sprintf("cronjob-%06d", i)},
		Spec: batchv1.CronJobSpec{
			Schedule: fmt.Sprintf("%d %d * * *", minute, hour), TimeZone: new("Etc/UTC"),
			JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: podTemplate(), BackoffLimit: new(int32(0))}},
		},
	}
	if history >= 0 {
		job.Spec.SuccessfulJobsHistoryLimit, job.Spec.FailedJobsHistoryLimit = new(int32(history)), new(int32(history))
	}
	return job
}
