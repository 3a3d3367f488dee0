package gitops_test

import (
	"testing"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A3: what waits by kstatus sees a Task as people do.
func TestA3_KStatus(t *testing.T) {
	t.Parallel()
	for name, tc := range situations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkStatus(t, tc.object(t).Object, tc.wantStatus)
		})
	}
}

func TestA3_KStatusOfASchedulerThatIsStalled(t *testing.T) {
	t.Parallel()
	obj := map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": "Scheduler", "metadata": map[string]any{"name": "s", "generation": int64(2)},
	}
	obj["status"] = plain(t, v1alpha1.SchedulerStatus{ObservedGeneration: 2, Conditions: []metav1.Condition{
		{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonInvalidTimeZone},
		{Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonInvalidTimeZone},
	}})
	checkStatus(t, obj, "Failed")
}

func checkStatus(t *testing.T, obj map[string]any, want string) {
	t.Helper()
	got, err := status.Compute(unstructuredOf(obj))
	if err != nil || got.Status.String() != want {
		t.Errorf("kstatus says %v, %v, want %s", got, err, want)
	}
}
