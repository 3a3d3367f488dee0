package scheduler

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// What is rendered from what was rendered is the same: nothing is written unless
// something has happened.
func TestRenderIsStable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spec        v1alpha1.SchedulerSpec
		wantState   v1alpha1.SchedulerState
		wantReady   metav1.ConditionStatus
		wantStalled bool
	}{
		"running":    {wantState: v1alpha1.SchedulerRunning, wantReady: metav1.ConditionTrue},
		"paused":     {spec: v1alpha1.SchedulerSpec{Paused: true}, wantState: v1alpha1.SchedulerPaused, wantReady: metav1.ConditionTrue},
		"a bad zone": {spec: v1alpha1.SchedulerSpec{TimeZone: "Europe/Berln"}, wantState: v1alpha1.SchedulerRunning, wantReady: metav1.ConditionFalse, wantStalled: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sched := &v1alpha1.Scheduler{ObjectMeta: metav1.ObjectMeta{Generation: 2}, Spec: tc.spec}
			first := time.Unix(1e9, 5)
			sched.Status = render(sched, v1alpha1.TaskCounts{Total: 3}, "me", first)
			again := render(sched, v1alpha1.TaskCounts{Total: 3}, "me", first.Add(time.Hour))
			if diff := cmp.Diff(sched.Status, again); diff != "" {
				t.Errorf("an hour later (-first +again):\n%s", diff)
			}
			if again.State != tc.wantState {
				t.Errorf("state %s, want %s", again.State, tc.wantState)
			}
			got := map[string]metav1.ConditionStatus{}
			for _, c := range again.Conditions {
				got[c.Type] = c.Status
			}
			want := map[string]metav1.ConditionStatus{v1alpha1.ConditionReady: tc.wantReady}
			if tc.wantStalled {
				want[v1alpha1.ConditionStalled] = metav1.ConditionTrue
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRenderRemovesStalledOnceTheZoneIsRight(t *testing.T) {
	t.Parallel()
	sched := &v1alpha1.Scheduler{Spec: v1alpha1.SchedulerSpec{TimeZone: "Europe/Berln"}}
	sched.Status = render(sched, v1alpha1.TaskCounts{}, "me", time.Unix(1e9, 0))
	sched.Spec.TimeZone = "Europe/Berlin"
	status := render(sched, v1alpha1.TaskCounts{}, "me", time.Unix(2e9, 0))
	if len(status.Conditions) != 1 || status.Conditions[0].Status != metav1.ConditionTrue {
		t.Errorf("conditions %+v, want Ready alone", status.Conditions)
	}
	if got := status.Conditions[0].LastTransitionTime.Unix(); got != 2e9 {
		t.Errorf("ready since %d, want the repair", got)
	}
}
