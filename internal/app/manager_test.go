package app_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/app"
)

// decode reads the objects in a file.
func decode(path string) []client.Object {
	GinkgoHelper()
	content, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	decoder := serializer.NewCodecFactory(app.Scheme()).UniversalDeserializer()
	documents := yaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(content)))
	var objects []client.Object
	buffer := make([]byte, len(content)+1)
	for {
		n, err := documents.Read(buffer)
		if errors.Is(err, io.EOF) {
			return objects
		}
		Expect(err).NotTo(HaveOccurred())
		if len(bytes.TrimSpace(bytes.Trim(buffer[:n], "-\n"))) == 0 {
			continue
		}
		obj, _, err := decoder.Decode(buffer[:n], nil, nil)
		Expect(err).NotTo(HaveOccurred())
		objects = append(objects, obj.(client.Object))
	}
}

func makeNamespace(ctx context.Context, name string) {
	GinkgoHelper()
	Expect(admin.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})).To(Succeed())
}

func newNamespace(ctx context.Context) string {
	GinkgoHelper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "spec-"}}
	Expect(admin.Create(ctx, ns)).To(Succeed())
	return ns.Name
}

// boot starts a manager with the rights of its ServiceAccount, which may be told more
// by flags. It ends with the spec, or by stop.
func boot(registry *prometheus.Registry, flags ...string) (stop func()) {
	GinkgoHelper()
	return bootWith(app.Dependencies{Registry: registry}, flags...)
}

// bootWith is boot with further needs.
func bootWith(needs app.Dependencies, flags ...string) (stop func()) {
	GinkgoHelper()
	cfg, err := app.ParseFlags(append([]string{
		"--metrics-bind-address=0", "--health-probe-bind-address=0", "--leader-election-namespace=" + managerNamespace,
		"--leader-election-lease-duration=3s", "--leader-election-renew-deadline=2s", "--leader-election-retry-period=200ms",
		"--shutdown-timeout=5s", "--max-workers=4", "--http-allow-cidr=127.0.0.1/32",
	}, flags...), GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	if needs.Cluster == nil {
		needs.Cluster = restricted
	}
	if needs.Log.IsZero() {
		needs.Log = app.NewLogger(GinkgoWriter, slog.LevelInfo)
	}
	ctx, cancel := context.WithCancel(context.Background())
	mgr, err := app.New(cfg, needs)
	Expect(err).NotTo(HaveOccurred())
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		Eventually(done).WithTimeout(20 * time.Second).Should(Receive(BeNil()))
	}
	DeferCleanup(stop)
	return stop
}

func makeTask(namespace, name string, trigger v1alpha1.SimpleTrigger, action v1alpha1.Action) *v1alpha1.Task {
	return &v1alpha1.Task{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       v1alpha1.TaskSpec{Trigger: v1alpha1.Trigger{SimpleTrigger: trigger}, Action: action},
	}
}

func logAction() v1alpha1.Action {
	return v1alpha1.Action{Handler: &v1alpha1.HandlerAction{Name: "log", Args: map[string]string{"message": "hello"}}}
}

func podAction() v1alpha1.Action {
	return v1alpha1.Action{Pod: &v1alpha1.PodAction{Template: corev1.PodTemplateSpec{
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "image"}}},
	}}}
}

func everySecond() v1alpha1.SimpleTrigger {
	return v1alpha1.SimpleTrigger{Interval: &v1alpha1.IntervalTrigger{Seconds: 1}}
}

func now() v1alpha1.SimpleTrigger {
	return v1alpha1.SimpleTrigger{Date: &v1alpha1.DateTrigger{}}
}

// statusOf reads a Task's status.
func statusOf(ctx context.Context, task *v1alpha1.Task) v1alpha1.TaskStatus {
	GinkgoHelper()
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(task), task)).To(Succeed())
	return task.Status
}

var _ = Describe("A manager with the rights of its ServiceAccount", Ordered, func() {
	var registry *prometheus.Registry

	BeforeAll(func() {
		registry = prometheus.NewRegistry()
		boot(registry)
	})

	It("runs a handler at every slot", func(ctx SpecContext) {
		task := makeTask(newNamespace(ctx), "ticks", everySecond(), logAction())
		Expect(admin.Create(ctx, task)).To(Succeed())
		Eventually(func(g Gomega) {
			status := statusOf(ctx, task)
			g.Expect(status.RunCounts).NotTo(BeNil())
			g.Expect(status.RunCounts.Succeeded).To(BeNumerically(">=", 3))
			g.Expect(status.RunCounts.Skipped + status.RunCounts.Missed + status.RunCounts.Failed).To(BeZero())
		}).WithTimeout(15 * time.Second).Should(Succeed())
	})

	It("runs a Pod, sees it end, and keeps the newest ones", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		task := makeTask(namespace, "pods", everySecond(), podAction())
		task.Spec.History = &v1alpha1.History{Succeeded: ptr.To[int32](1), Failed: ptr.To[int32](1)}
		Expect(admin.Create(ctx, task)).To(Succeed())
		ended := 0
		Eventually(func(g Gomega) {
			ended += finishPods(ctx, namespace, corev1.PodSucceeded)
			g.Expect(statusOf(ctx, task).RunCounts).To(HaveField("Succeeded", BeNumerically(">=", 3)))
		}).WithTimeout(20 * time.Second).Should(Succeed())
		Expect(ended).To(BeNumerically(">=", 3))
		patch := client.MergeFrom(task.DeepCopy())
		task.Spec.Paused = true
		Expect(admin.Patch(ctx, task, patch)).To(Succeed())
		Eventually(func(g Gomega) {
			finishPods(ctx, namespace, corev1.PodSucceeded)
			g.Expect(statusOf(ctx, task).State).To(Equal(v1alpha1.TaskPaused))
			g.Expect(task.Status.Active).To(BeEmpty())
			pods := &corev1.PodList{}
			g.Expect(admin.List(ctx, pods, client.InNamespace(namespace))).To(Succeed())
			g.Expect(pods.Items).To(HaveLen(1), "history.succeeded is 1")
		}).WithTimeout(15 * time.Second).Should(Succeed())
	})

	It("runs a Task on request, as a Pod, while it is paused (R8)", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		task := makeTask(namespace, "asked", everySecond(), podAction())
		task.Spec.Paused = true
		Expect(admin.Create(ctx, task)).To(Succeed())
		Eventually(func() v1alpha1.TaskState { return statusOf(ctx, task).State }).WithTimeout(10 * time.Second).Should(Equal(v1alpha1.TaskPaused))
		patch := client.MergeFrom(task.DeepCopy())
		task.Annotations = map[string]string{v1alpha1.AnnotationRunRequestedAt: "first: a request, with spaces"}
		Expect(admin.Patch(ctx, task, patch)).To(Succeed())
		Eventually(func(g Gomega) {
			finishPods(ctx, namespace, corev1.PodSucceeded)
			status := statusOf(ctx, task)
			g.Expect(status.RunCounts.Succeeded).To(BeEquivalentTo(1))
			g.Expect(status.RecentRuns[0].Source).To(Equal(v1alpha1.SourceManual))
			g.Expect(status.LastHandledRunRequest).To(Equal("first: a request, with spaces"))
			g.Expect(status.State).To(Equal(v1alpha1.TaskPaused))
		}).WithTimeout(10 * time.Second).Should(Succeed())
	})

	It("tries a failed run again, as another Pod of the same run (R5)", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		task := makeTask(namespace, "again", now(), podAction())
		task.Spec.RetryPolicy = &v1alpha1.RetryPolicy{MaxAttempts: 2, Backoff: &v1alpha1.Backoff{Initial: &metav1.Duration{Duration: time.Second}}}
		Expect(admin.Create(ctx, task)).To(Succeed())
		Eventually(func(g Gomega) {
			finishPods(ctx, namespace, corev1.PodFailed)
			g.Expect(statusOf(ctx, task).RecentRuns).To(HaveLen(1))
			g.Expect(task.Status.RecentRuns[0].Attempts).To(BeEquivalentTo(2))
			g.Expect(task.Status.RunCounts.Failed).To(BeEquivalentTo(1))
		}).WithTimeout(15 * time.Second).Should(Succeed())
		pods := &corev1.PodList{}
		Expect(admin.List(ctx, pods, client.InNamespace(namespace))).To(Succeed())
		Expect(pods.Items).To(HaveLen(2))
		Expect(pods.Items[0].Labels[v1alpha1.LabelRunID]).To(Equal(pods.Items[1].Labels[v1alpha1.LabelRunID]))
	})

	It("tells of a failed run by an event and a condition, and stays ready", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		task := makeTask(namespace, "fails", now(), podAction())
		Expect(admin.Create(ctx, task)).To(Succeed())
		Eventually(func(g Gomega) {
			finishPods(ctx, namespace, corev1.PodFailed)
			status := statusOf(ctx, task)
			g.Expect(meta.IsStatusConditionFalse(status.Conditions, v1alpha1.ConditionLastRunSucceeded)).To(BeTrue())
			g.Expect(meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionReady)).To(BeTrue())
			g.Expect(status.State).To(Equal(v1alpha1.TaskCompleted))
			g.Expect(status.RecentRuns[0].Message).To(ContainSubstring("exited with code 3"))
		}).WithTimeout(15 * time.Second).Should(Succeed())
		Eventually(func(g Gomega) {
			events := &eventsv1.EventList{}
			g.Expect(admin.List(ctx, events, client.InNamespace(namespace))).To(Succeed())
			g.Expect(events.Items).To(ContainElement(HaveField("Reason", "RunFailed")))
		}).WithTimeout(10 * time.Second).Should(Succeed())
	})

	It("tells of failed calls by one event, which counts them", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		Expect(admin.Create(ctx, makeTask(namespace, "fails", everySecond(), v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{URL: "http://" + freeAddress()}}))).To(Succeed())
		Eventually(func(g Gomega) {
			events := &eventsv1.EventList{}
			g.Expect(admin.List(ctx, events, client.InNamespace(namespace))).To(Succeed())
			g.Expect(events.Items).To(ConsistOf(And(HaveField("Reason", "RunFailed"), HaveField("Series", Not(BeNil())))))
		}).WithTimeout(15 * time.Second).Should(Succeed())
	})

	It("deletes an unfinished Pod of a Task that no record lists", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		task := makeTask(namespace, "fenced", now(), podAction())
		Expect(admin.Create(ctx, task)).To(Succeed())
		real := &corev1.Pod{}
		Eventually(func(g Gomega) {
			pods := &corev1.PodList{}
			g.Expect(admin.List(ctx, pods, client.InNamespace(namespace))).To(Succeed())
			g.Expect(pods.Items).To(HaveLen(1))
			real = &pods.Items[0]
		}).WithTimeout(10 * time.Second).Should(Succeed())
		finishPods(ctx, namespace, corev1.PodSucceeded)
		Eventually(func() []v1alpha1.ActiveRun { return statusOf(ctx, task).Active }).WithTimeout(10 * time.Second).Should(BeEmpty())
		Expect(admin.Delete(ctx, real)).To(Succeed())
		// The same Pod again, as a request that had been under way for too long would make it.
		late := real.DeepCopy()
		late.ResourceVersion, late.UID, late.Status, late.Spec.NodeName = "", "", corev1.PodStatus{}, ""
		Eventually(func() error { return client.IgnoreAlreadyExists(admin.Create(ctx, late.DeepCopy())) }).Should(Succeed())
		Eventually(func(g Gomega) {
			pods := &corev1.PodList{}
			g.Expect(admin.List(ctx, pods, client.InNamespace(namespace))).To(Succeed())
			g.Expect(pods.Items).To(BeEmpty())
			g.Expect(value(registry, "carillon_orphaned_pods_deleted_total")).To(Equal(1.0))
		}).WithTimeout(10 * time.Second).Should(Succeed())
	})

	It("shows in a Scheduler's status what it does", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		Expect(admin.Create(ctx, makeTask(namespace, "a", everySecond(), logAction()))).To(Succeed())
		stalled := makeTask(namespace, "b", v1alpha1.SimpleTrigger{Schedule: "50-10 * * * *"}, logAction())
		Expect(admin.Create(ctx, stalled)).To(Succeed())
		sched := &v1alpha1.Scheduler{}
		Eventually(func(g Gomega) {
			g.Expect(admin.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "default"}, sched)).To(Succeed())
			g.Expect(sched.Status.State).To(Equal(v1alpha1.SchedulerRunning))
			g.Expect(sched.Status.Tasks).To(Equal(&v1alpha1.TaskCounts{Total: 2, Scheduled: 1, Stalled: 1}))
			g.Expect(sched.Status.Holder).NotTo(BeEmpty())
			g.Expect(meta.IsStatusConditionTrue(sched.Status.Conditions, v1alpha1.ConditionReady)).To(BeTrue())
		}).WithTimeout(15 * time.Second).Should(Succeed())
		patch := client.MergeFrom(sched.DeepCopy())
		sched.Spec.TimeZone = "Europe/Berln"
		Expect(admin.Patch(ctx, sched, patch)).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(sched), sched)).To(Succeed())
			condition := meta.FindStatusCondition(sched.Status.Conditions, v1alpha1.ConditionStalled)
			g.Expect(condition).NotTo(BeNil())
			g.Expect(condition.Message).To(And(ContainSubstring("spec.timeZone"), ContainSubstring("Europe/Berlin")))
		}).WithTimeout(10 * time.Second).Should(Succeed())
	})

	specifyExecutors()

	specifyShutdown()

	specifyOwnership()

	It("counts the runs and the writes", func() {
		Expect(value(registry, "carillon_runs_total")).To(BeNumerically(">=", 7))
		Expect(value(registry, "carillon_api_writes_total")).To(BeNumerically(">", 10))
	})
})

var _ = Describe("Two managers", func() {
	It("act one at a time, and the second takes over at once when the first stops", func(ctx SpecContext) {
		task := makeTask(newNamespace(ctx), "ticks", everySecond(), logAction())
		Expect(admin.Create(ctx, task)).To(Succeed())
		stopFirst := boot(prometheus.NewRegistry())
		Eventually(func() *v1alpha1.RunCounts { return statusOf(ctx, task).RunCounts }).WithTimeout(15 * time.Second).ShouldNot(BeNil())
		second := prometheus.NewRegistry()
		boot(second)
		Consistently(func() float64 { return value(second, "carillon_runs_total") }).WithTimeout(2 * time.Second).Should(BeZero())
		stopFirst()
		Eventually(func() float64 { return value(second, "carillon_runs_total") }).WithTimeout(10 * time.Second).Should(BeNumerically(">=", 2))
		status := statusOf(ctx, task)
		decided := int64(status.DecidedThrough.Sub(task.CreationTimestamp.Time) / time.Second)
		counts := *status.RunCounts
		Expect(counts.Succeeded + counts.Coalesced + counts.Skipped + counts.Missed + counts.Failed + int64(len(status.Active))).To(Equal(decided))
	})
})

// finishPods ends every unfinished Pod of a namespace, as a node would, and
// returns how many there were.
func finishPods(ctx context.Context, namespace string, phase corev1.PodPhase) int {
	GinkgoHelper()
	pods := &corev1.PodList{}
	Expect(admin.List(ctx, pods, client.InNamespace(namespace))).To(Succeed())
	ended := 0
	for i := range pods.Items {
		pod := &pods.Items[i]
		if pod.Status.Phase != corev1.PodPending && pod.Status.Phase != "" {
			continue
		}
		code := int32(0)
		if phase == corev1.PodFailed {
			code = 3
		}
		pod.Status.Phase = phase
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", Image: "image", State: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{ExitCode: code, StartedAt: metav1.Now(), FinishedAt: metav1.Now()},
		}}}
		Expect(client.IgnoreNotFound(admin.Status().Update(ctx, pod))).To(Succeed())
		ended++
	}
	return ended
}

// value sums up a metric over its labels.
func value(registry *prometheus.Registry, name string) float64 {
	GinkgoHelper()
	families, err := registry.Gather()
	Expect(err).NotTo(HaveOccurred())
	sum := 0.0
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, metric := range family.GetMetric() {
			sum += metric.GetCounter().GetValue()
		}
	}
	return sum
}
