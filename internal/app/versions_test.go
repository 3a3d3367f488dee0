package app_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/store/status"
)

// What docs/production.md says of managers and CRDs of different versions.
var _ = Describe("Saves of managers of two versions", func() {
	save := func(ctx context.Context, namespace string, fields map[string]any) error {
		record := &unstructured.Unstructured{Object: map[string]any{"status": fields}}
		record.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Task"))
		record.SetNamespace(namespace)
		record.SetName("task")
		return admin.Status().Apply(ctx, client.ApplyConfigurationFromUnstructured(record), status.FieldOwner, client.ForceOwnership)
	}
	const then = "2026-11-29T10:00:00Z"

	var namespace string
	BeforeEach(func(ctx SpecContext) {
		namespace = newNamespace(ctx)
		Expect(admin.Create(ctx, makeTask(namespace, "task", v1alpha1.SimpleTrigger{Schedule: "0 0 29 2 *"}, podAction()))).To(Succeed())
	})

	It("fail if the CRD lacks a field of the newer one", func(ctx SpecContext) {
		Expect(save(ctx, namespace, map[string]any{"decidedThrough": then, "fromTheFuture": then})).To(MatchError(ContainSubstring("field not declared in schema")))
	})

	It("drop the fields that the older one does not know", func(ctx SpecContext) {
		Expect(save(ctx, namespace, map[string]any{"decidedThrough": then, "lastSuccessTime": then})).To(Succeed())
		Expect(save(ctx, namespace, map[string]any{"decidedThrough": then})).To(Succeed())
		task := &v1alpha1.Task{}
		Expect(admin.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "task"}, task)).To(Succeed())
		Expect(task.Status.DecidedThrough).NotTo(BeNil())
		Expect(task.Status.LastSuccessTime).To(BeNil())
	})
})
