package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"

	"github.com/carillon-dev/carillon/test/e2e/verdict"
)

// The paths of the server that counts.
const (
	// reliable answers well.
	reliable = "/reliable"
	// failing refuses the first attempt of a quarter of the runs.
	failing = "/failing"
	// lasting4s answers well, after four seconds.
	lasting4s = "/lasting-4s"
)

// slowest is how long the server takes to answer at most, so that managers are struck
// in the middle of calls.
const slowest = 400 * time.Millisecond

// witness sees what becomes of the runs of all Tasks.
type witness struct {
	address string

	mu sync.Mutex
	// pods are the Pods that there have ever been.
	pods map[types.UID]*witnessed
	// calls are the requests that came in.
	calls []*witnessed
	// outcomes are those that records have ever held, by Task, slot and outcome.
	outcomes map[string]map[recorded]verdict.Outcome
}

// witnessed is an attempt of a Task's run.
type witnessed struct {
	task string
	verdict.Attempt
}

// recorded tells the entries of a Task's recentRuns apart.
type recorded struct {
	slot    int64
	outcome v1alpha1.RunOutcome
}

// watchRuns begins to watch the Pods and Tasks of all namespaces, and to listen for
// calls, until the spec is over.
func watchRuns() *witness {
	GinkgoHelper()
	w := &witness{pods: map[types.UID]*witnessed{}, outcomes: map[string]map[recorded]verdict.Outcome{}}
	w.serve()
	stop := make(chan struct{})
	DeferCleanup(func() { close(stop) })
	factory := dynamicinformer.NewDynamicSharedInformerFactory(env.dynamic, 0)
	for resource, note := range map[resource]func(*unstructured.Unstructured){podsResource: w.notePod, tasksResource: w.noteTask} {
		_, err := factory.ForResource(resource).Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(object any) { note(object.(*unstructured.Unstructured)) },
			UpdateFunc: func(_, object any) { note(object.(*unstructured.Unstructured)) },
			DeleteFunc: func(object any) {
				if last, ok := object.(cache.DeletedFinalStateUnknown); ok {
					object = last.Obj
				}
				note(object.(*unstructured.Unstructured))
				w.noteGone(object.(*unstructured.Unstructured).GetUID())
			},
		})
		Expect(err).NotTo(HaveOccurred())
	}
	factory.Start(stop)
	factory.WaitForCacheSync(stop)
	return w
}

// notePod takes down a Pod, whatever has become of it.
func (w *witness) notePod(object *unstructured.Unstructured) {
	now := time.Now()
	pod := &corev1.Pod{}
	if runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, pod) != nil || pod.Annotations[v1alpha1.AnnotationScheduledTime] == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.pods[pod.UID]
	if seen == nil {
		seen = &witnessed{
			task: pod.Namespace + "/" + pod.Labels[v1alpha1.LabelTask],
			Attempt: attemptOf(pod.Annotations[v1alpha1.AnnotationScheduledTime],
				pod.Annotations[v1alpha1.AnnotationAttempt], pod.Annotations[v1alpha1.AnnotationCoalesced]),
		}
		seen.Began, seen.Where = now, fmt.Sprintf("Pod %s (UID %s)", pod.Name, pod.UID)
		w.pods[pod.UID] = seen
	}
	over := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
	if over && seen.Ended.IsZero() {
		seen.Ended = now
	}
	switch {
	case pod.Status.Phase == corev1.PodSucceeded:
		seen.End = verdict.Completed
	case pod.Status.Phase == corev1.PodFailed && pod.DeletionTimestamp == nil:
		seen.End = verdict.Failed // else it was stopped
	}
}

// noteGone takes down that a Pod does not exist any more.
func (w *witness) noteGone(uid types.UID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if seen := w.pods[uid]; seen != nil && seen.Ended.IsZero() {
		seen.Ended = time.Now()
	}
}

// noteTask takes down what the record says of slots.
func (w *witness) noteTask(object *unstructured.Unstructured) {
	now := time.Now()
	t := &v1alpha1.Task{}
	if runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, t) != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.outcomes[t.Namespace+"/"+t.Name]
	if known == nil {
		known = map[recorded]verdict.Outcome{}
		w.outcomes[t.Namespace+"/"+t.Name] = known
	}
	for _, run := range t.Status.RecentRuns {
		id := recorded{slot: run.ScheduledTime.Unix(), outcome: run.Outcome}
		if _, ok := known[id]; !ok && run.Source == v1alpha1.SourceScheduled {
			known[id] = verdict.Outcome{Slot: run.ScheduledTime.UTC(), Name: string(run.Outcome), Reason: run.Reason, At: now, Coalesced: run.Coalesced}
		}
	}
}

// attemptOf reads what a run was told.
func attemptOf(slot, number, coalesced string) verdict.Attempt {
	var a verdict.Attempt
	a.Slot, _ = time.Parse(time.RFC3339, slot) // The zero time is no slot.
	a.Number, _ = strconv.Atoi(number)
	a.Coalesced, _ = strconv.ParseInt(coalesced, 10, 64)
	return a
}

// serve starts the server that counts calls.
func (w *witness) serve() {
	GinkgoHelper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	w.address = socket.Addr().String()
	server := &http.Server{ReadHeaderTimeout: seconds(10), Handler: http.HandlerFunc(w.answer)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(socket) // It ends by Close.
	}()
	DeferCleanup(func() {
		Expect(server.Close()).To(Succeed())
		<-done
	})
}

// answer takes down a call, and answers after a while that depends on its key.
func (w *witness) answer(response http.ResponseWriter, request *http.Request) {
	told := request.Header
	key := told.Get(v1alpha1.HeaderIdempotencyKey)
	seen := &witnessed{
		task:    told.Get(v1alpha1.HeaderNamespace) + "/" + told.Get(v1alpha1.HeaderTask),
		Attempt: attemptOf(told.Get(v1alpha1.HeaderScheduledTime), told.Get(v1alpha1.HeaderAttempt), told.Get(v1alpha1.HeaderCoalesced)),
	}
	seen.Began, seen.Where = time.Now(), fmt.Sprintf("call with key %s", key)
	w.mu.Lock()
	w.calls = append(w.calls, seen)
	w.mu.Unlock()

	number, err := strconv.ParseUint(key[:min(4, len(key))], 16, 16)
	if err != nil {
		http.Error(response, "no key", http.StatusBadRequest)
		return
	}
	takes := slowest * time.Duration(number) / (1 << 16)
	if request.URL.Path == lasting4s {
		takes = seconds(4)
	}
	select {
	case <-request.Context().Done(): // The caller is gone.
		w.mu.Lock()
		seen.Ended = time.Now()
		w.mu.Unlock()
		return
	case <-time.After(takes):
	}
	end := verdict.Completed
	if request.URL.Path == failing && seen.Number == 1 && number%4 == 0 {
		end = verdict.Failed
		response.WriteHeader(http.StatusServiceUnavailable)
	}
	w.mu.Lock()
	seen.End, seen.Ended = end, time.Now()
	w.mu.Unlock()
}

// attempts returns all attempts that were seen, by Task: Pods, calls, and the lines
// that the handler log has written.
func (w *witness) attempts(logs []string) map[string][]verdict.Attempt {
	GinkgoHelper()
	all := map[string][]verdict.Attempt{}
	w.mu.Lock()
	for seen := range maps.Values(w.pods) {
		all[seen.task] = append(all[seen.task], seen.Attempt)
	}
	for _, seen := range w.calls {
		all[seen.task] = append(all[seen.task], seen.Attempt)
	}
	w.mu.Unlock()
	for _, log := range logs {
		for _, seen := range readRuns(log) {
			all[seen.task] = append(all[seen.task], seen.Attempt)
		}
	}
	return all
}

// readRuns reads what the handler log has written into a manager's log.
func readRuns(path string) []witnessed {
	GinkgoHelper()
	file, err := os.Open(path)
	Expect(err).NotTo(HaveOccurred())
	defer mustClose(file)
	var runs []witnessed
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Time                    time.Time
			Logger, Namespace, Task string
			ScheduledTime           time.Time
			Attempt                 int
			Coalesced               int64
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.ScheduledTime.IsZero() || !strings.Contains(line.Logger, "log") {
			continue
		}
		runs = append(runs, witnessed{task: line.Namespace + "/" + line.Task, Attempt: verdict.Attempt{
			Slot: line.ScheduledTime, Number: line.Attempt, Coalesced: line.Coalesced,
			Began: line.Time, Ended: line.Time, End: verdict.Completed, Where: path,
		}})
	}
	Expect(lines.Err()).NotTo(HaveOccurred())
	return runs
}

// recordedOf returns the outcomes that the record of a Task has ever held.
func (w *witness) recordedOf(task string) []verdict.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Values(w.outcomes[task]))
}
