package status

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
	// Client writes.
	Client client.Client
	// Live reads past every cache.
	Live client.Reader
	// Snapshot makes what the core takes of a Task that was read.
	Snapshot func(ctx context.Context, task *v1alpha1.Task) (model.Snapshot, error)
	// Oversized gets the Tasks whose records do not fit beside them. Optional.
	Oversized *Oversized
	// ReportOversized publishes such a Task: its status cannot say so. Optional.
	ReportOversized func(task model.Task, problem *model.Problem)
}

var _ model.Store = (*Store)(nil)

// Load implements model.Store.
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
	return s.Snapshot(ctx, task)
}

// Save implements model.Store. A record that does not fit beside its Task is shortened,
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
	problem := s.Oversized.add(object, err)
	if s.ReportOversized != nil {
		s.ReportOversized(task, problem)
	}
	return "", fmt.Errorf("%w: %s", model.ErrTooLarge, problem.Message)
}

// apply writes a record. The resourceVersion in the applied object makes the apply a
// compare-and-swap: without it, the late write of a manager that has been replaced would
// roll the record back.
func (s *Store) apply(ctx context.Context, task model.Task, rec model.Record, version model.Version) (model.Version, error) {
	apply := ac.Task(task.Name, task.Namespace).
		WithUID(types.UID(task.UID)).
		WithResourceVersion(string(version)).
		WithStatus(Encode(task, rec))
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
