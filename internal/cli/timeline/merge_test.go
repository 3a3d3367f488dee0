package timeline

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

var present = time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC)

// makeTask returns a Task with a trigger.
func makeTask(name string, trigger v1alpha1.Trigger) v1alpha1.Task {
	return v1alpha1.Task{
		ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name, UID: "u", CreationTimestamp: metav1.NewTime(present.Add(-time.Hour))},
		Spec:       v1alpha1.TaskSpec{Trigger: trigger},
		Status:     v1alpha1.TaskStatus{State: v1alpha1.TaskScheduled},
	}
}

// expensive is a trigger whose slots cannot be found within the steps that a trigger may cost.
func expensive() v1alpha1.Trigger {
	even := &v1alpha1.CronTrigger{Second: new(intstr.FromString("*")), Minute: new(intstr.FromString("*/2")), Hour: new(intstr.FromString("0-22"))}
	return v1alpha1.Trigger{AllOf: []v1alpha1.SimpleTrigger{{Cron: even}, {Cron: even, TimeZone: "Asia/Kathmandu"}}}
}

// A Task whose slots are not known does not keep the others from being shown.
func TestMerge_TriggerTooExpensive(t *testing.T) {
	t.Parallel()
	tasks := []v1alpha1.Task{makeTask("bad", expensive()), makeTask("good", v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{Schedule: "@hourly"}})}
	found, err := merge(t.Context(), tasks, nil, window{from: present, to: present.Add(90 * time.Minute), now: present}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Runs) != 2 || found.Runs[0].Task != "good" {
		t.Errorf("runs %+v, want the two of the other Task", found.Runs)
	}
	if diff := cmp.Diff([]silent{{"n", "bad", v1alpha1.ReasonTriggerTooExpensive}}, found.Silent); diff != "" {
		t.Errorf("silent (-want +got):\n%s", diff)
	}
}

func TestMerge_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := merge(ctx, []v1alpha1.Task{makeTask("bad", expensive())}, nil, window{from: present, to: present.Add(time.Hour), now: present}, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}
