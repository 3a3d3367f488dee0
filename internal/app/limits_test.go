package app_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// The manager keeps its limits without the admission policy.
var _ = Describe("A manager with limits", Ordered, func() {
	var namespace string

	BeforeAll(func(ctx SpecContext) {
		namespace = newNamespace(ctx)
		boot(prometheus.NewRegistry(), "--limit-minimum-interval=5s", "--limit-minimum-backoff=5s", "--limit-maximum-instances=3", "--limit-maximum-workers=10")
	})

	stalled := func(ctx SpecContext, task *v1alpha1.Task) func() *metav1.Condition {
		return func() *metav1.Condition {
			return meta.FindStatusCondition(statusOf(ctx, task).Conditions, v1alpha1.ConditionStalled)
		}
	}
	because := func(reason, message string) OmegaMatcher {
		return And(HaveField("Reason", reason), HaveField("Message", ContainSubstring(message)))
	}

	It("stalls a Task that is too frequent until it is changed", func(ctx SpecContext) {
		task := makeTask(namespace, "shifted", now(), logAction())
		anyOf(seconds(10, "2026-01-01T00:00:00Z"), seconds(10, "2026-01-01T00:00:01Z"))(&task.Spec)
		Expect(admin.Create(ctx, task)).To(Succeed())
		Eventually(stalled(ctx, task)).WithTimeout(10 * time.Second).Should(because(v1alpha1.ReasonTooFrequent, "are 1s apart: write a trigger with at least 5s between its slots"))
		patch := client.MergeFrom(task.DeepCopy())
		anyOf(seconds(10, "2026-01-01T00:00:00Z"), seconds(10, "2026-01-01T00:00:05Z"))(&task.Spec)
		Expect(admin.Patch(ctx, task, patch)).To(Succeed())
		Eventually(func() *v1alpha1.RunCounts { return statusOf(ctx, task).RunCounts }).WithTimeout(20 * time.Second).Should(HaveField("Succeeded", BeNumerically(">=", 2)))
		Expect(stalled(ctx, task)()).To(BeNil())
	})

	It("stalls a Task whose Scheduler asks for too much, until that is changed", func(ctx SpecContext) {
		sched := makeScheduler(namespace, "greedy")
		sched.Spec.Executors = []v1alpha1.Executor{{Name: "workers", Async: &v1alpha1.AsyncExecutor{}}}
		Expect(admin.Create(ctx, sched)).To(Succeed())
		task := makeTask(namespace, "greedy", seconds(5, ""), logAction())
		task.Spec.SchedulerName = "greedy"
		Expect(admin.Create(ctx, task)).To(Succeed())
		Eventually(stalled(ctx, task)).WithTimeout(10 * time.Second).Should(because(v1alpha1.ReasonLimitExceeded, `the executor "workers" has no bound: write pool with maxWorkers of at most 10`))
		patch := client.MergeFrom(sched.DeepCopy())
		sched.Spec.Executors[0] = v1alpha1.Executor{Name: "workers", Pool: &v1alpha1.PoolExecutor{MaxWorkers: 10}}
		sched.Spec.TaskDefaults = &v1alpha1.TaskDefaults{MaxInstances: new(int32(4))}
		Expect(admin.Patch(ctx, sched, patch)).To(Succeed())
		Eventually(stalled(ctx, task)).WithTimeout(10 * time.Second).Should(because(v1alpha1.ReasonLimitExceeded, `Scheduler "greedy": spec.taskDefaults.maxInstances: write at most 3`))
		patch = client.MergeFrom(sched.DeepCopy())
		sched.Spec.TaskDefaults.MaxInstances = new(int32(3))
		Expect(admin.Patch(ctx, sched, patch)).To(Succeed())
		Eventually(func() *v1alpha1.RunCounts { return statusOf(ctx, task).RunCounts }).WithTimeout(20 * time.Second).Should(HaveField("Succeeded", BeNumerically(">=", 1)))
	})

	It("stalls a Task whose attempts are too frequent", func(ctx SpecContext) {
		task := makeTask(namespace, "hasty", seconds(5, ""), logAction())
		retries(100, time.Second, time.Second)(&task.Spec)
		Expect(admin.Create(ctx, task)).To(Succeed())
		Eventually(stalled(ctx, task)).WithTimeout(10 * time.Second).Should(because(v1alpha1.ReasonTooFrequent, "spec.retryPolicy.backoff: attempts follow each other after 1s: write initial and max of at least 5s"))
	})
})
