package e2e_test

import (
	"bytes"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// machine is what a cluster could leave behind on this machine besides processes.
type machine struct {
	mounts, interfaces, namespaces, cgroups []string
}

func inspectMachine() machine {
	GinkgoHelper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	Expect(err).NotTo(HaveOccurred())
	m := machine{
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

// process is a process of this machine. Its number may be another's later, but
// not with the same start.
type process struct {
	pid, parent int
	start       string
	// namespace is that of its number; it does not change.
	namespace string
	command   string
}

// processes are some of the machine's, by their numbers.
type processes map[int]process

// listProcesses returns all processes that there are.
func listProcesses() processes {
	GinkgoHelper()
	all := processes{}
	for _, dir := range glob("/proc/[0-9]*") {
		if p, err := readProcess(dir); err == nil { // else it has just ended
			all[p.pid] = p
		}
	}
	return all
}

func readProcess(dir string) (process, error) {
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return process{}, err
	}
	command, err := os.ReadFile(filepath.Join(dir, "cmdline"))
	if err != nil {
		return process{}, err
	}
	namespace, err := os.Readlink(filepath.Join(dir, "ns", "pid"))
	if err != nil {
		return process{}, err
	}
	// The second field is the program's name in parentheses and may hold anything.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	pid, err := strconv.Atoi(filepath.Base(dir))
	if err != nil {
		return process{}, err
	}
	parent, err := strconv.Atoi(fields[4-3])
	return process{
		pid: pid, parent: parent, start: fields[22-3], namespace: namespace,
		command: string(bytes.ReplaceAll(command, []byte{0}, []byte{' '})),
	}, err
}

// familyOf returns a process and all that descend from it.
func familyOf(pid int) processes {
	GinkgoHelper()
	all, family := listProcesses(), processes{}
	for _, p := range all {
		for ancestor := p; ancestor.pid != 0; ancestor = all[ancestor.parent] {
			if ancestor.pid == pid {
				family[p.pid] = p
				break
			}
		}
	}
	return family
}

// survivors returns those of the processes that are still there, and all that
// live in a namespace that some of them have made.
func (ps processes) survivors() processes {
	GinkgoHelper()
	self, err := os.Readlink("/proc/self/ns/pid")
	Expect(err).NotTo(HaveOccurred())
	theirs := map[string]bool{}
	for _, p := range ps {
		theirs[p.namespace] = p.namespace != self
	}
	alive := listProcesses()
	maps.DeleteFunc(alive, func(pid int, p process) bool {
		return ps[pid].start != p.start && !theirs[p.namespace]
	})
	return alive
}

// commands returns the command lines.
func (ps processes) commands() []string {
	var commands []string
	for _, p := range ps {
		commands = append(commands, fmt.Sprintf("%d: %s", p.pid, p.command))
	}
	return commands
}
