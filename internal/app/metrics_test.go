package app_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	"github.com/prometheus/client_golang/prometheus"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// labelled returns the figure of the series of a metric with a label of that value,
// summed over its other labels.
func labelled(registry *prometheus.Registry, name, label, value string) float64 {
	GinkgoHelper()
	families, err := registry.Gather()
	Expect(err).NotTo(HaveOccurred())
	sum := 0.0
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			for _, pair := range metric.GetLabel() {
				if family.GetName() == name && pair.GetName() == label && pair.GetValue() == value {
					sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
				}
			}
		}
	}
	return sum
}

// removeTasks deletes the Tasks that other specs left behind: some run every second, so that
// two looks at them never agree.
func removeTasks(ctx context.Context) {
	GinkgoHelper()
	tasks := &v1alpha1.TaskList{}
	Expect(admin.List(ctx, tasks)).To(Succeed())
	for i := range tasks.Items {
		Expect(client.IgnoreNotFound(admin.Delete(ctx, &tasks.Items[i]))).To(Succeed())
	}
}

var _ = Describe("Metrics", func() {
	It("count N runs as N, and the Tasks and runs that there are", func(ctx SpecContext) {
		removeTasks(ctx)
		registry := prometheus.NewRegistry()
		boot(registry)
		namespace := newNamespace(ctx)
		const asked = 3
		for _, name := range []string{"a", "b", "c"} {
			task := makeTask(namespace, name, v1alpha1.SimpleTrigger{Schedule: "0 0 29 2 *"}, podAction())
			task.Spec.Paused = true
			task.Annotations = map[string]string{v1alpha1.AnnotationRunRequestedAt: "now"}
			Expect(admin.Create(ctx, task)).To(Succeed())
		}
		agrees := func(g Gomega) (ours int) {
			starting, tasks, counts := 0.0, &v1alpha1.TaskList{}, map[v1alpha1.TaskState]float64{}
			g.Expect(admin.List(ctx, tasks)).To(Succeed())
			for i := range tasks.Items {
				counts[tasks.Items[i].Status.State]++
				for _, run := range tasks.Items[i].Status.Active {
					if run.State == v1alpha1.RunStarting {
						starting++
					}
					if tasks.Items[i].Namespace == namespace {
						ours++
					}
				}
			}
			for _, state := range []v1alpha1.TaskState{v1alpha1.TaskScheduled, v1alpha1.TaskPaused, v1alpha1.TaskCompleted, v1alpha1.TaskStalled} {
				g.Expect(labelled(registry, "carillon_tasks", "state", strings.ToLower(string(state)))).To(Equal(counts[state]), string(state))
			}
			g.Expect(labelled(registry, "carillon_active_runs", "state", "starting")).To(Equal(starting))
			return ours
		}
		Eventually(func(g Gomega) {
			g.Expect(agrees(g)).To(Equal(asked))
		}).WithTimeout(15 * time.Second).Should(Succeed())
		Eventually(func(g Gomega) {
			finishPods(ctx, namespace, corev1.PodSucceeded)
			g.Expect(labelled(registry, "carillon_runs_total", "source", "manual")).To(Equal(float64(asked)))
			g.Expect(agrees(g)).To(BeZero())
		}).WithTimeout(15 * time.Second).Should(Succeed())
	})

	It("are served by HTTPS, also by a manager that stands by, to those alone who may read them", func(ctx SpecContext) {
		leading, standby := prometheus.NewRegistry(), prometheus.NewRegistry()
		boot(leading)
		leads := func(registry *prometheus.Registry) func() float64 {
			return func() float64 { return gauge(registry, "carillon_leader") }
		}
		Eventually(leads(leading)).WithTimeout(15 * time.Second).Should(Equal(1.0))
		address := freeAddress()
		boot(standby, "--metrics-bind-address="+address)
		namespace := newNamespace(ctx)
		reader, stranger := tokenOf(ctx, namespace, "reader"), tokenOf(ctx, namespace, "stranger")
		Expect(admin.Create(ctx, &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: "reads-metrics"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "carillon-metrics-reader"},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: "reader"}},
		})).To(Succeed())
		for token, status := range map[string]types.GomegaMatcher{
			"":       Equal(http.StatusUnauthorized),
			"forged": BeElementOf(http.StatusUnauthorized, http.StatusInternalServerError), // as the API server sees it
			stranger: Equal(http.StatusForbidden),
			reader:   Equal(http.StatusOK),
		} {
			Eventually(func() (int, error) { return get(ctx, "https://"+address+"/metrics", token) }).WithTimeout(15 * time.Second).Should(status)
		}
		Expect(get(ctx, "http://"+address+"/metrics", reader)).NotTo(Equal(http.StatusOK))
		Expect(leads(standby)()).To(BeZero())
	})
})

// gauge is the figure of a metric that has one series.
func gauge(registry *prometheus.Registry, name string) float64 {
	GinkgoHelper()
	families, err := registry.Gather()
	Expect(err).NotTo(HaveOccurred())
	for _, family := range families {
		if family.GetName() == name {
			Expect(family.GetMetric()).To(HaveLen(1))
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	Fail("there is no " + name)
	return 0
}

// tokenOf makes a ServiceAccount and returns a token of it.
func tokenOf(ctx context.Context, namespace, name string) string {
	GinkgoHelper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	Expect(admin.Create(ctx, account)).To(Succeed())
	request := &authenticationv1.TokenRequest{}
	Expect(admin.SubResource("token").Create(ctx, account, request)).To(Succeed())
	return request.Status.Token
}

// get makes a request with a token and returns the status of the answer.
func get(ctx context.Context, url, token string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// freeAddress returns a loopback address that nobody listens at just now.
func freeAddress() string {
	GinkgoHelper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	Expect(listener.Close()).To(Succeed())
	return listener.Addr().String()
}
