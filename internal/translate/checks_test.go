package translate

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/testutil/objects"
)

// verdicts are Checks that know the verdict of every template with a hash.
type verdicts map[string]payload.Verdict

func (verdicts) Ensure(model.Snapshot) {}
func (verdicts) Forget(model.Key)      {}
func (v verdicts) Verdict(_, actionHash string) (payload.Verdict, bool) {
	verdict, ok := v[actionHash]
	return verdict, ok
}

func TestA7_VerdictOfTheTemplate(t *testing.T) {
	t.Parallel()
	const quota, nowhere = "exceeded quota: none", `spec.containers[0].volumeMounts[0].name: Not found: "nowhere"`
	tests := map[string]struct {
		verdict     payload.Verdict
		wantState   model.State
		wantReason  string
		wantMessage string
		wantHash    bool
	}{
		"none yet": {wantState: model.Scheduled, wantReason: "Scheduled"},
		"accepted": {verdict: payload.Verdict{Accepted: true}, wantState: model.Scheduled, wantReason: "Scheduled", wantHash: true},
		"refused": {
			verdict: payload.Verdict{Refused: nowhere}, wantState: model.Stalled, wantReason: "InvalidAction",
			wantMessage: "spec.action.pod.template: the API server refuses the Pod: " + nowhere,
		},
		"refused for now": {
			verdict: payload.Verdict{Delayed: quota}, wantState: model.Scheduled, wantReason: "Scheduled",
			wantMessage: "spec.action.pod.template: the API server does not accept the Pod at the moment: " + quota,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := podTask()
			hash := Translate(task, objects.MakeScheduler(), env()).ActionHash
			known := verdicts{}
			if tc.verdict != (payload.Verdict{}) {
				known[hash] = tc.verdict
			}
			environment := env()
			environment.Checks = known
			got := Translate(task, objects.MakeScheduler(), environment)
			rec := decide.Decide(decide.Input{Task: got, Now: got.Created}).Record
			if rec.State != tc.wantState || rec.StateReason != tc.wantReason || !strings.Contains(rec.StateMessage, tc.wantMessage) {
				t.Errorf("%s/%s: %q, want %s/%s: %q", rec.State, rec.StateReason, rec.StateMessage, tc.wantState, tc.wantReason, tc.wantMessage)
			}
			if (rec.AcceptedAction == hash) != tc.wantHash {
				t.Errorf("the record has %q as accepted, the action is %s", rec.AcceptedAction, hash)
			}
		})
	}
}

// A7: a Task that was stalled before a restart stays so until its template is checked again.
func TestA7_RefusalOutlivesTheManager(t *testing.T) {
	t.Parallel()
	task := podTask()
	environment := env()
	known := verdicts{Translate(task, objects.MakeScheduler(), env()).ActionHash: {Refused: "no"}}
	environment.Checks = known
	refused := Translate(task, objects.MakeScheduler(), environment)
	task.Status = asWritten(t, refused, decide.Decide(decide.Input{Task: refused, Now: refused.Created}).Record)

	environment.Checks = verdicts{}
	if diff := cmp.Diff(refused.InvalidAction, Translate(task, objects.MakeScheduler(), environment).InvalidAction); diff != "" {
		t.Errorf("after a restart (-before +after):\n%s", diff)
	}
	task.Generation++
	task.Spec.Action.Pod.Template.Spec.Containers[0].Image = "registry.example/report:2"
	if got := Translate(task, objects.MakeScheduler(), environment).InvalidAction; got != nil {
		t.Errorf("an edited template that has not been checked is refused: %+v", got)
	}
}

// The contract has no slots for a Task whose action is invalid, whatever its kind.
func TestInvalidActionHasNoNextRun(t *testing.T) {
	t.Parallel()
	task := objects.MakeTask(func(task *v1alpha1.Task) {
		task.Spec.Action = v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{URL: "https://hooks.example", ExpectedStatus: "900"}}
	})
	got := Translate(task, objects.MakeScheduler(), env())
	rec := decide.Decide(decide.Input{Task: got, Now: got.Created.Add(time.Minute)}).Record
	if rec.State != model.Stalled || rec.StateReason != v1alpha1.ReasonInvalidAction || !rec.Next.IsZero() {
		t.Errorf("state %s/%s, next %v; want Stalled/InvalidAction and none", rec.State, rec.StateReason, rec.Next)
	}
}
