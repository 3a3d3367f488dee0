// Package gitops_test holds what others read of a Task against their own code: kstatus,
// by which Flux and Helm wait, and the Lua by which Argo CD tells the health.
package gitops_test

import (
	"testing"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/store/status"
	"github.com/carillon-dev/carillon/internal/translate"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
)

// noon is when the Tasks of these tests come into being.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// situation is what a Task is in.
type situation struct {
	task  func(*v1alpha1.Task)
	sched func(*v1alpha1.Scheduler)
	// unseen: the manager has not looked at the newest spec.
	unseen bool
	// fails: the run of 13:00 fails.
	fails bool

	wantStatus, wantHealth string
}

var situations = map[string]situation{
	"scheduled":                   {wantStatus: "Current", wantHealth: "Healthy"},
	"a run has failed":            {fails: true, wantStatus: "Current", wantHealth: "Healthy"},
	"paused":                      {task: func(t *v1alpha1.Task) { t.Spec.Paused = true }, wantStatus: "Current", wantHealth: "Suspended"},
	"the Scheduler is paused":     {sched: func(s *v1alpha1.Scheduler) { s.Spec.Paused = true }, wantStatus: "Current", wantHealth: "Suspended"},
	"completed":                   {task: func(t *v1alpha1.Task) { t.Spec.Trigger.EndAt = "2026-11-20T12:30:00Z" }, wantStatus: "Current", wantHealth: "Healthy"},
	"waits for the end":           {task: atShutdown, wantStatus: "Current", wantHealth: "Healthy"},
	"an edit has not been seen":   {unseen: true, wantStatus: "InProgress", wantHealth: "Progressing"},
	"the schedule cannot be read": {task: func(t *v1alpha1.Task) { t.Spec.Trigger.Schedule = "60 * * * *" }, wantStatus: "Failed", wantHealth: "Degraded"},
	"the executor is missing":     {task: func(t *v1alpha1.Task) { t.Spec.Executor = "gpu" }, wantStatus: "Failed", wantHealth: "Degraded"},
}

func atShutdown(t *v1alpha1.Task) {
	t.Spec.Trigger = v1alpha1.Trigger{Shutdown: &v1alpha1.ShutdownTrigger{}}
}

type noHandlers struct{}

func (noHandlers) Exists(string, string) bool { return true }
func (noHandlers) Names(string) []string      { return nil }

// object is the Task as the API server shows it after the manager has dealt with it.
func (s situation) object(t *testing.T) *unstructured.Unstructured {
	t.Helper()
	obj := &v1alpha1.Task{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "Task"},
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "task", UID: "uid", Generation: 3, CreationTimestamp: metav1.NewTime(noon)},
		Spec: v1alpha1.TaskSpec{
			Trigger: v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{Schedule: "@hourly"}},
			Action:  v1alpha1.Action{Handler: &v1alpha1.HandlerAction{Name: "log"}},
		},
	}
	sched := &v1alpha1.Scheduler{}
	if s.task != nil {
		s.task(obj)
	}
	if s.sched != nil {
		s.sched(sched)
	}
	asked := translate.Translate(obj, sched, translate.Options{Handlers: noHandlers{}, MaxWorkers: 20})
	var rec model.Record
	for _, now := range []time.Time{noon, noon.Add(time.Hour)} {
		rec = decide.Decide(decide.Input{Task: asked, Record: rec, Now: now, Holder: "manager"}).Record
	}
	if s.fails {
		run := rec.Active[0]
		rec = decide.Decide(decide.Input{Task: asked, Record: rec, Now: noon.Add(2 * time.Minute), Holder: "manager", Observations: []model.Observation{{
			Run: run.Ref(), Attempt: 1, Phase: model.PhaseFinished, Outcome: model.Failed, Reason: v1alpha1.ReasonFailed, Message: "no",
		}}}).Record
	}
	if s.unseen {
		obj.Generation++
	}
	return withStatus(t, obj, status.Encode(asked, rec))
}

// withStatus is an object in the form in which it goes over the wire.
func withStatus(t *testing.T, obj, status any) *unstructured.Unstructured {
	t.Helper()
	whole := &unstructured.Unstructured{Object: plain(t, obj)}
	whole.Object["status"] = plain(t, status)
	return whole
}

func plain(t *testing.T, value any) (out map[string]any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
