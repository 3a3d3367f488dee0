// Package namespace follows the labels of Namespaces that limit what they may have.
package namespace

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// Limits are what a namespace may have. Zero is no limit.
type Limits struct {
	// Tasks is how many Tasks are scheduled.
	Tasks int
	// Runs is how many runs of a kind are under way at once, and StartsPerSecond how many are
	// started in a second.
	Runs, StartsPerSecond int
}

// pollInterval is how often Namespaces are read that cannot be watched.
const pollInterval = time.Minute

// Reconciler applies the limits of each Namespace.
type Reconciler struct {
	// Namespaces are those whose limits are applied; none stands for all. A permission in some
	// namespaces allows to read these Namespaces one by one, but neither to list nor to watch them.
	Namespaces []string
	Clock      clock.Clock
	// Client reads the cache, and Live past it.
	Client, Live client.Reader
	// Defaults are the limits of a namespace without labels.
	Defaults Limits
	// Set applies the limits of a namespace, and Reset those of a namespace that is gone.
	Set   func(namespace string, limits Limits)
	Reset func(namespace string)
}

// Permissions of the manager to follow the labels.
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch

// Load applies the limits of the Namespaces, before any Task is handed over.
func (r *Reconciler) Load(ctx context.Context) error {
	if len(r.Namespaces) > 0 {
		return r.readEach(ctx)
	}
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("NamespaceList"))
	if err := r.Live.List(ctx, list); err != nil {
		return fmt.Errorf("listing the namespaces: %w", err)
	}
	for i := range list.Items {
		r.apply(ctx, &list.Items[i])
	}
	return nil
}

// readEach reads the Namespaces one by one. One that cannot be read keeps its limits.
func (r *Reconciler) readEach(ctx context.Context) error {
	var errs []error
	for _, name := range r.Namespaces {
		errs = append(errs, r.read(ctx, r.Live, name))
	}
	return errors.Join(errs...)
}

// read applies the limits of one Namespace as a reader shows it.
func (r *Reconciler) read(ctx context.Context, reader client.Reader, name string) error {
	namespace := metadata()
	switch err := reader.Get(ctx, client.ObjectKey{Name: name}, namespace); {
	case apierrors.IsNotFound(err):
		r.Reset(name)
	case err != nil:
		return fmt.Errorf("reading the namespace %s: %w", name, err)
	default:
		r.apply(ctx, namespace)
	}
	return nil
}

// Reconcile implements reconcile.Reconciler.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	return ctrl.Result{}, r.read(ctx, r.Client, req.Name)
}

// poll reads the Namespaces again and again.
func (r *Reconciler) poll(ctx context.Context) error {
	for {
		timer := r.Clock.NewTimer(pollInterval)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C():
			if err := r.readEach(ctx); err != nil && ctx.Err() == nil {
				log.FromContext(ctx).Error(err, "the labels of namespaces are not followed; trying again", "after", pollInterval.String())
			}
		}
	}
}

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if len(r.Namespaces) > 0 {
		return mgr.Add(manager.RunnableFunc(r.poll)) //nolint:wrapcheck // as of the controller
	}
	return ctrl.NewControllerManagedBy(mgr).Named("namespace").
		For(&corev1.Namespace{}, builder.OnlyMetadata, builder.WithPredicates(predicate.LabelChangedPredicate{})).
		Complete(r)
}

func metadata() *metav1.PartialObjectMetadata {
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	return namespace
}

// apply applies the limits of a Namespace. A label that is no limit counts as missing.
func (r *Reconciler) apply(ctx context.Context, namespace *metav1.PartialObjectMetadata) {
	limits, limited, err := limitsOf(namespace.Labels, r.Defaults)
	if err != nil {
		log.FromContext(ctx).Error(err, "a limit of a namespace cannot be read; the manager's own is in effect", "namespace", namespace.Name)
	}
	if limited {
		r.Set(namespace.Name, limits)
	} else {
		r.Reset(namespace.Name)
	}
}

// limitsOf reads the limits from labels; limited is false if there are none.
func limitsOf(labels map[string]string, defaults Limits) (limits Limits, limited bool, err error) {
	limits = defaults
	fields := map[string]*int{
		v1alpha1.LabelLimitTasks: &limits.Tasks, v1alpha1.LabelLimitRuns: &limits.Runs, v1alpha1.LabelLimitStartsPerSecond: &limits.StartsPerSecond,
	}
	for _, label := range slices.Sorted(maps.Keys(fields)) {
		text, ok := labels[label]
		if !ok {
			continue
		}
		value, parseErr := strconv.ParseUint(text, 10, 31)
		if parseErr != nil {
			err = fmt.Errorf("label %s=%q: write a whole number, such as 100, or 0 for no limit", label, text)
			continue
		}
		*fields[label], limited = int(value), true
	}
	return limits, limited, err
}
