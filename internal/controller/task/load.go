package task

import (
	"context"
	"fmt"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
	"github.com/carillon-dev/carillon/internal/store/status"
	"github.com/carillon-dev/carillon/internal/translate"
)

// loadPage is how many Tasks one request of Load lists. All pages show the same moment.
const loadPage = 500

// maxPrimeLists is how many watched namespaces are listed at once.
const maxPrimeLists = 10

// How long Load waits after a list that failed.
const (
	firstListRetry = time.Second
	lastListRetry  = 30 * time.Second
)

// Load hands over every Task that has a Scheduler, or is to have none made for it, as
// both are in the API server: the cache may lag behind what the last leader has saved (S7).
// It returns when it has handed over all, or when ctx ends; the core runs meanwhile. Nothing
// is written, so that no namespace in which nothing can be created keeps the others from
// being served (E2).
//
// The core must know how much capacity of its executors is in use before it decides. That is
// in the records, and costs little: all Tasks of a namespace are announced, and then the
// namespace is released. Its Tasks are translated afterwards, several at a time, so that one
// that is expensive to translate delays itself.
func (r *Reconciler) Load(ctx context.Context) error {
	r.takenOver.Store(r.Clock.Now().Unix())
	tasks := newTranslations(r.Clock, func(item translation) {
		_ = r.Env.Recover.Do(recovery.OperationTranslate, status.KeyOf(item.task), func() { // logged and counted
			if ctx.Err() == nil {
				_, _ = r.enqueue(ctx, item.task, item.find, true) // what find returns is at hand, and no error
			}
		})
	})
	var lists sync.WaitGroup
	permits := make(chan struct{}, maxPrimeLists)
	for _, scope := range r.scopes(ctx) {
		lists.Go(func() {
			permits <- struct{}{}
			defer func() { <-permits }()
			r.loadUntilListed(ctx, scope, tasks)
		})
	}
	lists.Wait()
	if ctx.Err() == nil {
		r.takenOver.Store(r.Clock.Now().Unix())
		r.Core.ReleaseAll()
		tasks.wait(ctx)
	}
	return ctx.Err() //nolint:wrapcheck // nothing else can go wrong
}

// loadUntilListed lists the Tasks of a scope. A list that fails is repeated: the Tasks of
// others are not held up by it (E2, E3).
func (r *Reconciler) loadUntilListed(ctx context.Context, scope scope, tasks *translations) {
	released := map[string]bool{}
	for wait := firstListRetry; ; wait = min(2*wait, lastListRetry) {
		err := r.loadList(ctx, scope, released, tasks)
		if err == nil || ctx.Err() != nil {
			return
		}
		log.FromContext(ctx).Error(err, "taking over the tasks; trying again", "namespace", scope.namespace, "after", wait.String())
		timer := r.Clock.NewTimer(wait)
		select {
		case <-timer.C():
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// loadList announces the Tasks of a scope, and releases each namespace when the list has
// passed it: a list is in the order of the namespaces. released are those of an earlier
// attempt, which are not announced again.
func (r *Reconciler) loadList(ctx context.Context, scope scope, released map[string]bool, tasks *translations) error {
	find, err := r.liveSchedulers(ctx, scope)
	if err != nil {
		return err
	}
	release := func(namespace string) {
		released[namespace] = true
		r.Core.Release(namespace)
	}
	current := scope.namespace
	for next := ""; ; {
		page := &v1alpha1.TaskList{}
		err := r.Live.List(ctx, page, append(scope.options(), client.Limit(loadPage), client.Continue(next))...)
		if err != nil {
			return fmt.Errorf("listing the tasks: %w", err)
		}
		for i := range page.Items {
			task := &page.Items[i]
			if task.Namespace != current && current != metav1.NamespaceAll {
				release(current)
			}
			current = task.Namespace
			if !released[current] {
				r.announce(ctx, task, find, tasks)
			}
		}
		if next = page.Continue; next == "" {
			if current != metav1.NamespaceAll {
				release(current)
			}
			return nil
		}
	}
}

// announce makes the core count what the runs of a Task use, and has the Task translated
// later. A record that cannot be read is left to the Task's reconcile, which reports it.
func (r *Reconciler) announce(ctx context.Context, task *v1alpha1.Task, find findFunc, tasks *translations) {
	_ = r.Env.Recover.Do(recovery.OperationTranslate, status.KeyOf(task), func() { // logged and counted
		sched, err := find(ctx, task)
		if r.Env.Population != nil && task.DeletionTimestamp.IsZero() {
			r.Env.Population.Add(task)
		}
		isHanded := sched != nil || !translate.NeedsDefault(task) || translate.RecordedRefusal(task) != nil // see hand
		if err == nil && isHanded && task.DeletionTimestamp.IsZero() {
			executor, capacity, _ := translate.ExecutorOf(task, sched, r.Env)
			r.Core.Announce(task.SchedulerName(), model.Snapshot{
				Task: model.Task{
					Key: status.KeyOf(task), Generation: task.Generation, Created: task.CreationTimestamp.Time, Request: translate.Request(task), Cancel: translate.CancelRequest(task),
					Executor: executor, MaxConcurrent: capacity, InProcess: task.Spec.Action.Pod == nil,
				},
				Record: status.Decode(task), Version: model.Version(task.ResourceVersion), Live: true,
			})
		}
		tasks.add(translation{task: task, find: find})
	})
}

// liveSchedulers lists the Schedulers of a scope past the cache.
func (r *Reconciler) liveSchedulers(ctx context.Context, scope scope) (findFunc, error) {
	found := map[client.ObjectKey]*v1alpha1.Scheduler{}
	for next := ""; ; {
		page := &v1alpha1.SchedulerList{}
		err := r.Live.List(ctx, page, append(scope.options(), client.Limit(loadPage), client.Continue(next))...)
		if err != nil {
			return nil, fmt.Errorf("listing the schedulers: %w", err)
		}
		for i := range page.Items {
			found[client.ObjectKeyFromObject(&page.Items[i])] = &page.Items[i]
		}
		if next = page.Continue; next == "" {
			break
		}
	}
	return func(_ context.Context, task *v1alpha1.Task) (*v1alpha1.Scheduler, error) {
		return translate.Serving(found[client.ObjectKey{Namespace: task.Namespace, Name: task.SchedulerName()}], task), nil
	}, nil
}
