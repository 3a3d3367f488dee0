package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// outage is how long nobody has started anything.
	outage = 5 * time.Hour
	// sinceLast is how long ago the newest slot was: more than three times the
	// minute between the two of an hour, and long before the next one.
	sinceLast = 10 * time.Minute
)

var _ = Describe("After an outage of five hours", func() {
	// TestC1_ of the core is about the same case: a CronJob takes the distance of two
	// slots for that of all, looks for the newest one in the last three minutes, and
	// finds none.
	It("C1: a Task makes up for two slots an hour, where a CronJob starts nothing", func(ctx SpecContext) {
		namespace, newest := newNamespace(ctx), newestOfTwo(time.Now())
		schedule := fmt.Sprintf("%d,%d * * * *", newest.Minute()-1, newest.Minute())
		last := metav1.NewTime(newest.Add(-outage))

		By("telling a CronJob, and one with a slot every minute, that their last run was then")
		for name, when := range map[string]string{"irregular": schedule, "regular": "* * * * *"} {
			apply(ctx, namespace, suspendedCronJob(name, when))
			patchStatus(ctx, &batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}, map[string]any{"lastScheduleTime": last})
			kubectl(ctx, namespace, "patch", "cronjob", name, "--type=merge", "--patch", `{"spec":{"suspend":false}}`)
		}
		Eventually(ctx, jobsOf(namespace, "regular")).ShouldNot(BeEmpty(), "the regular one makes up for what it missed")
		expectToHaveLookedAt(ctx, namespace, "irregular")

		By("telling a Task the same")
		manager := startManager()
		apply(ctx, namespace, containerTask{name: "task", trigger: `{schedule: "` + schedule + `"}`, arguments: "echo, caught up"}.manifest())
		Eventually(ctx, task(namespace, "task")).Should(HaveField("Status.NextRunTime", Not(BeNil())))
		manager.terminate(ctx)
		patchStatus(ctx, getTask(ctx, namespace, "task"), map[string]any{
			"decidedThrough": last, "nextRunTime": metav1.NewTime(last.Add(time.Hour - time.Minute)),
		})
		startManager()
		Eventually(ctx, task(namespace, "task")).Should(haveSucceeded(BeNumerically("==", 1)))
		caughtUp := getTask(ctx, namespace, "task")
		const folded = 2*int64(outage/time.Hour) - 1
		Expect(caughtUp.Status.RecentRuns).To(ConsistOf(And(
			HaveField("ScheduledTime.Time", BeTemporally("==", newest)), HaveField("Coalesced", folded))))
		Expect(counts(caughtUp)).To(Equal(v1alpha1.RunCounts{Succeeded: 1, Coalesced: folded}))
		Expect(runPods(ctx, namespace, "task")).To(ConsistOf(HaveField("Status.Phase", corev1.PodSucceeded)))

		expectToHaveLookedAt(ctx, namespace, "irregular")
		Expect(jobsOf(namespace, "irregular")(ctx)).To(BeEmpty(), "a CronJob that finds the slot: tell users so, and change this test")
		report("Five hours without anybody, two slots an hour, the last one ten minutes ago", fmt.Sprintf(
			"schedule %q: the CronJob of Kubernetes %s has started nothing, the Task one run for %s that stands for %d more",
			schedule, serverVersion(), newest.Format(time.RFC3339), folded))
	}, SpecTimeout(2*time.Minute))
})

// newestOfTwo returns a whole minute that is sinceLast before an instant, in UTC, and
// not the first of its hour: the one before it belongs to the same hour.
func newestOfTwo(now time.Time) time.Time {
	newest := now.UTC().Add(-sinceLast).Truncate(time.Minute)
	if newest.Minute() == 0 {
		newest = newest.Add(-time.Minute)
	}
	return newest
}

func suspendedCronJob(name, schedule string) string {
	return `
apiVersion: batch/v1
kind: CronJob
metadata: {name: ` + name + `}
spec:
  schedule: "` + schedule + `"
  timeZone: Etc/UTC
  suspend: true
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - {name: main, image: "devcluster.local/tools:1", imagePullPolicy: IfNotPresent, args: [echo, caught up]}
`
}

// patchStatus changes fields of an object's status, as administrators can.
func patchStatus(ctx context.Context, object client.Object, fields map[string]any) {
	GinkgoHelper()
	patch, err := json.Marshal(map[string]any{"status": fields})
	Expect(err).NotTo(HaveOccurred())
	Expect(env.client.Status().Patch(ctx, object, client.RawPatch("application/merge-patch+json", patch))).To(Succeed())
}

// jobsOf returns the Jobs of a CronJob.
func jobsOf(namespace, name string) func(context.Context) ([]batchv1.Job, error) {
	return func(ctx context.Context) ([]batchv1.Job, error) {
		var owned []batchv1.Job
		list := &batchv1.JobList{}
		if err := env.client.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
		for _, job := range list.Items {
			if owner := metav1.GetControllerOf(&job); owner != nil && owner.Name == name {
				owned = append(owned, job)
			}
		}
		return owned, nil
	}
}

// expectToHaveLookedAt waits until the controller of CronJobs has looked at one as it
// is now: it forgets a Job that does not exist, in the same go in which it decides
// whether to start one.
func expectToHaveLookedAt(ctx context.Context, namespace, name string) {
	GinkgoHelper()
	cronJob := &batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	patchStatus(ctx, cronJob, map[string]any{"active": []corev1.ObjectReference{{
		APIVersion: "batch/v1", Kind: "Job", Namespace: namespace, Name: "never-made", UID: "00000000-0000-0000-0000-000000000000",
	}}})
	Eventually(ctx, func(g Gomega, ctx context.Context) {
		g.Expect(env.client.Get(ctx, client.ObjectKeyFromObject(cronJob), cronJob)).To(Succeed())
		g.Expect(*cronJob.Spec.Suspend).To(BeFalse())
		g.Expect(cronJob.Status.Active).NotTo(ContainElement(HaveField("Name", "never-made")))
	}).Should(Succeed(), "the controller of CronJobs looks at %s", name)
}

// serverVersion returns the version of the API server.
func serverVersion() string {
	GinkgoHelper()
	version, err := env.typed.Discovery().ServerVersion()
	Expect(err).NotTo(HaveOccurred())
	return version.GitVersion
}
