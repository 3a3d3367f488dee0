package e2e_test

import (
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/testutil/manifests"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// The components that need nothing but Kubernetes, all of them together.
var _ = Describe("config/components", Label(needsContainers), func() {
	It("have the managers serve one namespace alone, with permissions in no other, and limit Tasks", func(ctx SpecContext) {
		ensureImage(ctx)
		fromNothing(ctx)
		overlay := manifests.Overlay(GinkgoTB(), env.root,
			"namespaced", "network-policy", "admission-policy", "http-secret-headers", "grafana", "kube-state-metrics")
		DeferCleanup(func(ctx SpecContext) {
			kubectl(ctx, "", "delete", "--kustomize", overlay, "--ignore-not-found", "--timeout=60s")
		}, NodeTimeout(2*time.Minute))
		kubectl(ctx, "", "apply", "--kustomize", overlay)
		kubectl(ctx, systemNamespace, "rollout", "status", deployment, "--timeout=60s")

		elsewhere := newNamespace(ctx)
		Eventually(ctx, func() string {
			output, _ := tryApply(ctx, "default", withSpec("hasty", withTrigger("{interval: {seconds: 1}}")))
			return output
		}).Should(ContainSubstring("write an interval of at least 10s"))
		for _, namespace := range []string{"default", elsewhere} {
			apply(ctx, namespace, withSpec("once", withTrigger("{date: {}}")))
		}
		Eventually(ctx, task("default", "once")).Should(And(haveState(v1alpha1.TaskCompleted), haveSucceeded(BeNumerically("==", 1))))
		Expect(getTask(ctx, elsewhere, "once").Status).To(Equal(v1alpha1.TaskStatus{}), "nobody serves it")

		manager := "--as=system:serviceaccount:" + systemNamespace + ":carillon-manager"
		Expect(kubectl(ctx, "default", "auth", "can-i", "create", "pods", manager)).To(HavePrefix("yes"))
		for _, resource := range []string{"pods", "tasks.carillon.dev", "events.events.k8s.io"} {
			answer, err := tryKubectl(ctx, elsewhere, "", "auth", "can-i", "create", resource, manager)
			Expect(err).To(HaveOccurred())
			Expect(answer).To(HavePrefix("no"), resource)
		}
		kubectl(ctx, "default", "delete", "tasks.carillon.dev,schedulers.carillon.dev", "--all")
		kubectl(ctx, "", "delete", "--kustomize", overlay, "--timeout=60s")
		expectNothingLeft(ctx)
	}, SpecTimeout(4*time.Minute))
})
