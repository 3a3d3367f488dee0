package controller_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/controller/task"
	"github.com/carillon-dev/carillon/internal/scheduler"
)

// nextIs matches a status with this next run.
func nextIs(want time.Time) func(v1alpha1.TaskStatus) bool {
	return func(status v1alpha1.TaskStatus) bool {
		return status.NextRunTime != nil && status.NextRunTime.Equal(&metav1.Time{Time: want})
	}
}

func stateIs(want v1alpha1.TaskState) func(v1alpha1.TaskStatus) bool {
	return func(status v1alpha1.TaskStatus) bool { return status.State == want }
}

// noon is the next noon in UTC after the API server's creation times, which are
// those of the real clock.
func noon() time.Time { return time.Now().UTC().Truncate(24 * time.Hour).Add(36 * time.Hour) }

var _ = Describe("A Task", func() {
	It("gets a default Scheduler, a plan and a status", func(ctx SpecContext) {
		b, _ := newBench(ctx, newNamespace(ctx), time.Now())
		b.create("daily", atNoon())
		status := b.status("daily", stateIs(v1alpha1.TaskScheduled))
		Expect(status.Schedule).To(Equal("0 12 * * * UTC"))
		Expect(status.NextRunTime).NotTo(BeNil())
		Expect(status.Effective.Executor).To(Equal("pods"))
		Expect(meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionReady)).To(BeTrue())
		sched := &v1alpha1.Scheduler{}
		Expect(live.Get(ctx, client.ObjectKey{Namespace: b.namespace, Name: "default"}, sched)).To(Succeed())
	})

	It("does not get the default Scheduler again that somebody deleted (P3)", func(ctx SpecContext) {
		b, _ := newBench(ctx, newNamespace(ctx), time.Now())
		b.create("daily", atNoon())
		next := b.status("daily", stateIs(v1alpha1.TaskScheduled)).NextRunTime
		sched := &v1alpha1.Scheduler{ObjectMeta: metav1.ObjectMeta{Namespace: b.namespace, Name: "default"}}
		Expect(live.Delete(ctx, sched)).To(Succeed())
		b.reconcile("daily")
		status := b.status("daily", stateIs(v1alpha1.TaskStalled))
		Expect(meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionStalled).Reason).To(Equal(v1alpha1.ReasonSchedulerNotFound))
		Expect(status.NextRunTime).To(Equal(next), "its slots wait")
		Expect(live.Get(ctx, client.ObjectKeyFromObject(sched), sched)).NotTo(Succeed())
		b.edit("daily", func(spec *v1alpha1.TaskSpec) { spec.Description = "still wanted" })
		b.reconcile("daily")
		b.status("daily", stateIs(v1alpha1.TaskScheduled))
	})

	It("is decided at its slot, once", func(ctx SpecContext) {
		b, _ := newBench(ctx, newNamespace(ctx), time.Now())
		b.create("daily", atNoon())
		first := b.status("daily", stateIs(v1alpha1.TaskScheduled)).NextRunTime.UTC()
		b.clock.SetTime(first)
		status := b.status("daily", nextIs(first.Add(24*time.Hour)))
		Expect(status.Active).To(HaveLen(1))
		Expect(status.Active[0].PodName).To(HavePrefix("daily-"))
		Eventually(b.slots).Should(Equal([]time.Time{first}))
	})

	It("keeps what it has decided through a restart of the manager", func(ctx SpecContext) {
		b, stop := newBench(ctx, newNamespace(ctx), time.Now())
		b.create("daily", atNoon())
		first := b.status("daily", stateIs(v1alpha1.TaskScheduled)).NextRunTime.UTC()
		b.clock.SetTime(first)
		b.status("daily", nextIs(first.Add(24*time.Hour)))
		Eventually(b.slots).Should(HaveLen(1))
		stop()

		again, _ := newBench(ctx, b.namespace, first.Add(time.Minute))
		again.reconcile("daily")
		// The run was recorded as starting: it is started again under the same name, to be adopted.
		Eventually(again.slots).Should(Equal([]time.Time{first}))
		Expect(again.started[0].Name).To(Equal(b.started[0].Name))
		Expect(again.get("daily").Status.Active).To(HaveLen(1))
	})

	DescribeTable("T9: an edit never fires the past and plans anew at once",
		func(ctx SpecContext, managerDown bool, change func(*v1alpha1.TaskSpec), wantNext func(now time.Time) time.Time) {
			b, stop := newBench(ctx, newNamespace(ctx), time.Now())
			b.create("task", atNoon())
			b.status("task", stateIs(v1alpha1.TaskScheduled))
			now := noon().Add(-90*time.Minute + 20*time.Second) // 10:30:20, no slot in sight
			if managerDown {
				stop()
				b.editUnseen("task", change)
				b, _ = newBench(ctx, b.namespace, now)
				b.reconcile("task")
			} else {
				b.clock.SetTime(now)
				b.edit("task", change)
			}
			status := b.status("task", nextIs(wantNext(now)))
			// The noon before, which the old plan promised, is owed by nobody's doing but ours only if the clock has passed it.
			Expect(b.slots()).To(BeEmpty())
			Expect(status.DecidedThrough.UTC()).To(Equal(now))
		},
		Entry("an earlier hour", false, func(s *v1alpha1.TaskSpec) { s.Trigger.Schedule = "0 10 * * *" },
			func(now time.Time) time.Time { return now.Truncate(24 * time.Hour).Add(34 * time.Hour) }),
		Entry("a denser schedule", false, func(s *v1alpha1.TaskSpec) { s.Trigger.Schedule = "* * * * *" },
			func(now time.Time) time.Time { return now.Truncate(time.Minute).Add(time.Minute) }),
		Entry("another zone", false, func(s *v1alpha1.TaskSpec) { s.Trigger.TimeZone = "Asia/Tokyo" }, // noon there is 03:00
			func(now time.Time) time.Time { return now.Truncate(24 * time.Hour).Add(27 * time.Hour) }),
		Entry("a denser schedule, with the manager down", true, func(s *v1alpha1.TaskSpec) { s.Trigger.Schedule = "* * * * *" },
			func(now time.Time) time.Time { return now.Truncate(time.Minute).Add(time.Minute) }),
		Entry("another zone, with the manager down", true, func(s *v1alpha1.TaskSpec) { s.Trigger.TimeZone = "Asia/Tokyo" },
			func(now time.Time) time.Time { return now.Truncate(24 * time.Hour).Add(27 * time.Hour) }),
	)

	It("T9: follows the default zone of its Scheduler without firing", func(ctx SpecContext) {
		b, _ := newBench(ctx, newNamespace(ctx), time.Now())
		b.create("task", atNoon())
		b.status("task", stateIs(v1alpha1.TaskScheduled))
		now := noon().Add(-90 * time.Minute)
		b.clock.SetTime(now)
		sched := &v1alpha1.Scheduler{}
		Expect(live.Get(ctx, client.ObjectKey{Namespace: b.namespace, Name: "default"}, sched)).To(Succeed())
		sched.Spec.TimeZone = "Asia/Tokyo"
		Expect(live.Update(ctx, sched)).To(Succeed())
		b.reconcile("task")
		b.status("task", nextIs(now.Truncate(24*time.Hour).Add(27*time.Hour)))
		Expect(b.slots()).To(BeEmpty())
	})

	It("P2: waits for a paused Scheduler", func(ctx SpecContext) {
		b, _ := newBench(ctx, newNamespace(ctx), time.Now())
		b.create("task", atNoon())
		first := b.status("task", stateIs(v1alpha1.TaskScheduled)).NextRunTime.UTC()
		sched := &v1alpha1.Scheduler{}
		Expect(live.Get(ctx, client.ObjectKey{Namespace: b.namespace, Name: "default"}, sched)).To(Succeed())
		setPaused := func(paused bool) {
			sched.Spec.Paused = paused
			Expect(live.Update(ctx, sched)).To(Succeed())
			b.reconcile("task")
		}
		setPaused(true)
		status := b.status("task", func(s v1alpha1.TaskStatus) bool {
			ready := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionReady)
			return ready != nil && ready.Reason == v1alpha1.ReasonSchedulerPaused
		})
		Expect(status.NextRunTime.UTC()).To(Equal(first))
		b.clock.SetTime(first.Add(49 * time.Hour))
		b.clock.Step(time.Second)
		Consistently(b.slots).WithTimeout(300 * time.Millisecond).Should(BeEmpty())
		setPaused(false)
		b.status("task", nextIs(first.Add(72*time.Hour)))
		Eventually(b.slots).Should(Equal([]time.Time{first.Add(48 * time.Hour)}))
		Expect(b.get("task").Status.Runs.Coalesced).To(BeEquivalentTo(2))
	})
})

var _ = Describe("The store", func() {
	It("refuses a save against an old version, as of a manager that was replaced", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		b, stop := newBench(ctx, namespace, time.Now())
		created := b.create("task", atNoon())
		b.status("task", stateIs(v1alpha1.TaskScheduled))
		stop()
		store := &task.Store{Client: live, Live: live, Handlers: handlers{}}
		snap, err := store.Load(ctx, task.KeyOf(created))
		Expect(err).NotTo(HaveOccurred())
		version, err := store.Save(ctx, snap.Task, snap.Record, snap.Version)
		Expect(err).NotTo(HaveOccurred())
		Expect(version).To(Equal(snap.Version), "saving the same changes nothing")
		snap.Record.Counts.Failed++
		version, err = store.Save(ctx, snap.Task, snap.Record, snap.Version)
		Expect(err).NotTo(HaveOccurred())
		Expect(version.Newer(snap.Version)).To(BeTrue())
		_, err = store.Save(ctx, snap.Task, snap.Record, snap.Version)
		Expect(err).To(MatchError(scheduler.ErrConflict))
	})

	It("knows a Task by its UID", func(ctx SpecContext) {
		b, stop := newBench(ctx, newNamespace(ctx), time.Now())
		old := b.create("task", atNoon())
		b.status("task", stateIs(v1alpha1.TaskScheduled))
		stop()
		store := &task.Store{Client: live, Live: live, Handlers: handlers{}}
		snap, err := store.Load(ctx, task.KeyOf(old))
		Expect(err).NotTo(HaveOccurred())
		Expect(live.Delete(ctx, old)).To(Succeed())
		_, err = store.Load(ctx, task.KeyOf(old))
		Expect(err).To(MatchError(scheduler.ErrGone))
		_, err = store.Save(ctx, snap.Task, snap.Record, snap.Version)
		Expect(err).To(Or(MatchError(scheduler.ErrGone), MatchError(scheduler.ErrConflict)))
		again := old.DeepCopy()
		again.ResourceVersion, again.UID = "", ""
		Expect(live.Create(ctx, again)).To(Succeed())
		_, err = store.Load(ctx, task.KeyOf(old))
		Expect(err).To(MatchError(scheduler.ErrGone))
		_, err = store.Save(context.WithoutCancel(ctx), snap.Task, snap.Record, snap.Version)
		Expect(err).To(MatchError(scheduler.ErrConflict))
	})
})
