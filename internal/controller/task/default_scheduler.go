package task

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/store/status"
	"github.com/carillon-dev/carillon/internal/translate"
)

// How long the manager waits before it tries again to create a default Scheduler that the
// API server refused. It tries once for all Tasks of a namespace.
const (
	firstCreateRetry = time.Second
	lastCreateRetry  = time.Minute
)

// refusals are the namespaces whose default Scheduler the API server refused to create.
type refusals struct {
	mu          sync.Mutex
	byNamespace map[string]refusal
}

type refusal struct {
	message string
	wait    time.Duration
	next    time.Time // not to be tried again before
}

// get returns the refusal of a namespace while it is too early to try again.
func (r *refusals) get(namespace string, now time.Time) (refusal, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found, ok := r.byNamespace[namespace]
	return found, ok && now.Before(found.next)
}

// add notes a refusal. Those of namespaces without Tasks are dropped: nobody tries again there.
func (r *refusals) add(namespace, message string, now time.Time) refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, old := range r.byNamespace {
		if now.After(old.next.Add(lastCreateRetry)) {
			delete(r.byNamespace, name)
		}
	}
	next := refusal{message: message, wait: firstCreateRetry}
	if before, ok := r.byNamespace[namespace]; ok {
		next.wait = min(2*before.wait, lastCreateRetry)
	}
	next.next = now.Add(next.wait)
	if r.byNamespace == nil {
		r.byNamespace = map[string]refusal{}
	}
	r.byNamespace[namespace] = next
	return next
}

func (r *refusals) remove(namespace string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byNamespace, namespace)
}

// createDefault creates the default Scheduler for a Task, unless the namespace is
// terminating. If the API server refuses, the Task is Stalled with the API server's words
// (E1), and the manager tries again after the returned time.
func (r *Reconciler) createDefault(ctx context.Context, task *v1alpha1.Task) (retry time.Duration, err error) {
	now := r.Clock.Now()
	refused, ok := r.refusals.get(task.Namespace, now)
	if !ok {
		message, err := r.tryDefault(ctx, task.Namespace)
		if err != nil {
			return 0, err
		}
		if message == "" {
			r.refusals.remove(task.Namespace)
			return 0, nil // the new Scheduler's event brings the Task back
		}
		refused = r.refusals.add(task.Namespace, message, now)
	}
	snap := translate.Snapshot(task, nil, r.Env)
	snap.Task.Missing = &model.Problem{Reason: v1alpha1.ReasonSchedulerNotCreated, Message: refused.message}
	r.Core.Upsert(task.SchedulerName(), snap)
	return refused.next.Sub(now), nil
}

// tryDefault creates the default Scheduler of a namespace. refused is the message for
// people if the API server answered no.
func (r *Reconciler) tryDefault(ctx context.Context, namespace string) (refused string, err error) {
	sched := &v1alpha1.Scheduler{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: v1alpha1.DefaultSchedulerName}}
	switch err := r.Client.Create(ctx, sched, status.FieldOwner); {
	case err == nil:
		log.FromContext(ctx).Info("created the default scheduler")
		return "", nil
	case apierrors.IsAlreadyExists(err), apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return "", nil
	case apierrors.ReasonForError(err) == metav1.StatusReasonUnknown: // no answer
		return "", fmt.Errorf("creating the default scheduler: %w", err)
	default:
		log.FromContext(ctx).Error(err, "creating the default scheduler; trying again")
		return fmt.Sprintf("spec.schedulerName: the Scheduler %q of namespace %q could not be created: %v: "+
			"create it, name another Scheduler in a new Task, or change what refuses it. The manager tries again every minute.",
			v1alpha1.DefaultSchedulerName, namespace, err), nil
	}
}
