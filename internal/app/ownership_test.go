package app_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
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
		sched.Spec.TaskDefaults = &v1alpha1.TaskDefaults{MaxInstances: 2}
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
}
