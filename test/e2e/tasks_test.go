package e2e_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// task reads a Task, for Eventually and Consistently.
func task(namespace, name string) func(context.Context) (*v1alpha1.Task, error) {
	return func(ctx context.Context) (*v1alpha1.Task, error) {
		t := &v1alpha1.Task{}
		return t, env.client.Get(ctx, keyOf(namespace, name), t)
	}
}

// getTask reads a Task.
func getTask(ctx context.Context, namespace, name string) *v1alpha1.Task {
	GinkgoHelper()
	t, err := task(namespace, name)(ctx)
	Expect(err).NotTo(HaveOccurred())
	return t
}

// pause pauses a Task, as on-call engineers do.
func pause(ctx context.Context, namespace, name string) {
	GinkgoHelper()
	kubectl(ctx, namespace, "patch", "task", name, "--type", "merge", "-p", `{"spec":{"paused":true}}`)
}

// resume undoes pause.
func resume(ctx context.Context, namespace, name string) {
	GinkgoHelper()
	kubectl(ctx, namespace, "patch", "task", name, "--type", "merge", "-p", `{"spec":{"paused":false}}`)
}

// settled pauses a Task, waits until none of its runs is active any more and
// returns it.
func settled(ctx context.Context, namespace, name string) *v1alpha1.Task {
	GinkgoHelper()
	pause(ctx, namespace, name)
	Eventually(ctx, task(namespace, name)).WithTimeout(seconds(60)).Should(And(haveState(v1alpha1.TaskPaused), HaveField("Status.Active", BeEmpty())))
	return getTask(ctx, namespace, name)
}

func haveState(state v1alpha1.TaskState) types.GomegaMatcher {
	return HaveField("Status.State", state)
}

// haveCondition matches a Task whose condition has this status, and a message
// that matches, too.
func haveCondition(kind string, status metav1.ConditionStatus, message types.GomegaMatcher) types.GomegaMatcher {
	return WithTransform(
		func(t *v1alpha1.Task) metav1.Condition {
			condition := meta.FindStatusCondition(t.Status.Conditions, kind)
			if condition == nil {
				return metav1.Condition{}
			}
			return *condition
		},
		And(HaveField("Status", status), HaveField("Message", message)),
	)
}

// haveNoCondition matches a Task without this condition.
func haveNoCondition(kind string) types.GomegaMatcher {
	return HaveField("Status.Conditions", Not(ContainElement(HaveField("Type", kind))))
}

// haveSucceeded matches a Task with so many successful runs.
func haveSucceeded(count types.GomegaMatcher) types.GomegaMatcher {
	return WithTransform(func(t *v1alpha1.Task) int64 { return counts(t).Succeeded }, count)
}

// counts returns the counters of a Task.
func counts(t *v1alpha1.Task) v1alpha1.RunCounts {
	if t.Status.RunCounts == nil {
		return v1alpha1.RunCounts{}
	}
	return *t.Status.RunCounts
}

// accounted returns how many slots a Task's status accounts for: every slot that
// has been decided is counted once, or active (R1).
func accounted(t *v1alpha1.Task) int64 {
	c := counts(t)
	return c.Succeeded + c.Failed + c.Missed + c.Skipped + c.Coalesced + c.Replaced + c.Lost + c.Cancelled + int64(len(t.Status.Active))
}

// runPod is the Pod of a run.
type runPod struct {
	corev1.Pod

	slot      time.Time
	coalesced int64
}

// runPods returns the Pods of a Task that are there, in the order of their
// slots.
func runPods(ctx context.Context, namespace, name string) []runPod {
	GinkgoHelper()
	list := &corev1.PodList{}
	Expect(env.client.List(ctx, list, client.InNamespace(namespace), client.MatchingLabels{v1alpha1.LabelTask: name})).To(Succeed())
	pods := make([]runPod, 0, len(list.Items))
	for _, pod := range list.Items {
		pods = append(pods, asRunPod(pod))
	}
	slices.SortFunc(pods, func(a, b runPod) int {
		return cmp.Or(a.slot.Compare(b.slot), cmp.Compare(a.Name, b.Name))
	})
	return pods
}

func asRunPod(pod corev1.Pod) runPod {
	GinkgoHelper()
	slot, err := time.Parse(time.RFC3339, pod.Annotations[v1alpha1.AnnotationScheduledTime])
	Expect(err).NotTo(HaveOccurred())
	coalesced, err := strconv.ParseInt(pod.Annotations[v1alpha1.AnnotationCoalesced], 10, 64)
	Expect(err).NotTo(HaveOccurred())
	return runPod{Pod: pod, slot: slot, coalesced: coalesced}
}

// expectEverySlotOnce checks the Pods of a settled Task that has an interval of
// seconds and keeps all its Pods: that each slot since its creation had its run, or was
// folded into the next one, that none had two, and that the counters say the
// same.
func expectEverySlotOnce(t *v1alpha1.Task, pods []runPod) {
	GinkgoHelper()
	Expect(pods).NotTo(BeEmpty())
	every := seconds(int(t.Spec.Trigger.Interval.Seconds))
	before := t.CreationTimestamp.Time
	var folded int64
	for _, pod := range pods {
		Expect(pod.slot.Sub(before)).To(Equal(every*time.Duration(1+pod.coalesced)),
			"after %s there was a run for %s with %d further slots in it", before, pod.slot, pod.coalesced)
		Expect(pod.Status.Phase).To(Equal(corev1.PodSucceeded), pod.Name)
		before, folded = pod.slot, folded+pod.coalesced
	}
	Expect(t.Status.LastRunTime.Time).To(BeTemporally("==", before))
	Expect(counts(t)).To(Equal(v1alpha1.RunCounts{Succeeded: int64(len(pods)), Coalesced: folded}))
}

// containerTask is a Task whose runs are Pods with one container of the tools
// image; it keeps all of them. A simulated node goes by the annotations.
type containerTask struct {
	name    string
	trigger string
	// arguments are what the container does.
	arguments string
	// simulated are the annotations that tell a simulated node the same.
	simulated string
	// image is the container's, that of the tools when empty.
	image string
	// patience is how long the container may take to end when it is told to; one
	// second when zero.
	patience time.Duration
	// more are further lines of the spec, in YAML's flow style.
	more string
}

func (c containerTask) manifest() string {
	image := cmp.Or(c.image, "devcluster.local/tools:1")
	patience := strconv.Itoa(int(cmp.Or(c.patience, time.Second).Seconds()))
	return `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: ` + c.name + `}
spec:
  trigger: ` + c.trigger + `
  history: {succeeded: 100, failed: 100}
  action:
    pod:
      template:
        metadata: {annotations: {` + c.simulated + `}}
        spec:
          terminationGracePeriodSeconds: ` + patience + `
          containers:
          - name: main
            image: ` + image + `
            imagePullPolicy: IfNotPresent
            args: [` + c.arguments + `]
` + c.more
}

// sleeping returns a Task that every so often has a container sleep for some time.
// more is what else is in its spec.
func sleeping(name string, every, duration time.Duration, more string) containerTask {
	return containerTask{
		name: name, trigger: fmt.Sprintf("{interval: {seconds: %d}}", int(every.Seconds())), more: more,
		arguments: `sleep, ` + duration.String() + `, and, echo, "slot $(CARILLON_SCHEDULED_TIME)"`,
		simulated: `devcluster.carillon.dev/run-for: ` + duration.String(),
	}
}
