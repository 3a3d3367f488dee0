package task

import (
	"context"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	ac "github.com/carillon-dev/carillon/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// FieldOwner owns every field of a status that Carillon writes.
const FieldOwner = client.FieldOwner("carillon-manager")

// Store keeps the core's records in the status of the Tasks.
type Store struct {
	// Client writes; it reads Schedulers from its cache.
	Client client.Client
	// Live reads past every cache.
	Live client.Reader
	Env  Env
	// Events reports Tasks whose records do not fit. Optional.
	Events EventReporter
}

var _ model.Store = (*Store)(nil)

// Load implements scheduler.Store.
func (s *Store) Load(ctx context.Context, key model.Key) (model.Snapshot, error) {
	task := &v1alpha1.Task{}
	switch err := s.Live.Get(ctx, types.NamespacedName{Namespace: key.Namespace, Name: key.Name}, task); {
	case apierrors.IsNotFound(err):
		return model.Snapshot{}, model.ErrGone
	case err != nil:
		return model.Snapshot{}, fmt.Errorf("reading task %s: %w", key, err)
	case string(task.UID) != key.UID || !task.DeletionTimestamp.IsZero():
		return model.Snapshot{}, model.ErrGone
	}
	sched, err := findScheduler(ctx, s.Client, task)
	if err != nil {
		return model.Snapshot{}, err
	}
	return Snapshot(task, sched, s.Env), nil
}

// Save implements scheduler.Store. A record that does not fit beside its Task is shortened,
// as far as it holds the same decisions. If even that does not fit, the Task is Stalled from
// then on; see Oversized.
func (s *Store) Save(ctx context.Context, task model.Task, rec model.Record, version model.Version) (model.Version, error) {
	saved, err := s.apply(ctx, task, rec, version)
	if !isTooLarge(err) {
		return saved, err
	}
	for _, short := range shorter(rec) {
		if saved, err = s.apply(ctx, task, short, version); !isTooLarge(err) {
			return saved, err
		}
	}
	object := &v1alpha1.Task{}
	if err := s.Live.Get(ctx, types.NamespacedName{Namespace: task.Namespace, Name: task.Name}, object); err != nil {
		return "", fmt.Errorf("reading task %s, whose record is too large: %w", task.Key, err)
	}
	problem := s.Env.Oversized.add(object, err)
	s.reportOversized(task, problem)
	return "", fmt.Errorf("%w: %s", model.ErrTooLarge, problem.Message)
}

// apply writes a record. The resourceVersion in the applied object makes the apply a
// compare-and-swap: without it, the late write of a manager that has been replaced would
// roll the record back.
func (s *Store) apply(ctx context.Context, task model.Task, rec model.Record, version model.Version) (model.Version, error) {
	apply := ac.Task(task.Name, task.Namespace).
		WithUID(types.UID(task.UID)).
		WithResourceVersion(string(version)).
		WithStatus(Render(task, rec))
	switch err := s.Client.Status().Apply(ctx, apply, FieldOwner, client.ForceOwnership); {
	case apierrors.IsNotFound(err):
		return "", model.ErrGone
	case apierrors.IsConflict(err):
		return "", model.ErrConflict
	case err != nil:
		return "", fmt.Errorf("writing the status of task %s: %w", task.Key, err)
	}
	return model.Version(*apply.ResourceVersion), nil
}

// Recorded reports whether the outcome of a Task's run has been saved, read past every
// cache. It reports false for a Task that does not exist: its Pods go with it.
func (s *Store) Recorded(ctx context.Context, key model.Key, run model.RunRef) (bool, error) {
	snap, err := s.Load(ctx, key)
	if errors.Is(err, model.ErrGone) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(snap.Record.Active, func(active model.Run) bool { return active.Ref() == run }), nil
}

// findScheduler reads the Scheduler that serves a Task, nil if there is none.
func findScheduler(ctx context.Context, reader client.Reader, task *v1alpha1.Task) (*v1alpha1.Scheduler, error) {
	sched := &v1alpha1.Scheduler{}
	err := reader.Get(ctx, types.NamespacedName{Namespace: task.Namespace, Name: task.SchedulerName()}, sched)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil //nolint:nilnil // not there is an answer, not an error
	case err != nil:
		return nil, fmt.Errorf("reading scheduler %s: %w", task.SchedulerName(), err)
	}
	return serving(sched, task), nil
}

// serving returns the Scheduler if it serves the Task. One that is being deleted serves
// only the Tasks that run because of it.
func serving(sched *v1alpha1.Scheduler, task *v1alpha1.Task) *v1alpha1.Scheduler {
	if sched != nil && !sched.DeletionTimestamp.IsZero() && task.Spec.Trigger.Shutdown == nil {
		return nil
	}
	return sched
}
