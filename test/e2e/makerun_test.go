package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/cluster"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const (
	// firstRunLimit is how soon after make run the first sample has run.
	firstRunLimit = 60 * time.Second
	// goodbyeLimit is how long after Ctrl-C all may take to end.
	goodbyeLimit = 15 * time.Second
)

var _ = Describe("make run", func() {
	It("shows the samples running, serves the first session, and leaves nothing behind", func(ctx SpecContext) {
		if other, err := cluster.Attach(""); err == nil {
			Skip(fmt.Sprintf("somebody uses make run already (process %d): there is one such cluster at a time", other.OwnerPID()))
		}
		before := inspectMachine()
		first := tryOut(ctx, "first", func(ctx context.Context, user *newcomer) {
			if !env.full() {
				return // the page shows logs of containers
			}
			By("following " + startPage + " in a second terminal")
			user.reader().follows(ctx, startPage)
		})
		Expect(inspectMachine()).To(Equal(before), "what is on this machine")

		By("running it a second time")
		second := tryOut(ctx, "second", nil)
		Expect(inspectMachine()).To(Equal(before), "what is on this machine")
		report("make run, with a warm cache", fmt.Sprintf("%s; again: %s", first, second))
	}, SpecTimeout(6*time.Minute))
})

// times is how long make run took to the first run of a sample, and to end.
type times struct{ firstRun, goodbye time.Duration }

func (t times) String() string {
	return fmt.Sprintf("the first sample had run after %s, all ended %s after Ctrl-C", t.firstRun.Round(100*time.Millisecond), t.goodbye.Round(100*time.Millisecond))
}

// tryOut does what a newcomer does: make run, a look around in a second terminal, whatever else they
// do there, and Ctrl-C.
func tryOut(ctx context.Context, name string, session func(context.Context, *newcomer)) times {
	GinkgoHelper()
	user := startMakeRun(env.Log("make-run-" + name))
	Eventually(ctx, func(g Gomega) {
		if user.hasEnded() {
			StopTrying("make run has ended by itself").Now()
		}
		g.Expect(user.kubeconfig()).NotTo(BeEmpty())
	}).WithTimeout(firstRunLimit).Should(Succeed(), user.log)
	Eventually(ctx, func(ctx context.Context) string {
		output, err := user.kubectl(ctx, "get", "tasks", "--output='jsonpath={.items[*].status.lastSuccessTime}'")
		if err != nil {
			return ""
		}
		return output
	}).WithTimeout(time.Until(user.begun.Add(firstRunLimit))).ShouldNot(BeEmpty(), "a sample has run; the output is in %s", user.log)
	took := times{firstRun: time.Since(user.begun)}

	for _, look := range [][]string{{"get", "tasks"}, {"describe", "task", "hello"}} {
		output, err := user.kubectl(ctx, look...)
		Expect(err).NotTo(HaveOccurred(), output)
		Expect(output).To(ContainSubstring("hello"))
	}
	output, err := user.kubectl(ctx, "carillon", "doctor")
	Expect(err).NotTo(HaveOccurred(), output)
	if env.full() {
		Eventually(ctx, func(ctx context.Context) (string, error) {
			return user.kubectl(ctx, "logs", "--selector=carillon.dev/task=welcome")
		}).Should(ContainSubstring("CARILLON_TASK=welcome"))
	}

	if session != nil {
		session(ctx, user)
	}

	family := familyOf(user.command.Process.Pid)
	Expect(family.commands()).To(ContainElements(ContainSubstring("kube-apiserver"), ContainSubstring("manager")))
	asked := time.Now()
	user.interrupt()
	Eventually(ctx, user.ended).WithTimeout(goodbyeLimit+seconds(5)).Should(BeClosed(), user.log)
	took.goodbye = time.Since(asked)
	Expect(took.goodbye).To(BeNumerically("<", goodbyeLimit))
	Expect(os.ReadFile(user.log)).To(ContainSubstring("all is gone"), user.log)
	Expect(family.survivors().commands()).To(BeEmpty(), "processes")
	return took
}

// newcomer is somebody who has typed make run.
type newcomer struct {
	begun   time.Time
	log     string
	command *exec.Cmd
	ended   chan struct{}
	second  *reader // at a second terminal, once there is one
}

func startMakeRun(path string) *newcomer {
	GinkgoHelper()
	return startMake(path, []string{"LEVEL=" + string(env.Level())}, "run")
}

// startMake types make with arguments, and with further variables in its environment.
func startMake(path string, environment []string, arguments ...string) *newcomer {
	GinkgoHelper()
	user := &newcomer{begun: time.Now(), log: path, ended: make(chan struct{})}
	log, err := os.Create(user.log)
	Expect(err).NotTo(HaveOccurred())
	defer mustClose(log)
	user.command = exec.Command("make", arguments...)
	user.command.Dir = env.root
	user.command.Env = append(os.Environ(), environment...)
	user.command.Stdout, user.command.Stderr = log, log
	// A process group of its own, as a shell gives to what it starts.
	user.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	begun := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := user.command.Start()
		begun <- err
		if err == nil {
			_ = user.command.Wait() // make calls an interrupt an error.
			close(user.ended)
		}
	}()
	Expect(<-begun).To(Succeed())
	DeferCleanup(func() {
		user.interrupt()
		<-user.ended
		if CurrentSpecReport().Failed() {
			output, err := os.ReadFile(user.log)
			AddReportEntry("the output of make run", errors.Join(err, errors.New(string(output))).Error())
		}
	})
	return user
}

func (u *newcomer) hasEnded() bool {
	select {
	case <-u.ended:
		return true
	default:
		return false
	}
}

// interrupt does what the terminal does on Ctrl-C: it tells the whole group.
func (u *newcomer) interrupt() {
	if !u.hasEnded() {
		_ = syscall.Kill(-u.command.Process.Pid, syscall.SIGINT)
	}
}

var (
	exportLine = regexp.MustCompile(`(?m)^\s*export KUBECONFIG=(\S+)$`)
	// exportLines are what a newcomer pastes into a second terminal.
	exportLines = regexp.MustCompile(`(?m)^\s*export \S+$`)
)

// kubeconfig returns the path that make run tells to export, once it does.
func (u *newcomer) kubeconfig() string {
	output, err := os.ReadFile(u.log)
	if err != nil {
		return ""
	}
	if found := exportLine.FindSubmatch(output); found != nil {
		return string(found[1])
	}
	return ""
}

// kubectl runs kubectl as in a second terminal.
func (u *newcomer) kubectl(ctx context.Context, arguments ...string) (string, error) {
	return u.reader().types(ctx, "kubectl "+strings.Join(arguments, " "))
}

// reader is the newcomer at a second terminal: with what make run tells to export, and nothing else
// of Carillon.
func (u *newcomer) reader() *reader {
	GinkgoHelper()
	if u.second != nil {
		return u.second
	}
	output, err := os.ReadFile(u.log)
	Expect(err).NotTo(HaveOccurred())
	exports := exportLines.FindAllString(string(output), -1)
	Expect(exports).To(HaveLen(2), "the lines to export in %s", u.log)
	u.second = newReader(startPage)
	u.second.variables, u.second.begun = os.Environ(), strings.Join(exports, "\n")+"\n"
	return u.second
}
