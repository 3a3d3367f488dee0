package scheduler

import (
	"context"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/controller/task"
)

// A Scheduler that is deleted between the read and the write of a reconcile needs no
// retry and is no error.
func TestReconcile_SchedulerDeletedMeanwhileIsNoError(t *testing.T) {
	t.Parallel()
	gone := apierrors.NewNotFound(v1alpha1.Resource("schedulers"), "main")
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	daily := v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{Schedule: "@daily"}}
	for name, tc := range map[string]struct {
		finalizer, deleted bool
		trigger            v1alpha1.Trigger
	}{
		"before the status is written":                           {trigger: daily},
		"before the finalizer is added":                          {trigger: v1alpha1.Trigger{Shutdown: &v1alpha1.ShutdownTrigger{}}},
		"before an unused finalizer is removed":                  {trigger: daily, finalizer: true},
		"before the finalizer is removed of a deleted Scheduler": {trigger: daily, finalizer: true, deleted: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sched := &v1alpha1.Scheduler{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "main"}}
			if tc.finalizer {
				sched.Finalizers = []string{v1alpha1.FinalizerShutdown}
			}
			if tc.deleted {
				sched.DeletionTimestamp = &metav1.Time{Time: now}
			}
			object := &v1alpha1.Task{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "task"}}
			object.Spec.SchedulerName, object.Spec.Trigger = "main", tc.trigger
			c := clientThatAnswers(t, gone, sched, object)
			r := &Reconciler{Client: c, Live: c, Clock: clocktesting.NewFakePassiveClock(now), Holder: "me"}
			if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(sched)}); err != nil {
				t.Errorf("Reconcile: %v, want no error", err)
			}
		})
	}
}

// clientThatAnswers returns a client that holds these objects, and whose every write
// ends with this error.
func clientThatAnswers(t *testing.T, err error, objects ...client.Object) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).
		WithIndex(&v1alpha1.Task{}, task.SchedulerIndex, func(obj client.Object) []string { return []string{obj.(*v1alpha1.Task).SchedulerName()} }).
		WithInterceptorFuncs(interceptor.Funcs{
			Patch: func(context.Context, client.WithWatch, client.Object, client.Patch, ...client.PatchOption) error {
				return err
			},
			SubResourceApply: func(context.Context, client.Client, string, runtime.ApplyConfiguration, ...client.SubResourceApplyOption) error {
				return err
			},
		}).Build()
}
