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
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/store/status"
	"github.com/carillon-dev/carillon/internal/translate"
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

// farSlot is a full hour that lies half a day after the creation of what is created
// now: the API server dates it by the real clock, and no test may depend on the hour
// of the day.
func farSlot() time.Time { return time.Now().UTC().Truncate(time.Hour).Add(12 * time.Hour) }

func twoHoursEarlier(b *bench, slot time.Time) {
	b.edit("task", func(spec *v1alpha1.TaskSpec) { spec.Trigger.Schedule = dailyAt(slot.Add(-2 * time.Hour)).Schedule })
}

func everyMinute(b *bench, _ time.Time) {
	b.edit("task", func(spec *v1alpha1.TaskSpec) { spec.Trigger.Schedule = "* * * * *" })
}

// inTokyo moves the slot nine hours ahead, and so to the next day.
func inTokyo(b *bench, _ time.Time) {
	b.edit("task", func(spec *v1alpha1.TaskSpec) { spec.Trigger.TimeZone = "Asia/Tokyo" })
}

// schedulerInTokyo does the same by the zone that the Task takes from its Scheduler.
func schedulerInTokyo(b *bench, _ time.Time) {
	GinkgoHelper()
	sched := &v1alpha1.Scheduler{}
	Expect(live.Get(b.ctx, client.ObjectKey{Namespace: b.namespace, Name: "default"}, sched)).To(Succeed())
	sched.Spec.TimeZone = "Asia/Tokyo"
	Expect(live.Update(b.ctx, sched)).To(Succeed())
}

var _ = Describe("A Task", func() {
	It("gets a default Scheduler, a plan and a status", func(ctx SpecContext) {
		b, _ := newBench(ctx, newNamespace(ctx), time.Now())
		slot := farSlot()
		b.create("daily", dailyAt(slot))
		status := b.status("daily", stateIs(v1alpha1.TaskScheduled))
		Expect(status.Schedule).To(Equal(dailyAt(slot).Schedule + " UTC"))
		Expect(status.NextRunTime.UTC()).To(Equal(slot))
		Expect(status.Effective.Executor).To(Equal("pods"))
		Expect(meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionReady)).To(BeTrue())
		sched := &v1alpha1.Scheduler{}
		Expect(live.Get(ctx, client.ObjectKey{Namespace: b.namespace, Name: "default"}, sched)).To(Succeed())
	})

	It("does not get the default Scheduler again that somebody deleted (P3)", func(ctx SpecContext) {
		b, _ := newBench(ctx, newNamespace(ctx), time.Now())
		b.create("daily", dailyAt(farSlot()))
		next := b.status("daily", stateIs(v1alpha1.TaskScheduled)).NextRunTime
		sched := &v1alpha1.Scheduler{ObjectMeta: metav1.ObjectMeta{Namespace: b.namespace, Name: "default"}}
		Expect(live.Delete(ctx, sched)).To(Succeed())
		b.reconcile("daily")
		status := b.status("daily", stateIs(v1alpha1.TaskStalled))
		Expect(meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionStalled).Reason).To(Equal(v1alpha1.ReasonSchedulerNotFound))
		Expect(status.NextRunTime).To(Equal(next), "its slots wait")
		Expect(live.Get(ctx, client.ObjectKeyFromObject(sched), sched)).NotTo(Succeed())
		b.edit("daily", func(spec *v1alpha1.TaskSpec) { spec.Description = "still wanted" })
		b.reconcile("daily") // makes the Scheduler
		b.reconcile("daily")
		b.status("daily", stateIs(v1alpha1.TaskScheduled))
	})

	It("is decided at its slot, once", func(ctx SpecContext) {
		b, _ := newBench(ctx, newNamespace(ctx), time.Now())
		b.create("daily", dailyAt(farSlot()))
		first := b.status("daily", stateIs(v1alpha1.TaskScheduled)).NextRunTime.UTC()
		b.clock.SetTime(first)
		status := b.status("daily", nextIs(first.Add(24*time.Hour)))
		Expect(status.Active).To(HaveLen(1))
		Expect(status.Active[0].PodName).To(BeEmpty()) // nobody has created it yet (A8)
		Eventually(b.slots).Should(Equal([]time.Time{first}))
	})

	It("keeps what it has decided through a restart of the manager", func(ctx SpecContext) {
		b, stop := newBench(ctx, newNamespace(ctx), time.Now())
		b.create("daily", dailyAt(farSlot()))
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
		func(ctx SpecContext, managerDown bool, edit func(*bench, time.Time), wantNext func(slot time.Time) time.Time) {
			slot := farSlot()
			now := slot.Add(-90*time.Minute + 20*time.Second) // no slot has passed yet
			b, stop := newBench(ctx, newNamespace(ctx), time.Now())
			b.create("task", dailyAt(slot))
			b.status("task", stateIs(v1alpha1.TaskScheduled))
			if managerDown {
				stop()
				edit(b, slot)
				b, _ = newBench(ctx, b.namespace, now)
			} else {
				b.clock.SetTime(now)
				edit(b, slot)
			}
			b.reconcile("task")
			status := b.status("task", nextIs(wantNext(slot)))
			Expect(b.slots()).To(BeEmpty())
			Expect(status.DecidedThrough.UTC()).To(Equal(now))
		},
		Entry("an earlier hour", false, twoHoursEarlier, func(slot time.Time) time.Time { return slot.Add(22 * time.Hour) }),
		Entry("a denser schedule", false, everyMinute, func(slot time.Time) time.Time { return slot.Add(-89 * time.Minute) }),
		Entry("another zone", false, inTokyo, func(slot time.Time) time.Time { return slot.Add(15 * time.Hour) }),
		Entry("a denser schedule, with the manager down", true, everyMinute, func(slot time.Time) time.Time { return slot.Add(-89 * time.Minute) }),
		Entry("another zone, with the manager down", true, inTokyo, func(slot time.Time) time.Time { return slot.Add(15 * time.Hour) }),
		Entry("another zone of the Scheduler", false, schedulerInTokyo, func(slot time.Time) time.Time { return slot.Add(15 * time.Hour) }),
		Entry("another zone of the Scheduler, with the manager down", true, schedulerInTokyo, func(slot time.Time) time.Time { return slot.Add(15 * time.Hour) }),
	)

	It("writes nothing when a manager starts and finds all as it was", func(ctx SpecContext) {
		b, stop := newBench(ctx, newNamespace(ctx), time.Now())
		b.create("task", dailyAt(farSlot()))
		b.status("task", stateIs(v1alpha1.TaskScheduled))
		stop()
		before := b.get("task").ResourceVersion
		again, _ := newBench(ctx, b.namespace, time.Now())
		again.reconcile("task")
		Consistently(func() string { return again.get("task").ResourceVersion }).WithTimeout(500 * time.Millisecond).Should(Equal(before))
	})

	It("P2: waits for a paused Scheduler", func(ctx SpecContext) {
		b, _ := newBench(ctx, newNamespace(ctx), time.Now())
		b.create("task", dailyAt(farSlot()))
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
		Expect(b.get("task").Status.RunCounts.Coalesced).To(BeEquivalentTo(2))
	})
})

var _ = Describe("The store", func() {
	It("refuses a save against an old version, as of a manager that was replaced", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		b, stop := newBench(ctx, namespace, time.Now())
		created := b.create("task", dailyAt(farSlot()))
		b.status("task", stateIs(v1alpha1.TaskScheduled))
		stop()
		store := &status.Store{Client: live, Live: live, Snapshot: translate.Source{Reader: live, Env: translate.Options{Handlers: handlers{}}}.Snapshot}
		snap, err := store.Load(ctx, status.KeyOf(created))
		Expect(err).NotTo(HaveOccurred())
		version, err := store.Save(ctx, snap.Task, snap.Record, snap.Version)
		Expect(err).NotTo(HaveOccurred())
		Expect(version).To(Equal(snap.Version), "saving the same changes nothing")
		snap.Record.Counts.Failed++
		version, err = store.Save(ctx, snap.Task, snap.Record, snap.Version)
		Expect(err).NotTo(HaveOccurred())
		Expect(version.Newer(snap.Version)).To(BeTrue())
		_, err = store.Save(ctx, snap.Task, snap.Record, snap.Version)
		Expect(err).To(MatchError(model.ErrConflict))
	})

	It("knows a Task by its UID", func(ctx SpecContext) {
		b, stop := newBench(ctx, newNamespace(ctx), time.Now())
		old := b.create("task", dailyAt(farSlot()))
		b.status("task", stateIs(v1alpha1.TaskScheduled))
		stop()
		store := &status.Store{Client: live, Live: live, Snapshot: translate.Source{Reader: live, Env: translate.Options{Handlers: handlers{}}}.Snapshot}
		snap, err := store.Load(ctx, status.KeyOf(old))
		Expect(err).NotTo(HaveOccurred())
		Expect(live.Delete(ctx, old)).To(Succeed())
		_, err = store.Load(ctx, status.KeyOf(old))
		Expect(err).To(MatchError(model.ErrGone))
		_, err = store.Save(ctx, snap.Task, snap.Record, snap.Version)
		Expect(err).To(Or(MatchError(model.ErrGone), MatchError(model.ErrConflict)))
		again := old.DeepCopy()
		again.ResourceVersion, again.UID = "", ""
		Expect(live.Create(ctx, again)).To(Succeed())
		_, err = store.Load(ctx, status.KeyOf(old))
		Expect(err).To(MatchError(model.ErrGone))
		_, err = store.Save(context.WithoutCancel(ctx), snap.Task, snap.Record, snap.Version)
		Expect(err).To(MatchError(model.ErrConflict))
	})
})
