package translate

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
	"github.com/carillon-dev/carillon/internal/store/status"
	"github.com/carillon-dev/carillon/internal/testutil/objects"
)

// panicky is a registry whose data make the translation panic.
type panicky struct{ handlers }

func (panicky) Exists(string, string) bool { panic("index out of range") }

// E2: a Task whose translation panics is Stalled with a reason that says so. Nothing is
// decided for it, and the record stays.
func TestE2_TaskThatCannotBeTranslatedIsStalled(t *testing.T) {
	t.Parallel()
	for name, recorded := range map[string]bool{"new": false, "known": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := objects.MakeTask(func(task *v1alpha1.Task) {
				task.Annotations = map[string]string{v1alpha1.AnnotationRunRequestedAt: "now", v1alpha1.AnnotationCancelRequestedAt: "all"}
			})
			now := time.Date(2026, 1, 5, 12, 30, 0, 0, time.UTC)
			before := model.Record{}
			if recorded {
				good := Translate(task, objects.MakeScheduler(), env("log"))
				good.Request, good.Cancel = "", ""
				before = decide.Decide(decide.Input{Task: good, Now: now}).Record
				before.Active = nil
			}
			var counted []recovery.Operation
			broken := Options{Handlers: panicky{}, MaxWorkers: 20}
			broken.Recover.Panicked = func(operation recovery.Operation) { counted = append(counted, operation) }
			snap := Snapshot(task, objects.MakeScheduler(), broken)
			if len(counted) != 1 || counted[0] != recovery.OperationTranslate {
				t.Errorf("counted %v, want one translation", counted)
			}
			snap.Task = untranslated(task, before, env(), &recovery.PanicError{Value: "index out of range"})
			dec := decide.Decide(decide.Input{Task: snap.Task, Record: before, Now: now.Add(2 * time.Hour)})
			got := dec.Record
			if got.State != model.Stalled || got.StateReason != v1alpha1.ReasonInternalError || !strings.Contains(got.StateMessage, "index out of range") {
				t.Errorf("state %s, %s: %s; want Stalled with the panic", got.State, got.StateReason, got.StateMessage)
			}
			if got.DecidedThrough != before.DecidedThrough || got.Trigger != before.Trigger || got.Request != "" || len(got.Active) > 0 {
				t.Errorf("something was decided: %+v", got)
			}
			if got.Cancel != "all" {
				t.Errorf("the request to cancel its runs is handled as %q", got.Cancel)
			}
			if recorded && got.Settings != before.Settings {
				t.Errorf("settings %+v, want them kept: %+v", got.Settings, before.Settings)
			}
			status := status.Encode(snap.Task, got)
			if *status.Effective.MaxInstances != 1 || *status.Effective.OverlapPolicy == "" || *status.Effective.Executor == "" {
				t.Errorf("effective %+v, want what the schema admits", status.Effective)
			}
		})
	}
}

// E2: a run whose Pod is about to be created is created although the Task cannot be
// translated any more.
func TestE2_UntranslatedTaskKeepsItsTemplate(t *testing.T) {
	t.Parallel()
	task := objects.MakeTask(func(task *v1alpha1.Task) {
		task.Spec.Action = v1alpha1.Action{Pod: &v1alpha1.PodAction{Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "report"}},
		}}}
	})
	got := untranslated(task, model.Record{}, env(), &recovery.PanicError{Value: "x"})
	if got.InProcess || got.Executor != v1alpha1.ExecutorPods || got.Payload == nil {
		t.Errorf("got %+v, want a Task with a Pod", got)
	}
}
