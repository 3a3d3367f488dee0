package e2e_test

import (
	"bufio"
	"context"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// What a hostile tenant has.
const (
	hostileTriggers = 2000
	hostileSeconds  = 600
	hostileAtOnce   = 10_000
	hostilePods     = 60
	hostileRequests = 60
)

// hostileTenant is a user with the role edit in one namespace, who tries to delay the
// Tasks of others.
type hostileTenant struct {
	namespace string
	client    client.Client
}

func newHostileTenant(ctx context.Context) *hostileTenant {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "hostile-"}}
	Expect(env.client.Create(ctx, namespace)).To(Succeed())
	kubectl(ctx, namespace.Name, "create", "rolebinding", "mallory", "--clusterrole=edit", "--user=mallory")
	config, err := clientcmd.BuildConfigFromFlags("", env.Kubeconfig())
	Expect(err).NotTo(HaveOccurred())
	config.QPS, config.WarningHandler = -1, rest.NoWarnings{}
	config.Impersonate = rest.ImpersonationConfig{UserName: "mallory", Groups: []string{"system:authenticated"}}
	impersonated, err := client.New(config, client.Options{Scheme: env.client.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	h := &hostileTenant{namespace: namespace.Name, client: impersonated}
	DeferCleanup(func(ctx SpecContext) {
		// The API server answers after a minute at the latest, whether all are gone or not.
		Eventually(ctx, func(ctx context.Context) error {
			return env.client.DeleteAllOf(ctx, &v1alpha1.Task{}, client.InNamespace(h.namespace))
		}).WithTimeout(4 * time.Minute).Should(Succeed())
		Expect(env.client.Delete(ctx, namespace)).To(Succeed())
	}, NodeTimeout(5*time.Minute))
	return h
}

// create creates n Tasks, eight at a time.
func (h *hostileTenant) create(ctx context.Context, n int, name string, spec func(i int) v1alpha1.TaskSpec) {
	GinkgoHelper()
	const workers = 8
	errs := make(chan error, workers)
	for worker := range workers {
		go func() {
			for i := worker; i < n; i += workers {
				task := &v1alpha1.Task{ObjectMeta: metav1.ObjectMeta{Namespace: h.namespace, Name: fmt.Sprintf("%s-%d", name, i)}, Spec: spec(i)}
				if err := h.client.Create(ctx, task); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range workers {
		Expect(<-errs).To(Succeed())
	}
}

// logging is a Task that runs in the manager.
func logging(trigger v1alpha1.Trigger) v1alpha1.TaskSpec {
	return v1alpha1.TaskSpec{Trigger: trigger, Action: v1alpha1.Action{Handler: &v1alpha1.HandlerAction{Name: "log"}}}
}

func everySecond() v1alpha1.Trigger {
	return v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{Interval: &v1alpha1.IntervalTrigger{Seconds: 1}}}
}

// requesting is a Task that calls a server each second.
func requesting(url string) v1alpha1.TaskSpec {
	return v1alpha1.TaskSpec{Trigger: everySecond(), Action: v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{URL: url}}}
}

// creatingPods is a Task that creates a Pod each second.
func creatingPods() v1alpha1.TaskSpec {
	template := corev1.PodTemplateSpec{}
	template.Spec.Containers = []corev1.Container{{Name: "main", Image: "devcluster.local/tools:1", Args: []string{"true"}}}
	return v1alpha1.TaskSpec{Trigger: everySecond(), Action: v1alpha1.Action{Pod: &v1alpha1.PodAction{Template: template}}}
}

// hangPods has an admission webhook hang on each Pod of the namespace.
func (h *hostileTenant) hangPods(ctx context.Context) {
	GinkgoHelper()
	over := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		select {
		case <-request.Context().Done():
		case <-over:
		}
	}))
	server.StartTLS()
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	webhook := &admissionregistrationv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: h.namespace},
		Webhooks: []admissionregistrationv1.ValidatingWebhook{{
			Name: "pods.hostile.example.com", ClientConfig: admissionregistrationv1.WebhookClientConfig{URL: &server.URL, CABundle: certificate},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
			NamespaceSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: h.namespace}},
			SideEffects:             ptr.To(admissionregistrationv1.SideEffectClassNone),
			AdmissionReviewVersions: []string{"v1"}, TimeoutSeconds: ptr.To[int32](30),
		}},
	}
	Expect(env.client.Create(ctx, webhook)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(env.client.Delete(ctx, webhook)).To(Succeed())
		close(over)
		server.CloseClientConnections()
		server.Close()
	})
}

// tarpits are servers at a loopback address whose answers do not end: one switches
// protocols, one sends its header byte by byte, one a body without an end.
func tarpits(ctx context.Context) []string {
	GinkgoHelper()
	var urls []string
	for _, answer := range []func(net.Conn) error{
		func(c net.Conn) error {
			_, err := c.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"))
			return err
		},
		func(c net.Conn) error { return drip(ctx, c, "HTTP/1.1 200 OK\r\nX-Slow: ") },
		func(c net.Conn) error { return drip(ctx, c, "HTTP/1.1 200 OK\r\n\r\n") },
	} {
		urls = append(urls, tarpit(answer))
	}
	return urls
}

func drip(ctx context.Context, c net.Conn, start string) error {
	_, err := c.Write([]byte(start))
	for tick := time.NewTicker(time.Second); err == nil; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			_, err = c.Write([]byte("x"))
		}
	}
	return err
}

// tarpit serves connections that it answers once and keeps open until the spec is over.
func tarpit(answer func(net.Conn) error) string {
	GinkgoHelper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	var open sync.WaitGroup
	var mu sync.Mutex
	var held []net.Conn
	open.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return // closed
			}
			mu.Lock()
			held = append(held, c)
			mu.Unlock()
			open.Go(func() {
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					_ = answer(c) // The client may have gone.
				}
			})
		}
	})
	DeferCleanup(func() {
		mustClose(listener)
		mu.Lock()
		for _, c := range held {
			_ = c.Close() // The client may have closed it.
		}
		mu.Unlock()
		open.Wait()
	})
	return "http://" + listener.Addr().String()
}
