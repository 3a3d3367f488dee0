package e2e_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// loadTasks is how many Tasks there are under load.
	loadTasks = 300
	// loadInterval is the time between their slots, which they all share.
	loadInterval = 10 * time.Second
	// loadDuration is how long they run.
	loadDuration = 2 * time.Minute
)

var _ = Describe("A manager under load", func() {
	It("decides all slots of 300 Tasks every 10 s for 2 minutes", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		manager := startManager()
		manager.awaitReady(ctx)
		manager.awaitLead(ctx)
		for i := range loadTasks {
			Expect(env.client.Create(ctx, loadTask(namespace, i))).To(Succeed())
		}
		begun, before, used := time.Now(), manager.figures(ctx), manager.cpuTime()
		until(ctx, begun.Add(loadDuration))
		after, lasted := manager.figures(ctx), time.Since(begun)
		used = manager.cpuTime() - used

		for _, t := range loadStatuses(ctx, namespace) {
			Expect(accounted(&t)).To(Equal(slotsDecided(&t, loadInterval)), "slots of %s", t.Name)
			Expect(counts(&t)).To(And(
				HaveField("Succeeded", BeNumerically(">=", int64(loadDuration/loadInterval)-1)),
				HaveField("Failed", BeZero()), HaveField("Missed", BeZero()), HaveField("Skipped", BeZero()), HaveField("Coalesced", BeZero())), t.Name)
		}

		runs := after.sum("carillon_runs_total", "result", "succeeded") - before.sum("carillon_runs_total", "result", "succeeded")
		writes := after.sum("carillon_api_writes_total") - before.sum("carillon_api_writes_total")
		Expect(runs).To(BeNumerically(">", 0))
		report(fmt.Sprintf("%d Tasks every %s with handlers, for %s", loadTasks, loadInterval, lasted.Round(time.Second)), fmt.Sprintf(
			"%.0f runs; the manager used %.1f %% of a core, %s of memory (%s at most); %.0f API writes (%.2f a run); start after the slot: %s",
			runs, 100*used.Seconds()/lasted.Seconds(), manager.memory("VmRSS"), manager.memory("VmHWM"),
			writes, writes/runs, after.distribution("carillon_schedule_delay_seconds")))
	}, SpecTimeout(4*time.Minute))
})

func loadTask(namespace string, number int) *v1alpha1.Task {
	second := intstr.FromString(fmt.Sprintf("*/%d", int(loadInterval.Seconds())))
	return &v1alpha1.Task{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("load-%03d", number)},
		Spec: v1alpha1.TaskSpec{
			Trigger: v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{Second: &second}}},
			Action:  v1alpha1.Action{Handler: &v1alpha1.HandlerAction{Name: "log", Args: map[string]string{"message": "load"}}},
		},
	}
}

func loadStatuses(ctx context.Context, namespace string) []v1alpha1.Task {
	GinkgoHelper()
	list := &v1alpha1.TaskList{}
	Expect(env.client.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
	Expect(list.Items).To(HaveLen(loadTasks))
	return list.Items
}

// slotsDecided returns how many slots at multiples of an interval lie between the
// creation of a Task, included, and its next one.
func slotsDecided(t *v1alpha1.Task, interval time.Duration) int64 {
	first := t.CreationTimestamp.Truncate(interval)
	if first.Before(t.CreationTimestamp.Time) {
		first = first.Add(interval)
	}
	return int64(t.Status.NextRunTime.Sub(first) / interval)
}

// clockTicks is how many ticks of /proc/PID/stat make a second: it is so on all
// architectures of Linux that Go knows.
const clockTicks = 100

// cpuTime returns how much processor time the manager has used.
func (m *managerProcess) cpuTime() time.Duration {
	GinkgoHelper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", m.pid()))
	Expect(err).NotTo(HaveOccurred())
	// The second field is the program's name in parentheses and may hold anything.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	const user, system = 14 - 3, 15 - 3
	var ticks int64
	for _, field := range []string{fields[user], fields[system]} {
		n, err := strconv.ParseInt(field, 10, 64)
		Expect(err).NotTo(HaveOccurred())
		ticks += n
	}
	return time.Duration(ticks) * time.Second / clockTicks
}

// memory returns a line of /proc/PID/status, such as VmRSS.
func (m *managerProcess) memory(name string) string {
	GinkgoHelper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.pid()))
	Expect(err).NotTo(HaveOccurred())
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	Fail("no " + name + " in\n" + string(status))
	return ""
}
