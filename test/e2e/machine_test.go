package e2e_test

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// machine is what a cluster could leave behind on this machine.
type machine struct {
	// processes are those that make run has started, however they may have been
	// re-parented since.
	processes []string
	// mounts, interfaces, namespaces and cgroups are all that there are.
	mounts, interfaces, namespaces, cgroups []string
}

func inspectMachine() machine {
	GinkgoHelper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	Expect(err).NotTo(HaveOccurred())
	m := machine{
		processes:  markedProcesses(),
		mounts:     strings.Split(string(bytes.TrimSpace(mounts)), "\n"),
		namespaces: glob("/run/netns/*"),
		// One level below each hierarchy is where a cluster has its own.
		cgroups: slices.Concat(glob("/sys/fs/cgroup/devcluster*"), glob("/sys/fs/cgroup/*/devcluster*")),
	}
	interfaces, err := net.Interfaces()
	Expect(err).NotTo(HaveOccurred())
	for _, i := range interfaces {
		m.interfaces = append(m.interfaces, i.Name)
	}
	return m
}

func glob(pattern string) []string {
	GinkgoHelper()
	found, err := filepath.Glob(pattern)
	Expect(err).NotTo(HaveOccurred())
	return found
}

// markedProcesses returns the command lines of all processes with the marker of
// make run in their environment. Containers do not inherit it, but their shims do.
func markedProcesses() []string {
	GinkgoHelper()
	var marked []string
	for _, path := range glob("/proc/[0-9]*/environ") {
		environment, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(environment, []byte(runMarker+"=yes")) {
			continue // It has ended, or is not ours.
		}
		command, err := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if err == nil {
			marked = append(marked, filepath.Dir(path)+": "+string(bytes.ReplaceAll(command, []byte{0}, []byte{' '})))
		}
	}
	return marked
}
