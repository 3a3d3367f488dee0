package status

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	ac "github.com/carillon-dev/carillon/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/testutil/objects"
)

// roomFor is an API server that has room for so many bytes of status, and the status that
// it holds.
type roomFor struct {
	client.Client
	room   int
	tries  int
	status []byte
}

func newRoom(t *testing.T, room int, task *v1alpha1.Task) *roomFor {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	r := &roomFor{room: room}
	r.Client = fake.NewClientBuilder().WithScheme(scheme).WithObjects(task).WithInterceptorFuncs(interceptor.Funcs{
		SubResourceApply: func(_ context.Context, _ client.Client, _ string, obj runtime.ApplyConfiguration, _ ...client.SubResourceApplyOption) error {
			r.tries++
			apply, ok := obj.(*ac.TaskApplyConfiguration)
			if !ok {
				t.Fatalf("a %T is applied", obj)
			}
			status, err := json.Marshal(apply.Status)
			if err != nil {
				t.Fatal(err)
			}
			if len(status) > r.room {
				return apierrors.NewInternalError(errors.New("etcdserver: request is too large"))
			}
			r.status = status
			return nil
		},
	}).Build()
	return r
}

// large is a record with long texts.
func large() model.Record {
	start := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	long := strings.Repeat("a", 900)
	rec := model.Record{
		State: model.Scheduled, StateReason: "Scheduled", StateMessage: long, DecidedThrough: start, Trigger: "v1-hash", TriggerSince: start,
		Active: []model.Run{{Source: model.SourceScheduled, Slot: start, Due: start, Attempt: 1, State: model.Running, Name: "pod-1", Message: long}},
		Last:   &model.LastRun{Reason: "Failed", Message: long, Since: start},
	}
	for range model.MaxRecent {
		rec.Recent = append(rec.Recent, model.Result{Slot: start, Source: model.SourceScheduled, Outcome: model.Failed, Reason: "Failed", Message: long})
	}
	return rec
}

func TestA8_ARecordIsShortenedToFit(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		room       int
		wantTries  int
		wantRecent int
		wantErr    error
	}{
		"it fits":                      {room: 100_000, wantTries: 1, wantRecent: 10},
		"history is shortened":         {room: 4000, wantTries: 2, wantRecent: 3},
		"history is left out":          {room: 2000, wantTries: 3, wantRecent: 0},
		"what runs cannot be left out": {room: 600, wantTries: 3, wantErr: model.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			object := objects.MakeTask()
			api := newRoom(t, tc.room, object)
			var problems []*model.Problem
			store := &Store{Client: api, Live: api, Oversized: &Oversized{}, ReportOversized: func(_ model.Task, problem *model.Problem) {
				problems = append(problems, problem)
			}}
			_, err := store.Save(t.Context(), model.Task{Key: KeyOf(object)}, large(), "12")
			if !errors.Is(err, tc.wantErr) || api.tries != tc.wantTries {
				t.Fatalf("error %v after %d tries, want %v after %d", err, api.tries, tc.wantErr, tc.wantTries)
			}
			if tc.wantErr != nil {
				if api.status != nil || len(problems) != 1 || problems[0].Reason != v1alpha1.ReasonRecordTooLarge {
					t.Errorf("the status is %s, and the problems are %+v", api.status, problems)
				}
				return
			}
			var status v1alpha1.TaskStatus
			if err := json.Unmarshal(api.status, &status); err != nil {
				t.Fatal(err)
			}
			rec := Decode(&v1alpha1.Task{Status: status})
			if len(rec.Recent) != tc.wantRecent || len(rec.Active) != 1 || !rec.Active[0].Slot.Equal(large().DecidedThrough) ||
				!rec.DecidedThrough.Equal(large().DecidedThrough) || rec.Trigger != "v1-hash" || len(problems) != 0 {
				t.Errorf("the record is %+v, with %d problems", rec, len(problems))
			}
		})
	}
}

func TestE1_ATaskWhoseRecordDoesNotFitIsStalledUntilItIsSmaller(t *testing.T) {
	t.Parallel()
	object := objects.MakeTask(func(task *v1alpha1.Task) {
		task.Spec.Action.Handler.Args = map[string]string{"a": strings.Repeat("b", 5000)}
	})
	api := newRoom(t, 10, object)
	oversized := &Oversized{}
	store := &Store{Client: api, Live: api, Oversized: oversized}
	_, err := store.Save(t.Context(), model.Task{Key: KeyOf(object)}, large(), "12")
	if !errors.Is(err, model.ErrTooLarge) {
		t.Fatalf("error %v, want %v", err, model.ErrTooLarge)
	}
	problem := oversized.ProblemOf
	if got := problem(object); got == nil || got.Reason != v1alpha1.ReasonRecordTooLarge ||
		!strings.Contains(got.Message, "5") || !strings.Contains(got.Message, "request is too large") || strings.Contains(got.Message, "writing the status") {
		t.Errorf("the problem is %+v, want the size and the API server's words", got)
	}
	if got := problem(objects.MakeTask(func(task *v1alpha1.Task) { task.UID = "another" })); got != nil {
		t.Errorf("another Task: %+v", got)
	}
	// What controllers write into the object does not count as a smaller Task.
	seen := object.DeepCopy()
	seen.ResourceVersion, seen.ManagedFields = "", nil
	seen.Status.State = v1alpha1.TaskStalled
	if problem(seen) == nil {
		t.Error("a change of the status alone ends it")
	}
	smaller := object.DeepCopy()
	smaller.Spec.Action.Handler.Args = nil
	if got := problem(smaller); got != nil {
		t.Errorf("after the Task has become smaller: %+v", got)
	}
}

func TestErrorsOfSize(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err  error
		want bool
	}{
		"none":           {},
		"the API server": {apierrors.NewRequestEntityTooLargeError("limit is 3145728"), true},
		"etcd":           {apierrors.NewInternalError(errors.New("etcdserver: request is too large")), true},
		"the client of etcd": {
			apierrors.NewInternalError(errors.New("rpc error: code = ResourceExhausted desc = trying to send message larger than max (2107000 vs. 2097152)")), true,
		},
		"another one": {apierrors.NewInternalError(errors.New("etcdserver: leader changed")), false},
		"a conflict":  {&apierrors.StatusError{ErrStatus: metav1.Status{Reason: metav1.StatusReasonConflict, Code: 409}}, false},
	} {
		if got := isTooLarge(tc.err); got != tc.want {
			t.Errorf("%s: %t, want %t", name, got, tc.want)
		}
	}
}
