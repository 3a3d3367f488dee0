package app_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// specifyOwnership looks at who owns which fields of what a user has applied, after
// the manager has dealt with it.
func specifyOwnership() {
	It("A5: writes to no spec", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		sched := &v1alpha1.Scheduler{}
		sched.Namespace, sched.Name = namespace, v1alpha1.DefaultSchedulerName
		sched.Spec.TaskDefaults = &v1alpha1.TaskDefaults{MaxInstances: new(int32(2))}
		Expect(admin.Create(ctx, sched)).To(Succeed())
		task := makeTask(namespace, "owned", now(), logAction())
		Expect(admin.Create(ctx, task)).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(statusOf(ctx, task).State).To(Equal(v1alpha1.TaskCompleted))
			g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(sched), sched)).To(Succeed())
			g.Expect(sched.Status.Tasks).To(HaveField("Completed", BeEquivalentTo(1)))
		}).WithTimeout(15 * time.Second).Should(Succeed())
		for _, obj := range []client.Object{task, sched} {
			Expect(obj.GetGeneration()).To(BeEquivalentTo(1), "a change of the spec counts it up")
			for _, entry := range obj.GetManagedFields() {
				if entry.Subresource != "status" && entry.Manager == "carillon-manager" {
					Expect(entry.FieldsV1.GetRawString()).NotTo(ContainSubstring(`"f:spec"`), types.NamespacedName{Namespace: namespace, Name: obj.GetName()}.String())
				}
			}
		}
	})
	It("A5: leaves nothing to be applied again", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		manifests := []*unstructured.Unstructured{
			manifest(namespace, "Scheduler", "default", map[string]any{"timeZone": "Europe/Berlin"}),
			manifest(namespace, "Task", "applied", map[string]any{
				"trigger": map[string]any{"date": map[string]any{}},
				"action":  map[string]any{"handler": map[string]any{"name": "log", "args": map[string]any{"message": "hello"}}},
			}),
		}
		for _, object := range manifests {
			serverSideApply(ctx, object)
		}
		Eventually(func(g Gomega) {
			g.Expect(statusOf(ctx, makeTask(namespace, "applied", now(), logAction())).State).To(Equal(v1alpha1.TaskCompleted))
		}).WithTimeout(15 * time.Second).Should(Succeed())
		for _, object := range manifests {
			before := object.DeepCopy()
			Expect(admin.Get(ctx, client.ObjectKeyFromObject(object), before)).To(Succeed())
			after := serverSideApply(ctx, object) // without force: a conflict would be an error
			Expect(after.GetGeneration()).To(BeEquivalentTo(1))
			Expect(after.Object["spec"]).To(Equal(before.Object["spec"]))
			Expect(after.GetResourceVersion()).To(Equal(before.GetResourceVersion()), "nothing was written")
		}
	})
}

// manifest is an object as somebody keeps it in Git.
func manifest(namespace, kind, name string, spec map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": kind,
		"metadata": map[string]any{"namespace": namespace, "name": name}, "spec": spec,
	}}
}

// serverSideApply applies a manifest as a tool for GitOps does, and returns what comes
// of it.
func serverSideApply(ctx context.Context, object *unstructured.Unstructured) *unstructured.Unstructured {
	GinkgoHelper()
	applied := object.DeepCopy()
	Expect(admin.Apply(ctx, client.ApplyConfigurationFromUnstructured(applied), client.FieldOwner("gitops"))).To(Succeed())
	return applied
}
