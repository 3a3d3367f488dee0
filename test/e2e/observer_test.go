package e2e_test

import (
	"fmt"
	"sync"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
)

type resource = schema.GroupVersionResource

var (
	tasksResource    = v1alpha1.GroupVersion.WithResource("tasks")
	podsResource     = corev1.SchemeGroupVersion.WithResource("pods")
	jobsResource     = batchv1.SchemeGroupVersion.WithResource("jobs")
	cronJobsResource = batchv1.SchemeGroupVersion.WithResource("cronjobs")
	eventsResource   = resource{Group: "events.k8s.io", Version: "v1", Resource: "events"}
)

// observer watches a namespace: which objects come to be there, how often they
// are written to, and when the Pods of runs appear.
type observer struct {
	mu            sync.Mutex
	adds, updates map[resource]int
	pods          map[types.UID]*podLife
	// jobs are the slots of a CronJob's Jobs.
	jobs map[string]time.Time
}

// podLife is when a run's Pod was first seen, and first seen running.
type podLife struct {
	slot, seen, running time.Time
	finished            bool
	// job is the Pod's Job, which knows the slot if it is a CronJob's.
	job string
	// pod is the Pod as it was seen last.
	pod *corev1.Pod
}

// watch begins to watch a namespace, until the spec or the container that it is
// called for is over.
func watch(namespace string, resources ...resource) *observer {
	GinkgoHelper()
	c := &observer{
		adds: map[resource]int{}, updates: map[resource]int{},
		pods: map[types.UID]*podLife{}, jobs: map[string]time.Time{},
	}
	stop := make(chan struct{})
	DeferCleanup(func() { close(stop) })
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(env.dynamic, 0, namespace, nil)
	for _, r := range resources {
		_, err := factory.ForResource(r).Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: func(object any) { c.note(r, c.adds, object) },
			UpdateFunc: func(old, object any) {
				if old.(metav1.Object).GetResourceVersion() != object.(metav1.Object).GetResourceVersion() {
					c.note(r, c.updates, object)
				}
			},
		})
		Expect(err).NotTo(HaveOccurred())
	}
	factory.Start(stop)
	for r, synced := range factory.WaitForCacheSync(stop) {
		Expect(synced).To(BeTrue(), "watching %s", r)
	}
	return c
}

func (c *observer) note(r resource, counter map[resource]int, object any) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	counter[r]++
	content := object.(*unstructured.Unstructured)
	switch r {
	case jobsResource:
		// What a CronJob's Job says about its slot.
		if slot, err := time.Parse(time.RFC3339, content.GetAnnotations()["batch.kubernetes.io/cronjob-scheduled-timestamp"]); err == nil {
			c.jobs[content.GetName()] = slot
		}
	case podsResource:
		pod := &corev1.Pod{}
		if runtime.DefaultUnstructuredConverter.FromUnstructured(content.Object, pod) == nil {
			c.notePod(pod, now)
		}
	}
}

func (c *observer) notePod(pod *corev1.Pod, now time.Time) {
	life := c.pods[pod.UID]
	if life == nil {
		life = &podLife{seen: now, job: pod.Labels[batchv1.JobNameLabel]}
		if slot, err := time.Parse(time.RFC3339, pod.Annotations[v1alpha1.AnnotationScheduledTime]); err == nil {
			life.slot = slot
		}
		c.pods[pod.UID] = life
	}
	if life.running.IsZero() && pod.Status.Phase == corev1.PodRunning {
		life.running = now
	}
	life.finished = pod.Status.Phase == corev1.PodSucceeded
	life.pod = pod
}

// runs returns the Pods that there have ever been, by their UIDs.
func (c *observer) runs() map[types.UID]podLife {
	c.mu.Lock()
	defer c.mu.Unlock()
	lives := map[types.UID]podLife{}
	for uid, life := range c.pods {
		known := *life
		if slot, ok := c.jobs[life.job]; ok {
			known.slot = slot
		}
		lives[uid] = known
	}
	return lives
}

// finished returns how many Pods have succeeded.
func (c *observer) finished() int {
	count := 0
	for _, life := range c.runs() {
		if life.finished {
			count++
		}
	}
	return count
}

// bySlot returns how many Pods each slot has ever had.
func (c *observer) bySlot() map[time.Time]int {
	slots := map[time.Time]int{}
	for _, life := range c.runs() {
		slots[life.slot.UTC()]++
	}
	return slots
}

// delays says how long after their slots Pods were seen, and seen running.
func (c *observer) delays() (made, running string) {
	var toMake, toRun []time.Duration
	for _, life := range c.runs() {
		toMake = append(toMake, life.seen.Sub(life.slot))
		if !life.running.IsZero() {
			toRun = append(toRun, life.running.Sub(life.slot))
		}
	}
	return summary(toMake), summary(toRun)
}

// summary is the mean and the greatest of some durations.
func summary(durations []time.Duration) string {
	if len(durations) == 0 {
		return "none"
	}
	var sum, most time.Duration
	for _, d := range durations {
		sum, most = sum+d, max(most, d)
	}
	return fmt.Sprintf("%s, %s", (sum / time.Duration(len(durations))).Round(time.Millisecond), most.Round(time.Millisecond))
}

func (c *observer) added(resources ...resource) int { return c.sum(c.adds, resources) }

func (c *observer) updated(resources ...resource) int { return c.sum(c.updates, resources) }

func (c *observer) sum(counter map[resource]int, resources []resource) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := 0
	for _, r := range resources {
		sum += counter[r]
	}
	return sum
}
