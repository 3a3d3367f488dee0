package app_test

import (
	"bytes"
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/internal/app"
	"github.com/carillon-dev/carillon/manager/config"
)

var _ = Describe("A check of the managers", func() {
	// checked checks the managers with a lease in a namespace, with the rights of the manager.
	checked := func(ctx context.Context, namespace string) (string, error) {
		cfg, out := config.Default(), &bytes.Buffer{}
		cfg.LeaderElection.Namespace = namespace
		err := app.Check(ctx, cfg, restricted, out)
		return out.String(), err
	}

	It("finds the one that is the leader", func(ctx SpecContext) {
		// It creates the lease, also if an earlier spec has: see permissions_test.go.
		lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: managerNamespace, Name: "carillon-manager"}}
		Expect(client.IgnoreNotFound(admin.Delete(ctx, lease))).To(Succeed())
		boot(prometheus.NewRegistry())
		ctxOfCheck, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		Expect(checked(ctxOfCheck, managerNamespace)).To(SatisfyAll(
			ContainSubstring("is the leader"), ContainSubstring(managerNamespace+"/carillon-manager")))
	})

	It("says that a leader does not renew its lease", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		holder, renewed := "gone", metav1.NewMicroTime(time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC))
		lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "carillon-manager"}}
		lease.Spec.HolderIdentity, lease.Spec.RenewTime = &holder, &renewed
		Expect(admin.Create(ctx, lease)).To(Succeed())
		ended, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		cfg := config.Default()
		cfg.LeaderElection.Namespace = namespace
		Expect(app.Check(ended, cfg, cluster.Config, GinkgoWriter)).To(MatchError(ContainSubstring("gone holds the lease " + namespace + "/carillon-manager, and has not renewed it since 2026-11-29T10:00:00Z")))
	})
})
