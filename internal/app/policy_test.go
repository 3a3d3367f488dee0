package app_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// installPolicies installs the policies of a component for one namespace, under names of
// their own, as the other specs have none. change adapts an object; nil changes nothing.
func installPolicies(ctx SpecContext, namespace, component string, files []string, change func(client.Object)) {
	GinkgoHelper()
	for _, file := range files {
		for _, obj := range decode(filepath.Join("..", "..", "config", "components", component, file)) {
			obj.SetName(obj.GetName() + "-" + namespace)
			if binding, ok := obj.(*admissionv1.ValidatingAdmissionPolicyBinding); ok {
				binding.Spec.PolicyName += "-" + namespace
				binding.Spec.MatchResources = &admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{
					MatchLabels: map[string]string{corev1.LabelMetadataName: namespace},
				}}
			}
			if change != nil {
				change(obj)
			}
			Expect(admin.Create(ctx, obj)).To(Succeed())
			DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, obj)).To(Succeed()) })
		}
	}
}

// installLimits installs the component with limits, some of which are others than by
// default, and waits until the API server knows it.
func installLimits(ctx SpecContext, namespace string, limits map[string]string) {
	GinkgoHelper()
	installPolicies(ctx, namespace, "admission-policy", []string{"policy.yaml", "binding.yaml"}, func(obj client.Object) {
		if policy, ok := obj.(*admissionv1.ValidatingAdmissionPolicy); ok {
			own := &policy.Spec.Variables[0]
			Expect(own.Name).To(Equal("limits"))
			for name, limit := range limits {
				entry := regexp.MustCompile("'" + name + "': '[^']*'")
				Expect(own.Expression).To(MatchRegexp(entry.String()))
				own.Expression = entry.ReplaceAllString(own.Expression, "'"+name+"': '"+limit+"'")
			}
		}
	})
	Eventually(func() error {
		return admin.Create(ctx, makeTask(namespace, "probe", everySecond(), logAction()), client.DryRunAll)
	}).WithTimeout(30*time.Second).Should(MatchError(ContainSubstring("write an interval")), "it takes the API server a moment")
	Eventually(func() error {
		probe := makeScheduler(namespace, "probe")
		probe.Spec.Executors = []v1alpha1.Executor{{Name: "unbounded", Async: &v1alpha1.AsyncExecutor{}}}
		return admin.Create(ctx, probe, client.DryRunAll)
	}).WithTimeout(30*time.Second).Should(MatchError(ContainSubstring("executors without a bound")), "as above")
}

func makeScheduler(namespace, name string) *v1alpha1.Scheduler {
	return &v1alpha1.Scheduler{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

// expectRefusal expects that an object is refused with part of a message; empty: it is not.
func expectRefusal(err error, refusal string) {
	GinkgoHelper()
	if refusal == "" {
		Expect(err).NotTo(HaveOccurred())
		return
	}
	Expect(err).To(MatchError(ContainSubstring(refusal)))
}

// The component with limits needs no manager.
var _ = Describe("The admission policy", Ordered, func() {
	var namespace string

	BeforeAll(func(ctx SpecContext) {
		namespace = newNamespace(ctx)
		installLimits(ctx, namespace, map[string]string{"actions": "pod handler"})
	})

	DescribeTable("looks at a Task", func(ctx SpecContext, change func(*v1alpha1.TaskSpec), refusal string) {
		task := makeTask(namespace, "limited", now(), logAction())
		change(&task.Spec)
		expectRefusal(admin.Create(ctx, task, client.DryRunAll), refusal)
	},
		Entry("that asks for little", func(*v1alpha1.TaskSpec) {}, ""),
		Entry("with an interval that is long enough", trigger(seconds(10, "")), ""),
		Entry("with one that is too short", trigger(seconds(9, "")), "spec.trigger.interval: write an interval of at least 10s"),
		Entry("with @every that is long enough", trigger(v1alpha1.SimpleTrigger{Schedule: "@every 1m30s"}), ""),
		Entry("with @every that is too short", trigger(v1alpha1.SimpleTrigger{Schedule: "@every 5s"}), "spec.trigger.schedule: write @every with at least 10s"),
		Entry("with @every with a sign", trigger(v1alpha1.SimpleTrigger{Schedule: "@every +1s"}), "spec.trigger.schedule: write @every with at least 10s"),
		Entry("with @every with a fraction", trigger(v1alpha1.SimpleTrigger{Schedule: "@every .0025h"}), "spec.trigger.schedule: write @every with at least 10s"),
		Entry("with @every in milliseconds", trigger(v1alpha1.SimpleTrigger{Schedule: "@every 1000ms"}), "spec.trigger.schedule: write @every with at least 10s"),
		Entry("with a plain schedule", trigger(v1alpha1.SimpleTrigger{Schedule: "* * * * *"}), ""),
		Entry("with a macro", trigger(v1alpha1.SimpleTrigger{Schedule: "@daily"}), ""),
		Entry("with one second", cron(v1alpha1.CronTrigger{Second: new(intstr.FromInt32(5))}), ""),
		Entry("with one second, as text", cron(v1alpha1.CronTrigger{Second: new(intstr.FromString(" 5 "))}), ""),
		Entry("with many seconds", cron(v1alpha1.CronTrigger{Second: new(intstr.FromString("*/10"))}), "spec.trigger.cron.second: write a single second"),
		Entry("with an hour", cron(v1alpha1.CronTrigger{Hour: new(intstr.FromInt32(9))}), ""),
		Entry("with a day of the week", cron(v1alpha1.CronTrigger{DayOfWeek: new(intstr.FromString("mon"))}), ""),
		Entry("with cron without a field", cron(v1alpha1.CronTrigger{}), "spec.trigger.cron.second: write a single second"),
		Entry("with a short interval among others", anyOf(v1alpha1.SimpleTrigger{Schedule: "0 9 * * *"}, seconds(5, "")), "write an interval of at least 10s"),
		Entry("with schedules together", anyOf(v1alpha1.SimpleTrigger{Schedule: "0 9 * * *"}, v1alpha1.SimpleTrigger{Schedule: "5 9 * * *", TimeZone: "Asia/Tokyo"}), ""),
		Entry("with a date beside a schedule", anyOf(v1alpha1.SimpleTrigger{Schedule: "0 9 * * *"}, v1alpha1.SimpleTrigger{Date: &v1alpha1.DateTrigger{RunAt: "2030-01-01T09:00:00Z"}}), ""),
		Entry("with a date a second later", anyOf(v1alpha1.SimpleTrigger{Schedule: "0 9 * * *"}, v1alpha1.SimpleTrigger{Date: &v1alpha1.DateTrigger{RunAt: "2030-01-01T09:00:01Z"}}), "spec.trigger.anyOf: write schedules, or crons with one and the same second"),
		Entry("with intervals that are shifted", anyOf(seconds(10, "2026-01-01T00:00:00Z"), seconds(10, "2026-01-01T00:00:01Z"), seconds(10, "2026-01-01T00:00:02Z")), "spec.trigger.anyOf: write schedules, or crons with one and the same second"),
		Entry("with seconds that are shifted", anyOf(v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{Second: new(intstr.FromInt32(0))}}, v1alpha1.SimpleTrigger{Cron: &v1alpha1.CronTrigger{Second: new(intstr.FromInt32(1))}}), "spec.trigger.anyOf: write schedules, or crons with one and the same second"),
		Entry("with a single interval in anyOf", anyOf(seconds(10, "")), ""),
		Entry("with allOf, one of which is seldom", allOf(v1alpha1.SimpleTrigger{Schedule: "0 9 * * *"}, seconds(1, "")), ""),
		Entry("with allOf that is frequent", allOf(seconds(1, ""), seconds(2, "")), "write an interval of at least 10s"),
		Entry("with too many triggers in allOf", allOf(repeat(v1alpha1.SimpleTrigger{Schedule: "0 9 * * *"}, 5)...), "spec.trigger: write at most 4 triggers in anyOf or allOf"),
		Entry("with too many triggers in anyOf", anyOf(repeat(v1alpha1.SimpleTrigger{Schedule: "0 9 * * *"}, 5)...), "spec.trigger: write at most 4 triggers in anyOf or allOf"),
		Entry("with as many instances as there may be", func(spec *v1alpha1.TaskSpec) { spec.MaxInstances = new(int32(20)) }, ""),
		Entry("with more", func(spec *v1alpha1.TaskSpec) { spec.MaxInstances = new(int32(21)) }, "spec.maxInstances: write at most 20"),
		Entry("with attempts that are far apart", retries(100, 10*time.Second, time.Minute), ""),
		Entry("with the built-in backoff", retries(100, 0, 0), ""),
		Entry("with attempts every second", retries(100, time.Second, time.Second), "spec.retryPolicy.backoff: write initial and max of at least 10s"),
		Entry("with a short longest wait", retries(100, 0, time.Second), "spec.retryPolicy.backoff: write initial and max of at least 10s"),
		Entry("with one attempt and a short wait", retries(1, time.Second, 0), ""),
		Entry("with an action that is not allowed", func(spec *v1alpha1.TaskSpec) {
			spec.Action = v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{URL: "https://example.com/"}}
		}, "only these actions are allowed in this cluster: pod handler"),
		Entry("with an executor that is allowed", func(spec *v1alpha1.TaskSpec) { spec.Executor = "workers" }, ""),
		Entry("with one that is not", func(spec *v1alpha1.TaskSpec) { spec.Executor = "async" }, "only these executors are allowed in this cluster: pods workers"),
	)

	DescribeTable("looks at a Scheduler", func(ctx SpecContext, change func(*v1alpha1.SchedulerSpec), refusal string) {
		sched := makeScheduler(namespace, "limited")
		change(&sched.Spec)
		expectRefusal(admin.Create(ctx, sched, client.DryRunAll), refusal)
	},
		Entry("without settings", func(*v1alpha1.SchedulerSpec) {}, ""),
		Entry("with many instances", func(spec *v1alpha1.SchedulerSpec) {
			spec.TaskDefaults = &v1alpha1.TaskDefaults{MaxInstances: new(int32(100))}
		}, "spec.taskDefaults.maxInstances: write at most 20"),
		Entry("with frequent attempts", func(spec *v1alpha1.SchedulerSpec) {
			task := &v1alpha1.TaskSpec{}
			retries(1, time.Second, 0)(task) // of a Task with retries of its own
			spec.TaskDefaults = &v1alpha1.TaskDefaults{RetryPolicy: task.RetryPolicy}
		}, "spec.taskDefaults.retryPolicy.backoff: write initial and max of at least 10s"),
		Entry("with an executor without a bound", executors(v1alpha1.Executor{Name: "workers", Async: &v1alpha1.AsyncExecutor{}}), "executors without a bound are not allowed"),
		Entry("with a large pool", executors(v1alpha1.Executor{Name: "workers", Pool: &v1alpha1.PoolExecutor{MaxWorkers: 10000}}), "write a pool with maxWorkers of at most 50"),
		Entry("with a pool", executors(v1alpha1.Executor{Name: "workers", Pool: &v1alpha1.PoolExecutor{MaxWorkers: 50}}), ""),
		Entry("with a pool that does not say", executors(v1alpha1.Executor{Name: "workers", Pool: &v1alpha1.PoolExecutor{}}), ""),
		Entry("with an executor for Pods", executors(v1alpha1.Executor{Name: "pods", Pod: &v1alpha1.PodExecutor{}}), ""),
	)

	It("lets an object that was there before be changed otherwise", func(ctx SpecContext) {
		before := newNamespace(ctx)
		task, sched := makeTask(before, "early", everySecond(), logAction()), makeScheduler(before, "early")
		task.Spec.MaxInstances = new(int32(50))
		sched.Spec.Executors = []v1alpha1.Executor{{Name: "workers", Async: &v1alpha1.AsyncExecutor{}}}
		sched.Finalizers = []string{v1alpha1.FinalizerShutdown}
		Expect(admin.Create(ctx, task)).To(Succeed())
		Expect(admin.Create(ctx, sched)).To(Succeed())
		installLimits(ctx, before, nil)
		task.Spec.Paused = true
		Expect(admin.Update(ctx, task)).To(Succeed())
		sched.Spec.Paused, sched.Finalizers = true, nil
		Expect(admin.Update(ctx, sched)).To(Succeed())
		task.Spec.MaxInstances = new(int32(51))
		Expect(admin.Update(ctx, task)).To(MatchError(ContainSubstring("spec.maxInstances: write at most 20")))
	})
})

// A limit of more than a minute is kept by the minutes and hours of a trigger.
var _ = Describe("The admission policy with a limit of more than a minute", Ordered, func() {
	namespaces := map[string]string{} // of limits

	BeforeAll(func(ctx SpecContext) {
		for _, least := range []string{"15m", "6h"} {
			namespaces[least] = newNamespace(ctx)
			installLimits(ctx, namespaces[least], map[string]string{"minimumInterval": least})
		}
	})

	DescribeTable("looks at a Task", func(ctx SpecContext, least string, change func(*v1alpha1.TaskSpec), refusal string) {
		task := makeTask(namespaces[least], "limited", now(), logAction())
		change(&task.Spec)
		expectRefusal(admin.Create(ctx, task, client.DryRunAll), refusal)
	},
		Entry("with every minute", "15m", schedule("* * * * *"), "spec.trigger: write a single minute"),
		Entry("with a single minute", "15m", schedule("7 * * * *"), ""),
		Entry("with a step", "15m", schedule("*/15 9-17 * * mon-fri"), ""),
		Entry("with a step that is too short", "15m", schedule("*/10 * * * *"), "spec.trigger: write a single minute"),
		Entry("with a step that does not divide the hour", "15m", schedule("*/25 * * * *"), "spec.trigger: write a single minute"),
		Entry("with a list", "15m", schedule("5,20,45 * * * *"), ""),
		Entry("with a list that is too close round the hour", "15m", schedule("0,50 * * * *"), "spec.trigger: write a single minute"),
		Entry("with @hourly", "15m", schedule("@hourly"), ""),
		Entry("with cron's minute", "15m", cron(v1alpha1.CronTrigger{Minute: new(intstr.FromString("*/30"))}), ""),
		Entry("with cron's second", "15m", cron(v1alpha1.CronTrigger{Second: new(intstr.FromInt32(0))}), "spec.trigger: write a single minute"),
		Entry("with several triggers", "15m", anyOf(v1alpha1.SimpleTrigger{Schedule: "0 9 * * *"}, v1alpha1.SimpleTrigger{Schedule: "1 9 * * *"}), "spec.trigger.anyOf: write one trigger, or a Task for each"),
		Entry("with @hourly", "6h", schedule("@hourly"), "a single hour, or hours that are further apart"),
		Entry("with a step of hours", "6h", schedule("0 */6 * * *"), ""),
		Entry("with a list of hours", "6h", schedule("0 1,9,18 * * *"), ""),
		Entry("with hours that are too close round the day", "6h", schedule("0 1,9,20 * * *"), "a single hour, or hours that are further apart"),
		Entry("with two minutes", "6h", schedule("0,30 9 * * *"), "a single minute"),
		Entry("with a day", "6h", cron(v1alpha1.CronTrigger{Day: new(intstr.FromString("last"))}), ""),
	)
})

// trigger changes the trigger of a Task.
func trigger(t v1alpha1.SimpleTrigger) func(*v1alpha1.TaskSpec) {
	return func(spec *v1alpha1.TaskSpec) { spec.Trigger = v1alpha1.Trigger{SimpleTrigger: t} }
}

func schedule(text string) func(*v1alpha1.TaskSpec) {
	return trigger(v1alpha1.SimpleTrigger{Schedule: text})
}

func cron(fields v1alpha1.CronTrigger) func(*v1alpha1.TaskSpec) {
	return trigger(v1alpha1.SimpleTrigger{Cron: &fields})
}

func anyOf(all ...v1alpha1.SimpleTrigger) func(*v1alpha1.TaskSpec) {
	return func(spec *v1alpha1.TaskSpec) { spec.Trigger = v1alpha1.Trigger{AnyOf: all} }
}

func allOf(all ...v1alpha1.SimpleTrigger) func(*v1alpha1.TaskSpec) {
	return func(spec *v1alpha1.TaskSpec) { spec.Trigger = v1alpha1.Trigger{AllOf: all} }
}

func seconds(n int32, startAt string) v1alpha1.SimpleTrigger {
	return v1alpha1.SimpleTrigger{Interval: &v1alpha1.IntervalTrigger{Seconds: n}, StartAt: v1alpha1.DateTime(startAt)}
}

// repeat is a trigger a number of times, each in a zone of its own.
func repeat(t v1alpha1.SimpleTrigger, count int) (all []v1alpha1.SimpleTrigger) {
	for i := range count {
		t.TimeZone = fmt.Sprintf("Etc/GMT+%d", i+1)
		all = append(all, t)
	}
	return all
}

// retries changes the retry policy of a Task. A wait of zero is left out.
func retries(attempts int32, initial, most time.Duration) func(*v1alpha1.TaskSpec) {
	return func(spec *v1alpha1.TaskSpec) {
		spec.RetryPolicy = &v1alpha1.RetryPolicy{MaxAttempts: attempts, Backoff: &v1alpha1.Backoff{}}
		if initial > 0 {
			spec.RetryPolicy.Backoff.Initial = &metav1.Duration{Duration: initial}
		}
		if most > 0 {
			spec.RetryPolicy.Backoff.Max = &metav1.Duration{Duration: most}
		}
	}
}

func executors(all ...v1alpha1.Executor) func(*v1alpha1.SchedulerSpec) {
	return func(spec *v1alpha1.SchedulerSpec) { spec.Executors = all }
}
