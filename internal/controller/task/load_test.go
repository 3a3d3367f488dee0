package task

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/testutil/objects"
	"github.com/carillon-dev/carillon/internal/translate"
)

// primed is a core that notes what Load does.
type primed struct {
	mu       sync.Mutex
	calls    []string
	upserted map[string]model.Snapshot
}

func newPrimed() *primed { return &primed{upserted: map[string]model.Snapshot{}} }

func (p *primed) note(call string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, call)
}

func (p *primed) Upsert(_ string, snap model.Snapshot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.upserted[snap.Task.Key.String()] = snap
}

func (p *primed) Remove(key model.Key) { p.note("remove " + key.String()) }

func (p *primed) Announce(_ string, snap model.Snapshot) {
	p.note(fmt.Sprintf("announce %s active %d executor %s", snap.Task.Key, len(snap.Record.Active), snap.Task.Executor))
}

func (p *primed) SetPaused(namespace, name string, paused bool) {
	p.note(fmt.Sprintf("pause %s/%s %t", namespace, name, paused))
}

func (p *primed) Release(namespace string) { p.note("release " + namespace) }
func (p *primed) ReleaseAll()              { p.note("release all") }

// has reports whether a Task has been handed over in full.
func (p *primed) has(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.upserted[name]
	return ok
}

func (p *primed) called() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// apiServer holds Tasks in the order in which a list shows them, two a page. Every namespace has a
// Scheduler named default.
type apiServer struct {
	client.Client
	tasks []v1alpha1.Task
	fail  func(namespace string, page int) error
	delay time.Duration // of each page
}

func (a *apiServer) List(_ context.Context, list client.ObjectList, opts ...client.ListOption) error {
	options := (&client.ListOptions{}).ApplyOptions(opts)
	var held []v1alpha1.Task
	for _, task := range a.tasks {
		selected := options.FieldSelector == nil || options.FieldSelector.Matches(fields.Set{"metadata.namespace": task.Namespace})
		if (options.Namespace == "" || options.Namespace == task.Namespace) && selected {
			held = append(held, task)
		}
	}
	if schedulers, ok := list.(*v1alpha1.SchedulerList); ok {
		for _, task := range held {
			schedulers.Items = append(schedulers.Items, v1alpha1.Scheduler{ObjectMeta: metav1.ObjectMeta{Namespace: task.Namespace, Name: "default"}})
		}
		return nil
	}
	if options.Limit == 0 { // a cache lists all at once
		if !options.DisableReadYourWritesConsistency {
			time.Sleep(time.Hour) // it waits for a write that hangs
		}
		list.(*v1alpha1.TaskList).Items = held
		return nil
	}
	from := 0
	if options.Continue != "" {
		_, _ = fmt.Sscan(options.Continue, &from)
	}
	time.Sleep(a.delay)
	if a.fail != nil {
		if err := a.fail(options.Namespace, from/2); err != nil {
			return err
		}
	}
	page := list.(*v1alpha1.TaskList)
	page.Items = held[min(from, len(held)):min(from+2, len(held))]
	if from+2 < len(held) {
		page.Continue = fmt.Sprint(from + 2)
	}
	return nil
}

// tasksIn returns Tasks that call a handler.
func tasksIn(namespace string, n int, handler string) []v1alpha1.Task {
	tasks := make([]v1alpha1.Task, 0, n)
	for i := range n {
		tasks = append(tasks, *objects.MakeTask(func(task *v1alpha1.Task) {
			task.Namespace, task.Name = namespace, fmt.Sprint(handler, "-", i)
			task.Spec.Action.Handler.Name = handler
		}))
	}
	return tasks
}

// registry has handlers whose names decide what becomes of a translation.
type registry struct{ over chan struct{} }

func (r registry) Exists(name, _ string) bool {
	switch name {
	case "endless":
		<-r.over
	case "slow":
		time.Sleep(10 * time.Second)
	case "panics":
		panic("bad data")
	}
	return true
}

func (registry) Names(string) []string { return nil }

// S7: all Tasks of a namespace are announced, with their records, before its Schedulers may
// decide, and those of other namespaces are not waited for.
func TestS7_NamespaceIsReleasedWhenItsTasksAreAnnounced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &apiServer{tasks: slices.Concat(tasksIn("a", 3, "log"), tasksIn("b", 1, "log"))}
		api.tasks[1].Status.Active = []v1alpha1.ActiveRun{{State: v1alpha1.RunRunning, Holder: "another"}}
		gone := metav1.Now()
		api.tasks[2].DeletionTimestamp = &gone
		core := newPrimed()
		r := &Reconciler{Client: api, Live: api, Core: core, Env: translate.Options{Handlers: registry{}, MaxWorkers: 20}, Clock: clock.RealClock{}}
		if err := r.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		calls := slices.DeleteFunc(core.called(), func(call string) bool { return strings.HasPrefix(call, "remove") })
		want := []string{
			"announce a/log-0 active 0 executor workers", "announce a/log-1 active 1 executor workers",
			"release a", "announce b/log-0 active 0 executor workers", "release b", "release all",
		}
		if diff := cmp.Diff(want, calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if len(core.upserted) != 3 || !core.upserted["a/log-1"].Live {
			t.Errorf("handed over %v, want the three Tasks that are not being deleted", core.upserted)
		}
	})
}

// E2: Tasks that are expensive to translate, or whose translation does not end, hold up no
// other namespace.
func TestE2_ExpensiveTasksHoldUpNoOtherNamespace(t *testing.T) {
	t.Parallel()
	for _, handler := range []string{"slow", "endless", "panics"} {
		t.Run(handler, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := &apiServer{tasks: slices.Concat(tasksIn("a", 50, handler), tasksIn("b", 50, handler), tasksIn("c", 20, "log"))}
				core, over := newPrimed(), make(chan struct{})
				defer close(over)
				r := &Reconciler{Client: api, Live: api, Core: core, Env: translate.Options{Handlers: registry{over}, MaxWorkers: 20}, Clock: clock.RealClock{}}
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error)
				go func() { done <- r.Load(ctx) }()
				time.Sleep(5 * time.Second)
				for i := range 20 {
					if name := fmt.Sprint("c/log-", i); !core.has(name) {
						t.Errorf("%s has not been handed over after 5 seconds", name)
					}
				}
				if calls := core.called(); calls[len(calls)-1] != "release all" {
					t.Error("Schedulers are held back by the translation of Tasks")
				}
				if got := core.has("a/panics-7"); got != (handler == "panics") {
					t.Errorf("a Task that panics is handed over: %t", got)
				}
				if handler == "endless" {
					cancel()
				}
				if err := <-done; (err != nil) != (handler == "endless") {
					t.Errorf("got %v", err)
				}
				if got := core.upserted["a/panics-7"].Task.Missing; handler == "panics" && (got == nil || got.Reason != v1alpha1.ReasonInternalError) {
					t.Errorf("a Task that panics has the problem %v", got)
				}
				cancel()
			})
		})
	}
}

// E2, E3: a list that fails is repeated. The namespaces that were listed before are served.
func TestE2_ListThatFailsHoldsUpNoOtherNamespace(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{"all namespaces": nil, "watched ones": {"a", "b"}}
	for name, watched := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var down atomic.Bool
				down.Store(true)
				api := &apiServer{tasks: slices.Concat(tasksIn("a", 1, "log"), tasksIn("b", 4, "log"))}
				api.fail = func(namespace string, page int) error {
					if down.Load() && (namespace == "b" || page == 1) {
						return errors.New("the server is down")
					}
					return nil
				}
				core := newPrimed()
				r := &Reconciler{Client: api, Live: api, Core: core, Env: translate.Options{Handlers: registry{}, MaxWorkers: 20}, Clock: clock.RealClock{}, Namespaces: watched}
				done := make(chan error)
				go func() { done <- r.Load(t.Context()) }()
				time.Sleep(time.Minute)
				if calls := core.called(); !core.has("a/log-0") || !slices.Contains(calls, "release a") || slices.Contains(calls, "release b") {
					t.Errorf("calls %v, want a released and b not", calls)
				}
				down.Store(false)
				if err := <-done; err != nil {
					t.Fatal(err)
				}
				if calls := core.called(); !core.has("b/log-3") || !slices.Contains(calls, "release b") {
					t.Errorf("calls %v, want b released", calls)
				}
			})
		})
	}
}

// E2: the list of a namespace with very many Tasks holds up no other one, wherever its name is in
// the order of a list.
func TestE2_LargeNamespaceHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &apiServer{tasks: slices.Concat(tasksIn("a", 2, "log"), tasksIn("b", loadPage+1, "log"), tasksIn("c", 2, "log"))}
		api.delay = 100 * time.Millisecond
		core := newPrimed()
		r := &Reconciler{Client: api, Live: api, Core: core, Env: translate.Options{Handlers: registry{}, MaxWorkers: 20}, Clock: clock.RealClock{}}
		done := make(chan error)
		go func() { done <- r.Load(t.Context()) }()
		time.Sleep(time.Second)
		calls := core.called()
		for _, call := range []string{"release a", "release c"} {
			if !slices.Contains(calls, call) {
				t.Errorf("no %q within a second", call)
			}
		}
		if slices.Contains(calls, "release b") || slices.Contains(calls, "release all") {
			t.Error("a namespace is released before all of it is listed")
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if calls := core.called(); !slices.Contains(calls, "release b") || len(core.upserted) != loadPage+5 {
			t.Errorf("%d Tasks handed over, want %d", len(core.upserted), loadPage+5)
		}
	})
}

// P2: a pause reaches the core by the watch of the Schedulers, and not only with each Task.
func TestP2_PauseReachesTheCoreByTheWatch(t *testing.T) {
	t.Parallel()
	core := newPrimed()
	follow := (&Reconciler{Core: core}).pauses()
	paused := objects.MakeScheduler(func(sched *v1alpha1.Scheduler) { sched.Spec.Paused = true })
	follow.Create(t.Context(), event.CreateEvent{Object: paused}, nil)
	follow.Update(t.Context(), event.UpdateEvent{ObjectOld: paused, ObjectNew: objects.MakeScheduler()}, nil)
	follow.Update(t.Context(), event.UpdateEvent{ObjectOld: objects.MakeScheduler(), ObjectNew: paused}, nil)
	follow.Delete(t.Context(), event.DeleteEvent{Object: paused}, nil)
	want := []string{"pause ns/default true", "pause ns/default false", "pause ns/default true", "pause ns/default false"}
	if diff := cmp.Diff(want, core.called()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}
