package cli

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// lease has a manager hold it in a namespace.
func lease(t *testing.T, namespace, holder string, renewed time.Time) {
	t.Helper()
	made := &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "carillon-manager"},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &holder, LeaseDurationSeconds: new(int32(15)), RenewTime: &metav1.MicroTime{Time: renewed}},
	}
	if err := admin.Create(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := admin.Delete(context.WithoutCancel(t.Context()), made); err != nil {
			t.Error(err)
		}
	})
}

// checks are the states of the checks by their names.
func checks(t *testing.T, stdout string) map[string]string {
	t.Helper()
	var answer struct {
		Findings []struct{ Check, Status, Found string }
	}
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range answer.Findings {
		found[f.Check] = f.Status
	}
	return found
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	_, stderr, status := inCluster(t, ns, "doctor", "--manager-namespace", ns)
	if status != 1 || stderr != "error: 1 check failed\n" {
		t.Errorf("without a manager: status %d, said %q", status, stderr)
	}
	lease(t, ns, "manager-1", present.Add(-5*time.Second))
	makeTask(t, ns, "report", daily, "  {observedGeneration: 1, state: Stalled}")
	stdout, _ := mustRun(t, ns, "doctor", "--manager-namespace", ns, "-o", "json")
	for check, want := range map[string]string{"kinds": "OK", "manager": "OK", "permissions": "OK", "Tasks": "OK", "stalled Tasks": "WARN", "late Tasks": "OK", "names": "OK", "clock": "WARN"} {
		if got := checks(t, stdout)[check]; got != want {
			t.Errorf("%s: %s, want %s in\n%s", check, got, want, stdout)
		}
	}
	stdout, stderr, status = inCluster(t, ns, "doctor", "--manager-namespace", ns, "--strict")
	if status != 1 || stderr != "error: 2 checks found something to look at\n" {
		t.Errorf("strictly: status %d, said %q", status, stderr)
	}
	for _, want := range []string{"OK       manager                manager-1 acts, and renewed its lease in " + ns + " 5s ago", "WARN     stalled Tasks          1 Task is stalled: " + ns + "/report", "\nstalled Tasks: their condition Stalled says what to change: kubectl carillon explain TASK.\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

// A manager outside the cluster keeps its lease in kube-system, and one in the cluster in any namespace:
// both are found unasked.
func TestDoctorOfAManagerOutsideTheCluster(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	lease(t, ns, "somewhere", present.Add(-time.Second)) // later than those of other tests
	stdout, _, _ := inCluster(t, ns, "doctor")
	if want := "somewhere acts, and renewed its lease in " + ns + " 1s ago"; !strings.Contains(stdout, want) {
		t.Errorf("no %q in\n%s", want, stdout)
	}
	stdout, _, _ = inCluster(t, ns, "doctor", "--manager-namespace=default")
	if want := "there is no lease in namespace default; somewhere acts, and has its lease in " + ns; !strings.Contains(stdout, want) {
		t.Errorf("no %q in\n%s", want, stdout)
	}
	lease(t, "kube-system", "laptop", present.Add(-5*time.Second))
	stdout, _, _ = inCluster(t, ns, "doctor")
	if want := "laptop acts, and renewed its lease in kube-system 5s ago"; !strings.Contains(stdout, want) {
		t.Errorf("no %q in\n%s", want, stdout)
	}
}

// A manager without leader election has no lease: the Schedulers say that it serves them.
func TestDoctorOfAManagerWithoutALease(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	create[v1alpha1.Scheduler](t, ns, "apiVersion: carillon.dev/v1alpha1\nkind: Scheduler\nmetadata: {name: default}\nstatus: {holder: desk}\n")
	stdout, _, status := inCluster(t, ns, "doctor", "--manager-namespace", ns)
	if want := "there is no lease in namespace " + ns; status != 1 || !strings.Contains(stdout, want) {
		t.Errorf("where nothing has run for long: status %d, no %q in\n%s", status, want, stdout)
	}
	makeTask(t, ns, "recent", daily, "  {observedGeneration: 1, state: Scheduled, nextRunTime: "+from(time.Hour)+
		", recentRuns: [{scheduledTime: "+from(-time.Minute)+", source: Scheduled, outcome: Succeeded, reason: Succeeded, finishTime: "+from(-time.Minute)+"}]"+
		", conditions: [{type: Ready, status: \"True\", reason: Scheduled, message: m, lastTransitionTime: "+from(-time.Hour)+"}]}")
	stdout, stderr := mustRun(t, ns, "doctor", "--manager-namespace", ns)
	if want := "desk serves the Schedulers without a lease"; !strings.Contains(stdout, want) {
		t.Errorf("no %q in\n%s%s", want, stdout, stderr)
	}
	makeTask(t, ns, "report", daily, "  {observedGeneration: 1, state: Scheduled, nextRunTime: "+from(-time.Hour)+
		", conditions: [{type: Ready, status: \"True\", reason: Scheduled, message: m, lastTransitionTime: "+from(-time.Hour)+"}]}")
	stdout, _, status = inCluster(t, ns, "doctor", "--manager-namespace", ns)
	if want := "there is no lease in namespace " + ns; status != 1 || !strings.Contains(stdout, want) {
		t.Errorf("with an overdue slot: status %d, no %q in\n%s", status, want, stdout)
	}
}

func TestDoctorOfAManagerThatIsGone(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	lease(t, ns, "manager-1", present.Add(-time.Minute))
	stdout, _, status := inCluster(t, ns, "doctor", "--manager-namespace", ns)
	if want := "FAIL     manager                manager-1 held the lease and has not renewed it for 60s"; status != 1 || !strings.Contains(stdout, want) {
		t.Errorf("status %d, no %q in\n%s", status, want, stdout)
	}
}

// Who may do nothing is told so, check by check.
func TestDoctorWithoutRights(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	stdout, stderr, status := inCluster(t, ns, "doctor", "--as=nobody", "-o=json")
	found := checks(t, stdout)
	if status != 0 || found["permissions"] != "WARN" || found["manager"] != "SKIP" || found["Tasks"] != "SKIP" {
		t.Errorf("status %d, %v: %s", status, found, stderr)
	}
}

func TestExplainCommand(t *testing.T) {
	t.Parallel()
	ns := population(t)
	stdout, _ := mustRun(t, ns, "explain", "report", "--at", "09:00")
	want := "The run of 2026-03-06T09:00:00+01:00 (4h ago) failed.\nIt started 3s after its slot and took 2 attempts.\nIt also stands for 1 older slot.\n" +
		"The call returned an error, or a status that is not expected.\nThe record says: status 503\n"
	if stdout != want {
		t.Errorf("said\n%s", stdout)
	}
	stdout, _ = mustRun(t, ns, "why", "held", "-o", "yaml", "--manager-namespace", ns)
	if !strings.Contains(stdout, "verdict: Paused\n") || !strings.Contains(stdout, "reason: Paused\n") {
		t.Errorf("as YAML:\n%s", stdout)
	}
}
