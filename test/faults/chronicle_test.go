package faults_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	toolswatch "k8s.io/client-go/tools/watch"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// chronicle writes down all that becomes of the Tasks and Pods of the API server, by
// watches of its own that no fault touches.
type chronicle struct {
	mu      sync.Mutex
	ledgers map[string]*ledger // by namespace
}

// startChronicle begins to write, until ctx ends.
func startChronicle(ctx context.Context) (*chronicle, error) {
	c := &chronicle{ledgers: map[string]*ledger{}}
	for _, list := range []client.ObjectList{&v1alpha1.TaskList{}, &corev1.PodList{}} {
		if err := admin.List(ctx, list); err != nil {
			return nil, fmt.Errorf("listing before the watch: %w", err)
		}
		watcher, err := toolswatch.NewRetryWatcherWithContext(ctx, list.GetResourceVersion(), watches{list})
		if err != nil {
			return nil, fmt.Errorf("watching: %w", err)
		}
		go c.write(watcher)
	}
	return c, nil
}

// watches opens the watch of one kind.
type watches struct{ list client.ObjectList }

func (w watches) WatchWithContext(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	return admin.Watch(ctx, w.list, &client.ListOptions{Raw: &options})
}

func (c *chronicle) write(watcher watch.Interface) {
	for event := range watcher.ResultChan() {
		if obj, ok := event.Object.(client.Object); ok && event.Type != watch.Bookmark {
			c.of(obj.GetNamespace()).add(entry{kind: event.Type, version: versionOf(obj), obj: obj})
		}
	}
}

// of is the ledger of a namespace.
func (c *chronicle) of(namespace string) *ledger {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.ledgers[namespace]
	if l == nil {
		l = &ledger{changed: make(chan struct{})}
		c.ledgers[namespace] = l
	}
	return l
}

// entry is one change of one object. Versions are comparable over all kinds: the API
// server keeps all of them in one store.
type entry struct {
	kind    watch.EventType
	version uint64
	obj     client.Object
}

// String tells what a reader of a failure needs.
func (e entry) String() string {
	switch obj := e.obj.(type) {
	case *v1alpha1.Task:
		status, active := obj.Status, []string(nil)
		for i := range status.Active {
			run := &status.Active[i]
			active = append(active, fmt.Sprintf("%s %s %s/%d", run.State, run.Source, run.PodName, run.Attempt))
		}
		return fmt.Sprintf("%d %s Task: counted %+v, active %q, through %v", e.version, e.kind, ptr.Deref(status.RunCounts, v1alpha1.RunCounts{}), active, status.DecidedThrough)
	case *corev1.Pod:
		return fmt.Sprintf("%d %s Pod %s: %s on %q", e.version, e.kind, obj.Name, obj.Status.Phase, obj.Spec.NodeName)
	default:
		return fmt.Sprintf("%d %s %T", e.version, e.kind, obj)
	}
}

func versionOf(obj client.Object) uint64 {
	version, err := strconv.ParseUint(obj.GetResourceVersion(), 10, 64)
	if err != nil {
		panic(err) // a resourceVersion is a number
	}
	return version
}

// ledger holds the changes in one namespace, those of one kind in the order in which
// they were made.
type ledger struct {
	mu      sync.Mutex
	entries []entry
	changed chan struct{} // closed with the next change
}

func (l *ledger) add(e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
	close(l.changed)
	l.changed = make(chan struct{})
}

// since returns the entries from a place on, and what is closed when there are more.
func (l *ledger) since(place int) ([]entry, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.entries[place:], l.changed
}

// until waits for something, which there is when it holds of what is there.
func (l *ledger) until(ctx context.Context, what string, holds func(now) bool) error {
	for {
		entries, changed := l.since(0)
		if holds(stateOf(entries)) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, context.Cause(ctx))
		}
	}
}

// now is what is there after some entries.
type now struct {
	task *v1alpha1.Task // the newest; a case has one
	pods map[string]*corev1.Pod
	seen map[types.UID]uint64 // the newest version of each Pod, also of those that are gone
}

func stateOf(entries []entry) now {
	n := now{task: &v1alpha1.Task{}, pods: map[string]*corev1.Pod{}, seen: map[types.UID]uint64{}}
	for _, e := range entries {
		switch obj := e.obj.(type) {
		case *v1alpha1.Task:
			n.task = obj
		case *corev1.Pod:
			n.pods[obj.Name], n.seen[obj.UID] = obj, e.version
			if e.kind == watch.Deleted {
				delete(n.pods, obj.Name)
			}
		}
	}
	return n
}

// unfinished are the Pods that have not ended.
func (n now) unfinished() (pods []*corev1.Pod) {
	for _, pod := range n.pods {
		if !ended(pod) {
			pods = append(pods, pod)
		}
	}
	return pods
}

// leaving reports whether a Pod has been asked to stop and is still there.
func (n now) leaving() bool {
	for _, pod := range n.pods {
		if pod.DeletionTimestamp != nil {
			return true
		}
	}
	return false
}

func ended(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}
