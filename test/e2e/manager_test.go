package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// leaseName is the name of the managers' lease, and leaseNamespace where those outside of
// the cluster keep it.
const (
	leaseName      = "carillon-manager"
	leaseNamespace = "kube-system"
)

// quickLease makes a takeover a matter of seconds.
var quickLease = []string{
	"--leader-election-lease-duration=" + quickLeaseDuration.String(),
	"--leader-election-renew-deadline=4s",
	"--leader-election-retry-period=1s",
}

// quickLeaseDuration is how long a lease is respected that is not renewed.
const quickLeaseDuration = 6 * time.Second

// logTail is how much of a log a failure shows.
const logTail = 4 << 10

// managerProcess is a manager that runs as a process of this machine.
type managerProcess struct {
	// log is the path of the file with what it writes.
	log             string
	metrics, probes string
	// name is what it competes for the lease as, once that is known.
	name string

	command *exec.Cmd
	ended   chan struct{}
	// err is how it ended; valid once ended is closed.
	err error
}

// startManager starts a manager, which may be told more by flags. It is ended
// after the spec, or after the container if this is called before all of its
// specs.
func startManager(flags ...string) *managerProcess {
	GinkgoHelper()
	env.started++
	m := &managerProcess{
		log:     env.Log(fmt.Sprintf("manager-%02d", env.started)),
		metrics: freeAddress(), probes: freeAddress(),
		ended: make(chan struct{}),
	}
	log, err := os.Create(m.log)
	Expect(err).NotTo(HaveOccurred())
	defer mustClose(log)
	m.command = exec.Command(env.program, slices.Concat([]string{
		"--kubeconfig=" + env.Kubeconfig(),
		"--metrics-bind-address=" + m.metrics, "--metrics-secure=false",
		"--health-probe-bind-address=" + m.probes,
	}, flags)...)
	m.command.Stdout, m.command.Stderr = log, log
	// It dies with the suite, should that be killed.
	m.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	begun := make(chan error)
	go m.run(begun)
	Expect(<-begun).To(Succeed())
	env.managers = append(env.managers, m)
	DeferCleanup(func() {
		m.end()
		env.managers = slices.DeleteFunc(env.managers, func(other *managerProcess) bool { return other == m })
	})
	return m
}

// run starts the process and waits for its end, all on one thread: the kernel
// takes the end of the thread that started a child for the parent's death.
func (m *managerProcess) run(begun chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := m.command.Start()
	begun <- err
	if err == nil {
		m.err = m.command.Wait()
		close(m.ended)
	}
}

// freeAddress returns a loopback address that nobody listens at just now.
func freeAddress() string {
	GinkgoHelper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	defer mustClose(listener)
	return listener.Addr().String()
}

func (m *managerProcess) pid() int { return m.command.Process.Pid }

func (m *managerProcess) signal(signal syscall.Signal) {
	_ = m.command.Process.Signal(signal) // It may have ended.
}

// kill ends the process as a crash would.
func (m *managerProcess) kill() {
	m.signal(syscall.SIGKILL)
	<-m.ended
}

// terminate asks the process to end and waits until it has.
func (m *managerProcess) terminate(ctx context.Context) {
	GinkgoHelper()
	m.signal(syscall.SIGTERM)
	Eventually(ctx, m.ended).WithTimeout(seconds(45)).Should(BeClosed())
	Expect(m.err).NotTo(HaveOccurred(), "the manager was asked to end; its log is %s", m.log)
}

// end asks the process to end, so that it releases its lease, and does not wait
// for long.
func (m *managerProcess) end() {
	m.signal(syscall.SIGCONT)
	m.signal(syscall.SIGTERM)
	kill := time.AfterFunc(seconds(5), func() { m.signal(syscall.SIGKILL) })
	defer kill.Stop()
	<-m.ended
}

// awaitReady waits until the readiness probe succeeds.
func (m *managerProcess) awaitReady(ctx context.Context) {
	GinkgoHelper()
	Eventually(ctx, func(g Gomega) {
		g.Expect(m.ended).NotTo(BeClosed(), "the manager has ended; its log is %s", m.log)
		response, err := http.Get("http://" + m.probes + "/readyz")
		g.Expect(err).NotTo(HaveOccurred())
		mustClose(response.Body)
		g.Expect(response.StatusCode).To(Equal(http.StatusOK))
	}).Should(Succeed())
}

// awaitLead waits until the manager holds the lease.
func (m *managerProcess) awaitLead(ctx context.Context) {
	GinkgoHelper()
	Eventually(ctx, leaseHolder).WithPolling(20 * time.Millisecond).Should(Equal(m.holder(ctx)))
}

// holder returns the name under which the manager competes for the lease.
func (m *managerProcess) holder(ctx context.Context) string {
	GinkgoHelper()
	Eventually(ctx, m.saysItIs).ShouldNot(BeEmpty(), "the manager says who it is; its log is %s", m.log)
	return m.name
}

// saysItIs is holder as long as nothing but its log is known: empty until it has said
// so.
func (m *managerProcess) saysItIs() string {
	if m.name != "" {
		return m.name
	}
	for _, line := range m.logLines() {
		var entry struct{ Msg, Holder string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "starting" {
			m.name = entry.Holder
		}
	}
	return m.name
}

// leaseHolder returns who holds the managers' lease.
func leaseHolder(ctx context.Context) (string, error) {
	lease := &coordinationv1.Lease{}
	err := env.client.Get(ctx, keyOf(leaseNamespace, leaseName), lease)
	if err != nil || lease.Spec.HolderIdentity == nil {
		return "", client.IgnoreNotFound(err)
	}
	return *lease.Spec.HolderIdentity, nil
}

func (m *managerProcess) logLines() []string {
	content, err := os.ReadFile(m.log)
	if err != nil {
		return []string{err.Error()}
	}
	return strings.Split(string(bytes.TrimSpace(content)), "\n")
}

// describeManagers shows how the logs of the managers end.
func (e *environment) describeManagers() {
	for _, m := range e.managers {
		content, err := os.ReadFile(m.log)
		if err != nil {
			content = []byte(err.Error())
		}
		AddReportEntry("the end of "+m.log, string(content[max(0, len(content)-logTail):]), ReportEntryVisibilityFailureOrVerbose)
	}
}
