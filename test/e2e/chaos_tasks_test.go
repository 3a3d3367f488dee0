package e2e_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// chaosTask is a Task whose slots are at whole multiples of an interval, from the
// beginning of the chaos to its end, both included.
type chaosTask struct {
	namespace, name string
	every           time.Duration
	// group is what it is counted under.
	group string
	// calendar says that the trigger is a calendar and not an interval.
	calendar bool
	spec     v1alpha1.TaskSpec
}

// grid is what the intervals divide, and what the beginning is a multiple of.
const grid = 10 * time.Second

// slots are those that a Task has, by plain arithmetic.
func (t *chaosTask) slots(from, to time.Time) []time.Time {
	var slots []time.Time
	for slot := from; !slot.After(to); slot = slot.Add(t.every) {
		slots = append(slots, slot)
	}
	return slots
}

// object is what is created.
func (t *chaosTask) object(from, to time.Time) *v1alpha1.Task {
	simple := v1alpha1.SimpleTrigger{
		StartAt: v1alpha1.DateTime(from.UTC().Format(time.RFC3339)), EndAt: v1alpha1.DateTime(to.UTC().Format(time.RFC3339)),
	}
	if t.calendar {
		second := intstr.FromString(fmt.Sprintf("*/%d", int(t.every.Seconds())))
		simple.Cron = &v1alpha1.CronTrigger{Second: &second}
	} else {
		simple.Interval = &v1alpha1.IntervalTrigger{Seconds: int32(t.every.Seconds())}
	}
	object := &v1alpha1.Task{ObjectMeta: metav1.ObjectMeta{Namespace: t.namespace, Name: t.name}, Spec: t.spec}
	object.Spec.Trigger = v1alpha1.Trigger{SimpleTrigger: simple}
	return object
}

// inProcess reports whether runs are calls inside the manager.
func (t *chaosTask) inProcess() bool { return t.spec.Action.Pod == nil }

// chaosTasks returns the Tasks of the chaos: as much as two cores bear, most of it
// calls, as a Pod costs half a second of a core.
func chaosTasks(namespaces []string, address string) []chaosTask {
	var tasks []chaosTask
	for i, namespace := range namespaces {
		fold := i%2 == 0
		tasks = append(tasks,
			chaosTask{namespace: namespace, name: "log-1s", every: time.Second, group: "handler every 1 s", calendar: fold, spec: v1alpha1.TaskSpec{
				Action: v1alpha1.Action{Handler: &v1alpha1.HandlerAction{Name: "log"}}, Coalesce: new(fold), MaxInstances: new(int32(10)),
			}},
			chaosTask{namespace: namespace, name: "call-1s", every: time.Second, group: "http every 1 s", calendar: fold, spec: v1alpha1.TaskSpec{
				Action: calling(address, reliable), Coalesce: new(!fold), MaxInstances: new(int32(10)),
			}},
			chaosTask{namespace: namespace, name: "retry-2s", every: 2 * time.Second, group: "http every 2 s, with retries", calendar: !fold, spec: v1alpha1.TaskSpec{
				Action: calling(address, failing), Coalesce: new(fold), MaxInstances: new(int32(10)),
				RetryPolicy: retrying(5),
			}},
		)
	}
	first, second, third := namespaces[0], namespaces[1], namespaces[2]
	// Runs that are over before the next slot: none of these may be skipped because of a
	// run that a manager did not see end.
	for i, policy := range []v1alpha1.OverlapPolicy{v1alpha1.OverlapSkip, v1alpha1.OverlapQueue, v1alpha1.OverlapReplace} {
		for _, instances := range []int32{1, 3} {
			tasks = append(tasks, podTask(namespaces[i], fmt.Sprintf("short-%s-%d", strings.ToLower(string(policy)), instances), 10*time.Second,
				"Pods of 4 s every 10 s", 4*time.Second, func(s *v1alpha1.TaskSpec) {
					s.Coalesce, s.OverlapPolicy, s.MaxInstances = new(false), policy, new(instances)
				}))
		}
		tasks = append(tasks, chaosTask{namespace: namespaces[i], name: "call-4s", every: 10 * time.Second, group: "http of 4 s every 10 s", spec: v1alpha1.TaskSpec{
			Action: calling(address, lasting4s), Coalesce: new(false), OverlapPolicy: policy,
		}})
	}
	return append(tasks,
		chaosTask{namespace: first, name: "grace-2s", every: 2 * time.Second, group: "http every 2 s, with a grace of 5 s", spec: v1alpha1.TaskSpec{
			Action: calling(address, reliable), Coalesce: new(false), MaxInstances: new(int32(10)), MisfireGracePeriod: lasting(5 * time.Second),
		}},
		podTask(first, "pod-5s", 5*time.Second, "Pods every 5 s", time.Second, func(s *v1alpha1.TaskSpec) { s.MaxInstances = new(int32(10)) }),
		podTask(second, "backlog-5s", 5*time.Second, "Pods every 5 s, each slot", 0, func(s *v1alpha1.TaskSpec) {
			s.Coalesce, s.MaxInstances = new(false), new(int32(10))
		}),
		podTask(third, "fail-10s", 10*time.Second, "Pods every 10 s, that fail twice", 0, func(s *v1alpha1.TaskSpec) {
			s.MaxInstances, s.RetryPolicy = new(int32(10)), retrying(2)
			container := &s.Action.Pod.Template.Spec.Containers[0]
			container.Args = []string{"exit", "3"}
			s.Action.Pod.Template.Annotations["devcluster.carillon.dev/exit-code"] = "3"
		}),
		podTask(third, "skip-10s", 10*time.Second, "Pods every 10 s, Skip", 12*time.Second, nil),
		podTask(second, "queue-10s", 10*time.Second, "Pods every 10 s, Queue", 12*time.Second, func(s *v1alpha1.TaskSpec) {
			s.OverlapPolicy = v1alpha1.OverlapQueue
		}),
		podTask(first, "replace-10s", 10*time.Second, "Pods every 10 s, Replace", 12*time.Second, func(s *v1alpha1.TaskSpec) {
			s.OverlapPolicy = v1alpha1.OverlapReplace
		}),
	)
}

// calling is a call of the server that counts.
func calling(address, path string) v1alpha1.Action {
	return v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{URL: "http://" + address + path}}
}

func retrying(attempts int32) *v1alpha1.RetryPolicy {
	return &v1alpha1.RetryPolicy{MaxAttempts: attempts, Backoff: &v1alpha1.Backoff{Initial: lasting(time.Second), Factor: 1}}
}

func lasting(d time.Duration) *metav1.Duration { return &metav1.Duration{Duration: d} }

// podTask is a Task whose runs are Pods that sleep.
func podTask(namespace, name string, every time.Duration, group string, sleeps time.Duration, set func(*v1alpha1.TaskSpec)) chaosTask {
	t := chaosTask{namespace: namespace, name: name, every: every, group: group, spec: v1alpha1.TaskSpec{
		// So many that a Pod stays until it has been seen.
		History: &v1alpha1.History{Succeeded: new(int32(10)), Failed: new(int32(10))},
		Action: v1alpha1.Action{Pod: &v1alpha1.PodAction{Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{"devcluster.carillon.dev/run-for": sleeps.String()}},
			Spec: corev1.PodSpec{
				TerminationGracePeriodSeconds: new(int64(1)),
				Containers: []corev1.Container{{
					Name: "main", Image: "devcluster.local/tools:1", ImagePullPolicy: corev1.PullIfNotPresent,
					Args: []string{"sleep", sleeps.String()},
				}},
			},
		}}},
	}}
	if set != nil {
		set(&t.spec)
	}
	return t
}
