package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/testutil/manifests"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	// honestEvery is how often the honest Tasks run, and honestLimit how late they may be.
	honestEvery = 5 * time.Second
	honestLimit = time.Second
	// managerMemory is the memory limit of the manager's Deployment.
	managerMemory = 1 << 30
)

var hostile = flag.Bool("hostile", false, "whether there is a hostile namespace: see make hostile")

var _ = Describe("A hostile namespace", Label(hostileLabel), func() {
	if !*hostile {
		return // It takes long and says little on a machine that does other things: see make hostile.
	}
	DescribeTable("C5: delays no Task of another one by more than a second, across a takeover and a rolling update", delaysNobody,
		Entry("with the limits of namespaces that lockdown sets", SpecTimeout(9*time.Minute), "--limit-namespace-runs=100", "--limit-namespace-starts-per-second=20"),
		Entry("without limits of namespaces", SpecTimeout(9*time.Minute)),
	)
})

func delaysNobody(ctx SpecContext, limits ...string) {
	kubeconfig := managerAccount(ctx)
	arguments := slices.Concat([]string{"--kubeconfig=" + kubeconfig, "--http-allow-cidr=127.0.0.1/32"}, quickLease, limits)
	start := func() *managerProcess {
		m := startManager(arguments...)
		m.awaitReady(ctx)
		return m
	}
	first := start()
	first.awaitLead(ctx)
	honest := watchHonest(ctx)
	honest.leads(time.Now())

	attack(ctx, newHostileTenant(ctx))
	until(ctx, time.Now().Add(20*time.Second))

	second := start()
	until(ctx, time.Now().Add(10*time.Second))
	figures := first.figures(ctx)
	first.kill() // a takeover
	honest.gap(time.Now())
	second.awaitLead(ctx)
	honest.leads(time.Now())
	until(ctx, time.Now().Add(30*time.Second))

	Expect(second.memoryPeak()).To(BeNumerically("<", managerMemory))

	third := start()
	second.terminate(ctx) // a rolling update
	third.awaitLead(ctx)
	honest.leads(time.Now())
	until(ctx, time.Now().Add(30*time.Second))

	Expect(third.memoryPeak()).To(BeNumerically("<", managerMemory))
	report("a hostile namespace", fmt.Sprintf("%d Tasks of it; %s; the manager's memory %s at most", hostileTriggers+hostileSeconds+hostileAtOnce,
		honest.summary(), third.memory("VmHWM")))
	report("the first leader", "saves: "+figures.distribution("carillon_record_save_duration_seconds")+"; decisions after their time: "+
		figures.distribution("carillon_wakeup_lag_seconds"))
	honest.judge(ctx)
	expectTimeline(ctx)
}

// managerAccount installs the manager's ServiceAccount with its permissions and flow
// schemas, and returns a kubeconfig that acts as it.
func managerAccount(ctx context.Context) string {
	GinkgoHelper()
	dir, root := manifests.Outside(GinkgoTB(), env.root)
	overlay := "resources: [" + root + "/config/rbac]\n" +
		"components: [" + root + "/config/components/flow-control]\n"
	Expect(os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(overlay), 0o600)).To(Succeed())
	kubectl(ctx, "", "create", "namespace", systemNamespace)
	kubectl(ctx, "", "apply", "--kustomize", dir)
	kubectl(ctx, leaseNamespace, "create", "role", "hostile-lease", "--verb=get,create,update", "--resource=leases.coordination.k8s.io")
	kubectl(ctx, leaseNamespace, "create", "rolebinding", "hostile-lease", "--role=hostile-lease", "--serviceaccount="+systemNamespace+":carillon-manager")
	DeferCleanup(func(ctx SpecContext) {
		kubectl(ctx, leaseNamespace, "delete", "role/hostile-lease", "rolebinding/hostile-lease")
		kubectl(ctx, "", "delete", "--kustomize", dir, "--timeout=60s")
		kubectl(ctx, "", "delete", "namespace", systemNamespace, "--timeout=60s")
	}, NodeTimeout(2*time.Minute))

	config, err := clientcmd.LoadFromFile(env.Kubeconfig())
	Expect(err).NotTo(HaveOccurred())
	for _, user := range config.AuthInfos {
		user.Impersonate = "system:serviceaccount:" + systemNamespace + ":carillon-manager"
		user.ImpersonateGroups = []string{"system:serviceaccounts", "system:serviceaccounts:" + systemNamespace, "system:authenticated"}
	}
	path := filepath.Join(dir, "kubeconfig")
	Expect(clientcmd.WriteToFile(*config, path)).To(Succeed())
	return path
}

// attack has the tenant do all at once what slows others down.
func attack(ctx context.Context, mallory *hostileTenant) {
	GinkgoHelper()
	mallory.hangPods(ctx)
	servers := tarpits(ctx)
	mallory.create(ctx, hostileTriggers, "bomb", func(i int) v1alpha1.TaskSpec { return logging(expensive(i)) })
	mallory.create(ctx, hostilePods, "pod", func(int) v1alpha1.TaskSpec { return creatingPods() })
	mallory.create(ctx, hostileRequests, "request", func(i int) v1alpha1.TaskSpec { return requesting(servers[i%len(servers)]) })
	mallory.create(ctx, hostileSeconds, "second", func(int) v1alpha1.TaskSpec { return logging(everySecond()) })
	at := time.Now().Add(2 * time.Minute).Truncate(time.Second)
	mallory.create(ctx, hostileAtOnce, "once", func(int) v1alpha1.TaskSpec {
		return logging(v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{Date: &v1alpha1.DateTrigger{RunAt: v1alpha1.DateTime(at.UTC().Format(time.RFC3339))}}})
	})
	until(ctx, at)
}

// expensive are triggers that never fire or hardly ever, which takes long to find out.
func expensive(i int) v1alpha1.Trigger {
	text := func(s string) *intstr.IntOrString { return new(intstr.FromString(s)) }
	cron := func(second string) v1alpha1.SimpleTrigger {
		return v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{Second: text(second), Minute: text("1-59"), Week: text("1-52")}}
	}
	zones := []string{"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"}
	trigger := v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{TimeZone: zones[i%len(zones)]}}
	if i%2 == 0 {
		trigger.AllOf = append(slices.Repeat([]v1alpha1.SimpleTrigger{cron("*/2")}, 15), cron("1-59/2"))
		return trigger
	}
	for weeks := range int64(4) {
		trigger.AllOf = append(trigger.AllOf, v1alpha1.SimpleTrigger{Interval: &v1alpha1.IntervalTrigger{Weeks: int32(weeks + 2), Seconds: int32(weeks*7 + 1)}})
	}
	return trigger
}

// expectTimeline has somebody look at the Tasks of all namespaces.
func expectTimeline(ctx context.Context) {
	GinkgoHelper()
	bounded, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	timeline := exec.CommandContext(bounded, env.plugin, "timeline", "-A")
	timeline.Env = append(os.Environ(), "KUBECONFIG="+env.Kubeconfig())
	output, err := timeline.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "%.2000s", output)
}

// memoryPeak returns the most memory that the manager has had, in bytes.
func (m *managerProcess) memoryPeak() int64 {
	GinkgoHelper()
	kib, err := strconv.ParseInt(strings.TrimSuffix(m.memory("VmHWM"), " kB"), 10, 64)
	Expect(err).NotTo(HaveOccurred())
	return kib << 10
}

// honestTasks are the Tasks of another namespace: one whose requests a server sees and
// one whose Pods a watch sees.
type honestTasks struct {
	namespace string
	server    *listener

	mu    sync.Mutex
	pods  map[time.Time]time.Time // when the Pod of each slot was first seen
	start time.Time
	// lead are the instants from which there was a leader, and none those from which there
	// was not.
	lead, none []time.Time
}

func watchHonest(ctx context.Context) *honestTasks {
	GinkgoHelper()
	h := &honestTasks{namespace: newNamespace(ctx), server: listen("127.0.0.1", 0), pods: map[time.Time]time.Time{}}
	watched, err := env.typed.CoreV1().Pods(h.namespace).Watch(ctx, metav1.ListOptions{})
	Expect(err).NotTo(HaveOccurred())
	go func() {
		for event := range watched.ResultChan() {
			if pod, ok := event.Object.(*corev1.Pod); ok {
				h.note(pod)
			}
		}
	}()
	DeferCleanup(watched.Stop)
	apply(ctx, h.namespace, sleeping("pod", honestEvery, 0, "").manifest()+`
---
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: request}
spec:
  trigger: {interval: {seconds: 5}}
  action: {http: {url: "http://`+h.server.address+`"}}
`)
	return h
}

func (h *honestTasks) note(pod *corev1.Pod) {
	slot, err := time.Parse(time.RFC3339, pod.Annotations[v1alpha1.AnnotationScheduledTime])
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, known := h.pods[slot]; err == nil && !known {
		h.pods[slot] = time.Now()
	}
}

func (h *honestTasks) leads(at time.Time) {
	if h.start.IsZero() {
		h.start = at
	}
	h.lead = append(h.lead, at)
}

func (h *honestTasks) gap(at time.Time) { h.none = append(h.none, at) }

// late is how late the run of a slot was. If it fell due when there was no leader, or so shortly
// before that it may have been on its way, the time counts from the next leader on; and then from
// the run before it of those, whose instance it had to wait for.
func (h *honestTasks) late(slot time.Time, seen map[time.Time]time.Time) time.Duration {
	due := slot
	for i, gap := range h.none {
		begin, lead := gap.Add(-honestLimit), h.lead[i+1]
		if slot.Before(begin) || !slot.Before(lead) {
			continue
		}
		due = lead
		for earlier := slot.Add(-honestEvery); !earlier.Before(begin); earlier = earlier.Add(-honestEvery) {
			if at, ran := seen[earlier]; ran && at.After(lead) {
				return max(0, seen[slot].Sub(at)-honestEvery)
			}
		}
	}
	return seen[slot].Sub(due)
}

// requested returns when the request of each slot was first seen.
func (h *honestTasks) requested() map[time.Time]time.Time {
	seen := map[time.Time]time.Time{}
	for _, request := range h.server.requests() {
		slot, err := time.Parse(time.RFC3339, request.header.Get(v1alpha1.HeaderScheduledTime))
		if _, known := seen[slot]; err == nil && !known {
			seen[slot] = request.at
		}
	}
	return seen
}

func (h *honestTasks) created() map[time.Time]time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.pods)
}

// judge checks that all slots had their runs in time. Those that fell due while there was
// no leader may be folded into the last of them.
func (h *honestTasks) judge(ctx context.Context) {
	GinkgoHelper()
	for name, seen := range map[string]map[time.Time]time.Time{"request": h.requested(), "pod": h.created()} {
		task := getTask(ctx, h.namespace, name)
		for slot := task.CreationTimestamp.UTC().Add(honestEvery); slot.Before(task.Status.LastRunTime.Time); slot = slot.Add(honestEvery) {
			_, ran := seen[slot]
			if !ran && slices.ContainsFunc(h.none, func(gap time.Time) bool {
				return slot.After(gap.Add(-honestEvery)) && slot.Before(gap.Add(30*time.Second))
			}) {
				continue
			}
			Expect(ran).To(BeTrue(), "%s: no run of %s", name, slot)
			Expect(h.late(slot, seen)).To(BeNumerically("<", honestLimit), "%s: the run of %s was late", name, slot)
		}
	}
}

// summary says how late the runs were, and names the slots of those that were too late.
func (h *honestTasks) summary() string {
	var all []string
	for name, seen := range map[string]map[time.Time]time.Time{"requests": h.requested(), "Pods": h.created()} {
		var late []time.Duration
		var tooLate []string
		for _, slot := range slices.SortedFunc(maps.Keys(seen), time.Time.Compare) {
			d := h.late(slot, seen)
			late = append(late, d)
			if d >= honestLimit {
				tooLate = append(tooLate, fmt.Sprintf("%s by %s", slot.Format(time.TimeOnly), d.Round(time.Millisecond)))
			}
		}
		slices.Sort(late)
		if len(late) > 0 {
			all = append(all, fmt.Sprintf("%d honest %s, %s late in the median, %s at most, too late: %v", len(late), name,
				late[len(late)/2].Round(time.Millisecond), late[len(late)-1].Round(time.Millisecond), tooLate))
		}
	}
	slices.Sort(all)
	for i, lead := range h.lead {
		all = append(all, fmt.Sprintf("leader %d from %s", i+1, lead.UTC().Format(time.TimeOnly)))
	}
	return strings.Join(all, "; ")
}
