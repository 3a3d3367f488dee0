package e2e_test

import (
	"context"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
)

// The session of somebody who has never seen Carillon: install, apply, list, pause, run,
// resume, logs, explain, convert, doctor, uninstall.
var _ = Describe("Somebody new", Label(needsContainers), func() {
	It("does what "+strangersPage+" says, from nothing to nothing", func(ctx SpecContext) {
		ensureImage(ctx)
		fromNothing(ctx)
		DeferCleanup(func(ctx SpecContext) {
			if CurrentSpecReport().Failed() {
				describeNamespace(ctx, "default")
				describeNamespace(ctx, systemNamespace)
			}
		}, NodeTimeout(time.Minute))
		newReader(strangersPage).follows(ctx, strangersPage)
		expectNothingLeft(ctx)
	}, SpecTimeout(5*time.Minute))
})

// fromNothing takes away the CRDs, which the suite has installed, until the spec ends.
func fromNothing(ctx context.Context) {
	GinkgoHelper()
	kubectl(ctx, "", "delete", "--kustomize", filepath.Join(env.root, "config", "crd"), "--timeout=60s")
	DeferCleanup(func(ctx SpecContext) {
		kubectl(ctx, "", "delete", "--kustomize", filepath.Join(env.root, "config", "default"), "--ignore-not-found", "--timeout=60s")
		env.installCRDs(ctx)
	}, NodeTimeout(2*time.Minute))
	expectNothingLeft(ctx)
}
