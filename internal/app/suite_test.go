package app_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/carillon-dev/carillon/internal/app"
)

func TestManager(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Manager")
}

// managerNamespace is where the ServiceAccount is that config/rbac binds the manager's
// roles to.
const managerNamespace = "carillon-system"

var (
	cluster *envtest.Environment
	admin   client.Client
	// restricted is the configuration of a manager with the rights of its
	// ServiceAccount and no more.
	restricted *rest.Config
)

var _ = BeforeSuite(func(ctx SpecContext) {
	Expect(os.Getenv("KUBEBUILDER_ASSETS")).NotTo(BeEmpty(), "these tests need an API server: run them with make test")
	cluster = &envtest.Environment{
		CRDDirectoryPaths:     []string{filepath.Join("..", "..", "config", "crd", "bases")},
		ErrorIfCRDPathMissing: true,
	}
	cfg, err := cluster.Start()
	Expect(err).NotTo(HaveOccurred())
	cfg.QPS = -1
	admin, err = client.New(cfg, client.Options{Scheme: app.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	installRoles(ctx)
	restricted = asManager(cfg, managerNamespace)
	restricted.Wrap(made.record)
})

// asManager is the configuration of a client with the manager's ServiceAccount in a namespace.
func asManager(cfg *rest.Config, namespace string) *rest.Config {
	account := rest.CopyConfig(cfg)
	account.Impersonate = rest.ImpersonationConfig{
		UserName: "system:serviceaccount:" + namespace + ":carillon-manager",
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"},
	}
	return account
}

var _ = AfterSuite(func() {
	if cluster != nil {
		Expect(cluster.Stop()).To(Succeed())
	}
})

// installRoles applies the roles that make generate writes, and their bindings.
func installRoles(ctx SpecContext) {
	GinkgoHelper()
	makeNamespace(ctx, managerNamespace)
	for _, file := range []string{"role.yaml", "role_binding.yaml", "metrics_reader_role.yaml"} {
		for _, obj := range decode(filepath.Join("..", "..", "config", "rbac", file)) {
			switch obj.(type) {
			case *rbacv1.ClusterRole, *rbacv1.Role, *rbacv1.ClusterRoleBinding, *rbacv1.RoleBinding:
				Expect(admin.Create(ctx, obj)).To(Succeed())
			default:
				Fail("unexpected object in " + file)
			}
		}
	}
}
