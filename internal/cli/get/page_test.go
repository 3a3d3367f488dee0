package get

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// expensivePage is that of a Task whose slots cannot be found within the steps that a trigger may cost.
func expensivePage() *page {
	now := time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC)
	even := &v1alpha1.CronTrigger{Second: new(intstr.FromString("*")), Minute: new(intstr.FromString("*/2")), Hour: new(intstr.FromString("0-22"))}
	return newPage(&v1alpha1.Task{
		ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "bad", CreationTimestamp: metav1.NewTime(now)},
		Spec:       v1alpha1.TaskSpec{Trigger: v1alpha1.Trigger{AllOf: []v1alpha1.SimpleTrigger{{Cron: even}, {Cron: even, TimeZone: "Asia/Kathmandu"}}}},
		Status:     v1alpha1.TaskStatus{State: v1alpha1.TaskScheduled},
	}, nil, now)
}

func TestPage_TriggerTooExpensive(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := expensivePage().write(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if want := "  not known after that: spec.trigger.allOf: it takes too long"; !strings.Contains(out.String(), want) {
		t.Errorf("the page is\n%s\nwithout %q", out.String(), want)
	}
}

func TestPage_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := expensivePage().write(ctx, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}
