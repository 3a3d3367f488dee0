package cli

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The newest warning about a run's Pod is read, not one of another Pod, and not what is
// no warning.
func TestExplainReadsTheEventsOfTheRunsPod(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	makeTask(t, ns, "report", daily, `
  observedGeneration: 1
  state: Scheduled
  active: [{source: Scheduled, scheduledTime: `+from(-time.Minute)+`, attempt: 1, state: Starting, startTime: `+from(-time.Minute)+`, podName: report-1, message: 'container "main" waits: ContainerCreating'}]
  conditions: [{type: Ready, status: "True", reason: Scheduled, message: x, lastTransitionTime: `+from(-time.Hour)+`}]
`)
	now := time.Now()
	for name, event := range map[string]corev1.Event{
		"older":     {Type: "Warning", Reason: "FailedScheduling", Message: "no node", LastTimestamp: metav1.NewTime(now.Add(-time.Minute))},
		"newest":    {Type: "Warning", Reason: "FailedMount", Message: "configmap \"missing\"\x1b not\nfound", LastTimestamp: metav1.NewTime(now.Add(-time.Second))},
		"ordinary":  {Type: "Normal", Reason: "Pulled", Message: "pulled", LastTimestamp: metav1.NewTime(now)},
		"another's": {Type: "Warning", Reason: "BackOff", Message: "another", LastTimestamp: metav1.NewTime(now), InvolvedObject: corev1.ObjectReference{Name: "report-2"}},
	} {
		event.ObjectMeta = metav1.ObjectMeta{Namespace: ns, Name: strings.ReplaceAll(name, "'", "")}
		event.InvolvedObject.Kind, event.InvolvedObject.Namespace, event.InvolvedObject.APIVersion = "Pod", ns, "v1"
		if event.InvolvedObject.Name == "" {
			event.InvolvedObject.Name = "report-1"
		}
		if err := admin.Create(t.Context(), &event); err != nil {
			t.Fatal(err)
		}
	}
	stdout, _ := mustRun(t, ns, "explain", "report")
	if want := `: FailedMount: configmap "missing" not found`; !strings.Contains(stdout, want) {
		t.Errorf("it says\n%s\nand not %s", stdout, want)
	}
}
