package pod

import (
	"cmp"
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/internal/runpod"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

// prune is the pruning of one Task: under way, and to be done once more after it
// if next is set.
type prune struct {
	next *pruneRequest
}

type pruneRequest struct {
	ctx    context.Context
	task   model.Task
	active []model.Run
}

// Prune implements [model.Executor]: it deletes the finished Pods of the
// Task but for the newest (R7). Requests that come while it is at it for the
// same Task are answered together afterwards.
func (e *Executor) Prune(ctx context.Context, task model.Task, active []model.Run) {
	request := &pruneRequest{ctx: ctx, task: task, active: slices.Clone(active)}
	e.mu.Lock()
	defer e.mu.Unlock()
	if p := e.prunes[task.UID]; p != nil {
		p.next = request
		return
	}
	e.prunes[task.UID] = &prune{}
	go func() {
		for request != nil {
			_ = e.cfg.Recover.Do(recovery.OperationPrune, task.Key, func() { e.prune(request) }) // logged and counted
			request = e.nextPrune(task.UID)
		}
	}()
}

// nextPrune takes the request that came meanwhile, or ends the pruning.
func (e *Executor) nextPrune(uid string) *pruneRequest {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.prunes[uid]
	next := p.next
	if p.next = nil; next == nil {
		delete(e.prunes, uid)
	}
	return next
}

// prune deletes what is too much. What cannot be deleted now is left to the next
// time.
func (e *Executor) prune(r *pruneRequest) {
	var pods corev1.PodList
	err := e.cfg.Cache.List(r.ctx, &pods, client.InNamespace(r.task.Namespace),
		client.MatchingFields{taskIndex: r.task.UID}, client.UnsafeDisableDeepCopy) // only read
	if err != nil {
		e.pruneFailed(r, err)
		return
	}
	for _, pod := range expired(pods.Items, r.task, r.active) {
		if e.cfg.Deletes.Acquire(r.ctx, r.task.Namespace) != nil {
			return
		}
		err := e.deleteAcquired(r.ctx, pod)
		if err == nil {
			e.mu.Lock()
			e.pruned[r.task.Namespace] = e.cfg.Clock.Now()
			e.mu.Unlock()
		}
		if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) { // already gone
			e.pruneFailed(r, err)
			return
		}
	}
}

// deleteAcquired deletes a Pod, and releases the permit that was acquired for it.
func (e *Executor) deleteAcquired(ctx context.Context, pod *corev1.Pod) error {
	defer e.cfg.Deletes.Release(pod.Namespace)
	return e.delete(ctx, pod, client.Preconditions{UID: &pod.UID})
}

func (e *Executor) pruneFailed(r *pruneRequest, err error) {
	if r.ctx.Err() == nil {
		e.cfg.Log.Error(err, "removing Pods of finished runs; trying again after the next run", "task", r.task.Key.String())
	}
}

// expired returns the Pods that a Task does not keep: those that have finished,
// whose run is recorded, and of whose kind there are enough newer ones.
func expired(pods []corev1.Pod, task model.Task, active []model.Run) []*corev1.Pod {
	type old struct {
		pod *corev1.Pod
		id  runpod.Identity
	}
	var succeeded, failed []old
	for i := range pods {
		pod := &pods[i]
		id, ok := runpod.IdentityOf(pod)
		unrecorded := slices.ContainsFunc(active, func(run model.Run) bool { return run.Ref() == id.Run })
		switch {
		case !ok || id.Key != task.Key || unrecorded || pod.DeletionTimestamp != nil:
		case pod.Status.Phase == corev1.PodSucceeded:
			succeeded = append(succeeded, old{pod, id})
		case pod.Status.Phase == corev1.PodFailed:
			failed = append(failed, old{pod, id})
		}
	}
	var out []*corev1.Pod
	cut := func(all []old, keep int) {
		slices.SortFunc(all, func(a, b old) int {
			return cmp.Or(cmp.Compare(b.id.Run.Slot, a.id.Run.Slot), cmp.Compare(b.id.Attempt, a.id.Attempt))
		})
		for _, o := range all[min(keep, len(all)):] {
			out = append(out, o.pod)
		}
	}
	cut(succeeded, task.KeepSucceeded)
	cut(failed, task.KeepFailed)
	return out
}
