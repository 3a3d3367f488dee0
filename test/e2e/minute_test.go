package e2e_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
)

const (
	// every is the interval of the Task that is watched.
	every = 5 * time.Second

	// slotsWatched is how many slots make a minute.
	slotsWatched = 12

	// staleness is how long after a slot the status may still show it as the
	// next one: the time it takes to write it, on a machine with work to do.
	staleness = 2 * time.Second
)

// minute is a Task that runs every five seconds, and a CronJob that does the same
// every minute, in namespaces of their own.
type minute struct {
	tasks, cronJobs           string
	taskObserver, jobObserver *observer

	stop func()
	mu   sync.Mutex
	seen []sample
}

// sample is what the status said at some instant between two others.
type sample struct {
	asked, answered time.Time
	next, last      time.Time
}

const cronJob = `
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: main
            image: devcluster.local/tools:1
            imagePullPolicy: IfNotPresent
            args: [sleep, 7s]
`

// begin makes both and watches them until the container of specs is over.
func (m *minute) begin(ctx context.Context) {
	GinkgoHelper()
	m.tasks, m.cronJobs = newNamespace(ctx), newNamespace(ctx)
	m.taskObserver = watch(m.tasks, tasksResource, podsResource, eventsResource)
	m.jobObserver = watch(m.cronJobs, cronJobsResource, jobsResource, podsResource, eventsResource)
	apply(ctx, m.cronJobs, cronJob)
	// Longer than the interval, so that runs overlap.
	apply(ctx, m.tasks, sleeping("tick", every, seconds(7), "  maxInstances: 3").manifest())

	sampling, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	m.stop = sync.OnceFunc(func() { cancel(); <-done })
	DeferCleanup(m.stop)
	go func() {
		defer close(done)
		m.sample(sampling)
	}()
}

// sample looks at the status again and again.
func (m *minute) sample(ctx context.Context) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked := time.Now()
		t, err := task(m.tasks, "tick")(ctx)
		if err != nil || t.Status.NextRunTime == nil {
			continue
		}
		s := sample{asked: asked, answered: time.Now(), next: t.Status.NextRunTime.Time}
		if last := t.Status.LastRunTime; last != nil {
			s.last = last.Time
		}
		m.mu.Lock()
		m.seen = append(m.seen, s)
		m.mu.Unlock()
	}
}

// specify judges the minute.
func (m *minute) specify() {
	It("has run on each slot for a minute, in order and never twice", func(ctx SpecContext) {
		Eventually(ctx, task(m.tasks, "tick")).WithTimeout(seconds(90)).Should(haveSucceeded(BeNumerically(">=", slotsWatched)))
		m.stop()
		settledTask := settled(ctx, m.tasks, "tick")
		pods := runPods(ctx, m.tasks, "tick")
		expectEverySlotOnce(settledTask, pods)
		Expect(m.taskObserver.runs()).To(HaveLen(len(pods)), "no Pod has come and gone")
		Expect(counts(settledTask).Coalesced).To(BeZero(), "every slot had a run of its own")
		inOrder := func(a, b runPod) int { return a.CreationTimestamp.Compare(b.CreationTimestamp.Time) }
		Expect(slices.IsSortedFunc(pods, inOrder)).To(BeTrue(), "they were made in the order of their slots")
		for _, pod := range pods {
			Expect(pod.OwnerReferences).To(ConsistOf(HaveField("UID", settledTask.UID)))
			if env.full() {
				Expect(logs(ctx, &pod.Pod)).To(ContainSubstring("slot " + pod.slot.UTC().Format(time.RFC3339)))
			}
		}
	}, SpecTimeout(3*time.Minute))

	It("has always shown the next slot", func(ctx SpecContext) {
		created := getTask(ctx, m.tasks, "tick").CreationTimestamp.Time
		m.mu.Lock()
		defer m.mu.Unlock()
		Expect(len(m.seen)).To(BeNumerically(">", 100), "samples")
		var latest time.Duration
		for _, s := range m.seen {
			Expect(s.next.Sub(created)%every).To(BeZero(), "%s is a slot", s.next)
			Expect(s.next).To(BeTemporally("<=", s.answered.Add(every)), "it is the next one")
			Expect(s.asked.Sub(s.next)).To(BeNumerically("<", staleness), "it was the next one until now")
			if !s.last.IsZero() {
				Expect(s.next.Sub(s.last)).To(Equal(every), "it follows upon the last run")
			}
			latest = max(latest, s.asked.Sub(s.next))
		}
		report("status.nextRunTime", fmt.Sprintf("%d samples, each the next slot; shown at most %s beyond it", len(m.seen), max(0, latest).Round(time.Millisecond)))
	})

	It("compares with a CronJob", func(ctx SpecContext) {
		Eventually(ctx, m.jobObserver.finished).WithTimeout(seconds(75)).Should(BeNumerically(">=", 1))
		var text strings.Builder
		table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "\truns\tPod made after its slot (mean, max)\tcontainer runs after it\tobjects made\tupdates of its own objects\tEvents")
		for _, row := range []struct {
			title    string
			observer *observer
			own      []resource
		}{
			{"Task every 5 s", m.taskObserver, []resource{tasksResource}},
			{"CronJob every 60 s", m.jobObserver, []resource{cronJobsResource, jobsResource}},
		} {
			runs := len(row.observer.runs())
			Expect(runs).To(BeNumerically(">", 0))
			made, running := row.observer.delays()
			fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\t%s\n", row.title, runs, made, running,
				perRun(row.observer.added(append(row.own[1:], podsResource)...), runs),
				perRun(row.observer.updated(row.own...), runs), perRun(row.observer.added(eventsResource), runs))
		}
		Expect(table.Flush()).To(Succeed())
		report("a Task and a CronJob, while other specs run", text.String())
	}, SpecTimeout(2*time.Minute))

	It("takes its Pods with it when it is deleted", func(ctx SpecContext) {
		resume(ctx, m.tasks, "tick")
		Eventually(ctx, func() []runPod { return runPods(ctx, m.tasks, "tick") }).Should(ContainElement(HaveField("Status.Phase", corev1.PodRunning)))
		kubectl(ctx, m.tasks, "delete", "task", "tick")
		Eventually(ctx, func() []runPod { return runPods(ctx, m.tasks, "tick") }).Should(BeEmpty())
	}, SpecTimeout(time.Minute))
}

func perRun(count, runs int) string {
	return fmt.Sprintf("%d (%.1f a run)", count, float64(count)/float64(runs))
}

// logs returns what the container of a Pod has printed.
func logs(ctx context.Context, pod *corev1.Pod) string {
	GinkgoHelper()
	content, err := env.typed.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{}).DoRaw(ctx)
	Expect(err).NotTo(HaveOccurred())
	return string(content)
}
