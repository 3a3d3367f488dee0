package run

import (
	"cmp"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
)

// request is a run that was asked for, and what has been seen of it.
type request struct {
	namespace, name string
	value           string

	// before are the manual runs that had ended when it was asked for, by their times.
	before map[metav1.Time]bool
	// slot is the run's time, once it has been seen in active.
	slot *metav1.Time
	// pod is that of its newest attempt, if it has one.
	pod string
}

func newRequest(task *v1alpha1.Task, value string) *request {
	r := &request{namespace: task.Namespace, name: task.Name, value: value, before: map[metav1.Time]bool{}}
	for i := range task.Status.RecentRuns {
		if run := &task.Status.RecentRuns[i]; run.Source == v1alpha1.SourceManual {
			r.before[run.ScheduledTime] = true
		}
	}
	return r
}

// observe looks at the Task, and returns the run's outcome once it has one.
func (r *request) observe(task *v1alpha1.Task) *v1alpha1.RecentRun {
	for i := range task.Status.Active {
		if run := &task.Status.Active[i]; run.Request == r.value {
			r.slot = &run.ScheduledTime
			r.pod = cmp.Or(run.PodName, r.pod)
			return nil
		}
	}
	if r.slot == nil && task.Status.LastHandledRunRequest != r.value {
		return nil
	}
	for i := range task.Status.RecentRuns {
		run := &task.Status.RecentRuns[i]
		if run.Source == v1alpha1.SourceManual && r.meant(run) {
			r.pod = cmp.Or(run.PodName, r.pod)
			return run
		}
	}
	return nil
}

// find takes the Pod of the newest attempt from the Task's, newest first. The record names
// it too, but later.
func (r *request) find(pods []kube.RunPod) {
	for i := range pods {
		if pods[i].Annotations[v1alpha1.AnnotationRequest] == r.value {
			r.pod = pods[i].Name
			return
		}
	}
}

// meant reports whether a finished manual run is this one. One that was never seen to be
// active is the newest that was not there before.
func (r *request) meant(run *v1alpha1.RecentRun) bool {
	if r.slot != nil {
		return run.ScheduledTime.Equal(r.slot)
	}
	return !r.before[run.ScheduledTime]
}
