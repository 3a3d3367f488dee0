package e2e_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/hack/devcluster/cluster"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// repository is the checkout, seen from here.
const repository = "../.."

// environment is a cluster with clients for it, and a manager to run on it.
type environment struct {
	*cluster.Cluster

	// root is the checkout.
	root string
	// program is the manager that was built from it, and plugin that of kubectl.
	program, plugin string

	client  client.Client
	typed   kubernetes.Interface
	dynamic dynamic.Interface

	// hasImage: the node has the image of config/default.
	hasImage bool

	// managers are those that have been started by the running spec or the
	// container around it.
	managers []*managerProcess
	// started counts all managers, to name their logs.
	started int
}

func newEnvironment(ctx context.Context, started *cluster.Cluster) *environment {
	GinkgoHelper()
	root, err := filepath.Abs(repository)
	Expect(err).NotTo(HaveOccurred())
	e := &environment{Cluster: started, root: root}
	e.connect()

	dir, err := os.MkdirTemp("", "carillon-e2e-")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(os.RemoveAll, dir)
	e.program = filepath.Join(dir, "manager")
	e.run(ctx, "go", "build", "-o", e.program, "./cmd/manager")
	e.plugin = filepath.Join(dir, "kubectl-carillon")
	e.run(ctx, "go", "build", "-o", e.plugin, "./cmd/kubectl-carillon")
	return e
}

func (e *environment) connect() {
	GinkgoHelper()
	config, err := clientcmd.BuildConfigFromFlags("", e.Kubeconfig())
	Expect(err).NotTo(HaveOccurred())
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	scheme := runtime.NewScheme()
	Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	e.client, err = client.New(config, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	e.typed, err = kubernetes.NewForConfig(config)
	Expect(err).NotTo(HaveOccurred())
	e.dynamic, err = dynamic.NewForConfig(config)
	Expect(err).NotTo(HaveOccurred())
}

// full reports whether containers are real.
func (e *environment) full() bool { return e.Level() == cluster.Full }

// run runs a command in the root of the checkout.
func (e *environment) run(ctx context.Context, name string, arguments ...string) {
	GinkgoHelper()
	e.runWith(ctx, nil, name, arguments...)
}

// runWith is run with more environment variables.
func (e *environment) runWith(ctx context.Context, variables []string, name string, arguments ...string) {
	GinkgoHelper()
	command := exec.CommandContext(ctx, name, arguments...)
	command.Dir = e.root
	command.Env = append(os.Environ(), variables...)
	output, err := command.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "%s %s\n%s", name, strings.Join(arguments, " "), output)
}

// installCRDs installs the CRDs as a user does, and waits until they are served.
func (e *environment) installCRDs(ctx context.Context) {
	GinkgoHelper()
	kubectl(ctx, "", "apply", "--kustomize", filepath.Join(e.root, "config", "crd"))
	// kubectl wait does not bear a CRD that has no conditions yet.
	Eventually(ctx, func(ctx context.Context) error {
		_, err := tryKubectl(ctx, "", "", "get", "tasks,schedulers")
		return err
	}).Should(Succeed())
}

// newNamespace makes a namespace that is deleted after the spec. It does not
// wait for what Kubernetes puts into it: neither do users.
func newNamespace(ctx context.Context) string {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "e2e-"}}
	Expect(env.client.Create(ctx, namespace)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		if CurrentSpecReport().Failed() {
			describeNamespace(ctx, namespace.Name)
		}
		Expect(client.IgnoreNotFound(env.client.Delete(ctx, namespace))).To(Succeed())
	})
	return namespace.Name
}

// describeNamespace shows what is in a namespace, for somebody who looks for
// the reason of a failure.
func describeNamespace(ctx context.Context, namespace string) {
	for _, arguments := range [][]string{
		{"get", "tasks", "--output=yaml"},
		{"get", "pods", "--output=wide", "--show-labels"},
		{"get", "events", "--sort-by=.metadata.creationTimestamp"},
	} {
		output, err := tryKubectl(ctx, namespace, "", arguments...)
		AddReportEntry(fmt.Sprintf("kubectl %s in %s (error: %v)", strings.Join(arguments, " "), namespace, err), output,
			ReportEntryVisibilityFailureOrVerbose)
	}
}

// apiServer returns an address of the API server, as the cluster publishes it.
func (e *environment) apiServer(ctx context.Context) string {
	GinkgoHelper()
	slices := &discoveryv1.EndpointSliceList{}
	Expect(e.client.List(ctx, slices, client.InNamespace("default"), client.MatchingLabels{discoveryv1.LabelServiceName: "kubernetes"})).To(Succeed())
	Expect(slices.Items).NotTo(BeEmpty())
	slice := slices.Items[0]
	return net.JoinHostPort(slice.Endpoints[0].Addresses[0], strconv.Itoa(int(*slice.Ports[0].Port)))
}

func keyOf(namespace, name string) client.ObjectKey {
	return client.ObjectKey{Namespace: namespace, Name: name}
}
