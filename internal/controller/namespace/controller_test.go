package namespace

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

func TestLimitsOf(t *testing.T) {
	t.Parallel()
	defaults := Limits{Tasks: 100, Runs: 20, StartsPerSecond: 5}
	for name, tc := range map[string]struct {
		labels      map[string]string
		want        Limits
		wantLimited bool
		wantErr     string
	}{
		"no labels":                {want: defaults},
		"a higher limit":           {labels: map[string]string{v1alpha1.LabelLimitTasks: "1000"}, want: Limits{Tasks: 1000, Runs: 20, StartsPerSecond: 5}, wantLimited: true},
		"no limit":                 {labels: map[string]string{v1alpha1.LabelLimitRuns: "0"}, want: Limits{Tasks: 100, StartsPerSecond: 5}, wantLimited: true},
		"all":                      {labels: map[string]string{v1alpha1.LabelLimitTasks: "1", v1alpha1.LabelLimitRuns: "2", v1alpha1.LabelLimitStartsPerSecond: "3"}, want: Limits{1, 2, 3}, wantLimited: true},
		"a negative one":           {labels: map[string]string{v1alpha1.LabelLimitTasks: "-1"}, want: defaults, wantErr: `carillon.dev/limit-tasks="-1": write a whole number, such as 100, or 0 for no limit`},
		"words":                    {labels: map[string]string{v1alpha1.LabelLimitRuns: "unlimited"}, want: defaults, wantErr: "write a whole number"},
		"an empty one":             {labels: map[string]string{v1alpha1.LabelLimitRuns: ""}, want: defaults, wantErr: "write a whole number"},
		"more than there can be":   {labels: map[string]string{v1alpha1.LabelLimitRuns: "9999999999"}, want: defaults, wantErr: "write a whole number"},
		"one that is wrong of two": {labels: map[string]string{v1alpha1.LabelLimitRuns: "many", v1alpha1.LabelLimitTasks: "7"}, want: Limits{Tasks: 7, Runs: 20, StartsPerSecond: 5}, wantLimited: true, wantErr: "limit-runs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, limited, err := limitsOf(tc.labels, defaults)
			if got != tc.want || limited != tc.wantLimited {
				t.Errorf("limitsOf() = %+v, %t, want %+v, %t", got, limited, tc.want, tc.wantLimited)
			}
			if (err == nil) != (tc.wantErr == "") || err != nil && !strings.Contains(err.Error(), tc.wantErr) {
				t.Errorf("error %v, want %q", err, tc.wantErr)
			}
		})
	}
}

// applied are the limits that a Reconciler applies.
type applied map[string]Limits

func (a applied) reconciler(t *testing.T, objects ...client.Object) *Reconciler {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), metav1.AddMetaToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	reader := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
	return &Reconciler{
		Client: reader, Live: reader, Defaults: Limits{Tasks: 9},
		Set:   func(namespace string, limits Limits) { a[namespace] = limits },
		Reset: func(namespace string) { delete(a, namespace) },
	}
}

func namespace(name string, labels map[string]string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
}

func TestReconcile_FollowsTheLabels(t *testing.T) {
	t.Parallel()
	got := applied{"gone": {Tasks: 1}, "reset": {Tasks: 1}}
	r := got.reconciler(t, namespace("own", map[string]string{v1alpha1.LabelLimitRuns: "3"}), namespace("reset", nil))
	for _, name := range []string{"own", "reset", "gone"} {
		if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Name: name}}); err != nil {
			t.Errorf("Reconcile(%s) = %v", name, err)
		}
	}
	if diff := cmp.Diff(applied{"own": {Tasks: 9, Runs: 3}}, maps.Clone(got)); diff != "" {
		t.Errorf("applied (-want +got):\n%s", diff)
	}
}

func TestLoad_AppliesAllLimits(t *testing.T) {
	t.Parallel()
	got := applied{}
	r := got.reconciler(t, namespace("a", map[string]string{v1alpha1.LabelLimitTasks: "1"}), namespace("b", map[string]string{v1alpha1.LabelLimitTasks: "2"}), namespace("c", nil))
	if err := r.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(applied{"a": {Tasks: 1}, "b": {Tasks: 2}}, got); diff != "" {
		t.Errorf("applied (-want +got):\n%s", diff)
	}
}

// RBAC in some namespaces allows to read these Namespaces, and no list of them.
type noLists struct{ client.Reader }

func (noLists) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return errors.New("namespaces is forbidden")
}

func TestPoll_FollowsTheLabelsOfSomeNamespaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := applied{"gone": {Tasks: 1}}
		r := got.reconciler(t, namespace("a", map[string]string{v1alpha1.LabelLimitTasks: "1"}), namespace("other", map[string]string{v1alpha1.LabelLimitTasks: "2"}))
		server := r.Live.(client.Client)
		r.Live, r.Namespaces, r.Clock = noLists{server}, []string{"a", "gone"}, clock.RealClock{}
		if err := r.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(applied{"a": {Tasks: 1}}, maps.Clone(got)); diff != "" {
			t.Errorf("loaded (-want +got):\n%s", diff)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.poll(ctx) }()
		time.Sleep(time.Second)
		if err := server.Update(ctx, namespace("a", map[string]string{v1alpha1.LabelLimitRuns: "3"})); err != nil {
			t.Fatal(err)
		}
		time.Sleep(pollInterval)
		synctest.Wait()
		if diff := cmp.Diff(applied{"a": {Tasks: 9, Runs: 3}}, maps.Clone(got)); diff != "" {
			t.Errorf("after a minute (-want +got):\n%s", diff)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
