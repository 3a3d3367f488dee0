package e2e_test

import (
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// listener is a server that keeps the requests it gets.
type listener struct {
	address string
	mu      sync.Mutex
	got     []received
}

// received is a request.
type received struct {
	method, path, body string
	header             http.Header
	at                 time.Time
}

// listen starts a server at an address of this machine. The first requests, as
// many as hang says, are not answered.
func listen(ip string, hang int) *listener {
	GinkgoHelper()
	socket, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
	Expect(err).NotTo(HaveOccurred())
	l := &listener{address: socket.Addr().String()}
	over := make(chan struct{})
	server := &http.Server{ReadHeaderTimeout: seconds(10), Handler: http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		if l.note(request) <= hang {
			select {
			case <-request.Context().Done():
			case <-over:
			}
		}
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(socket) // It ends by Close.
	}()
	DeferCleanup(func() {
		close(over)
		Expect(server.Close()).To(Succeed())
		<-done
	})
	return l
}

// note keeps a request and returns how many there are.
func (l *listener) note(request *http.Request) int {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		body = []byte(err.Error())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got = append(l.got, received{method: request.Method, path: request.URL.Path, body: string(body), header: request.Header.Clone(), at: time.Now()})
	return len(l.got)
}

// requests returns the requests so far.
func (l *listener) requests() []received {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clip(l.got)
}

func specifyHTTP() {
	It("reaches its server with its headers, and a key for each run", func(ctx SpecContext) {
		namespace, server := newNamespace(ctx), listen("127.0.0.1", 0)
		apply(ctx, namespace, `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: hook}
spec:
  trigger: {interval: {seconds: 2}}
  action:
    http:
      method: PUT
      url: http://`+server.address+`/run
      headers:
      - {name: X-Team, value: reports}
      - {name: Content-Type, value: application/json}
      body: '{"job": "refresh"}'
`)
		Eventually(ctx, server.requests).Should(HaveLen(2))
		Eventually(ctx, task(namespace, "hook")).Should(haveSucceeded(BeNumerically(">=", 2)))
		hook := settled(ctx, namespace, "hook")
		requests := server.requests()
		Expect(requests).To(HaveLen(int(counts(hook).Succeeded)), "one request a run")

		keys := map[string]bool{}
		for i, request := range requests {
			slot := hook.CreationTimestamp.Add(time.Duration(i+1) * 2 * time.Second).UTC().Format(time.RFC3339)
			Expect(request.method).To(Equal(http.MethodPut))
			Expect(request.path).To(Equal("/run"))
			Expect(request.body).To(Equal(`{"job": "refresh"}`))
			for name, value := range map[string]string{
				"X-Team": "reports", "Content-Type": "application/json",
				v1alpha1.HeaderTask: "hook", v1alpha1.HeaderNamespace: namespace,
				v1alpha1.HeaderScheduledTime: slot, v1alpha1.HeaderDueTime: slot,
				v1alpha1.HeaderAttempt: "1", v1alpha1.HeaderSource: "Scheduled", v1alpha1.HeaderCoalesced: "0",
			} {
				Expect(request.header.Get(name)).To(Equal(value), name)
			}
			keys[request.header.Get(v1alpha1.HeaderIdempotencyKey)] = true
		}
		Expect(keys).To(HaveLen(len(requests)), "each run has a key of its own")
		Expect(keys).NotTo(HaveKey(""))
	}, SpecTimeout(time.Minute))

	It("fails by the status of the answer and leaves the Task ready", func(ctx SpecContext) {
		namespace, server := newNamespace(ctx), listen("127.0.0.1", 0)
		apply(ctx, namespace, `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: hook}
spec:
  trigger: {date: {}}
  action: {http: {url: "http://`+server.address+`", expectedStatus: "404"}}
`)
		Eventually(ctx, task(namespace, "hook")).Should(haveCondition(v1alpha1.ConditionLastRunSucceeded, metav1.ConditionFalse, ContainSubstring("200")))
		Expect(readyAsFar(getTask(ctx, namespace, "hook"))).To(BeTrue())
	}, SpecTimeout(time.Minute))

	It("is kept from addresses that are not public", func(ctx SpecContext) {
		// The manager was allowed one address of this machine and no other.
		namespace, server := newNamespace(ctx), listen("127.0.0.2", 0)
		urls := map[string]string{
			"loopback": "http://" + server.address,
			"metadata": "http://169.254.169.254/latest/meta-data/",
			"unmapped": "http://[::ffff:169.254.169.254]/",
		}
		if env.full() { // A simulated cluster publishes no address.
			urls["cluster"] = "https://" + env.apiServer(ctx) + "/version"
		}
		for name, url := range urls {
			apply(ctx, namespace, `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: `+name+`}
spec:
  trigger: {date: {}}
  action: {http: {url: "`+url+`"}}
`)
		}
		for name := range urls {
			Eventually(ctx, task(namespace, name)).Should(
				haveCondition(v1alpha1.ConditionLastRunSucceeded, metav1.ConditionFalse, ContainSubstring("http-allow-cidr")), name)
		}
		Expect(server.requests()).To(BeEmpty())
	}, SpecTimeout(time.Minute))
}
