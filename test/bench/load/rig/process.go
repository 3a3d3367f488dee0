package rig

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/carillon-dev/carillon/test/bench/load/figures"
)

// Names of processes in a [figures.Usage], besides those of the cluster's components.
const (
	ManagerProcess = "manager"
	// BenchProcess is the benchmark itself: the witness, and the bare client.
	BenchProcess = "benchmark"
)

// components are the processes of a cluster.
var components = []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"}

// Processes are the numbers of the processes that are measured, by their names.
type Processes map[string]int

// Processes finds those of the cluster, and adds this process and the manager, if there is one.
func (c *Cluster) Processes(manager *Manager) (Processes, error) {
	found := Processes{BenchProcess: os.Getpid()}
	if manager != nil {
		found[ManagerProcess] = manager.PID()
	}
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, fmt.Errorf("listing processes: %w", err)
	}
	for _, dir := range dirs {
		line, err := os.ReadFile(filepath.Join(dir, "cmdline"))
		program, arguments, _ := bytes.Cut(line, []byte{0})
		if err != nil || !bytes.Contains(arguments, []byte(c.Dir())) {
			continue // It has just ended, or is another cluster's.
		}
		for _, name := range components {
			if filepath.Base(string(program)) == name {
				found[name], err = strconv.Atoi(filepath.Base(dir))
			}
		}
		if err != nil {
			return nil, fmt.Errorf("listing processes: %w", err)
		}
	}
	for _, name := range components {
		if found[name] == 0 {
			return nil, errors.New("there is no process " + name)
		}
	}
	return found, nil
}

// clockTicks is how many ticks of /proc/PID/stat make a second: it is so on all architectures of
// Linux that Go knows.
const clockTicks = 100

// CPU returns the CPU time in seconds that each of the processes has used.
func (p Processes) CPU() (figures.Usage, error) {
	return p.measure("stat", func(stat string) (float64, error) {
		// The second field is the program's name in parentheses and may hold anything.
		fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
		const user, system = 14 - 3, 15 - 3
		if len(fields) <= system {
			return 0, errors.New("too few fields")
		}
		u, err := strconv.ParseFloat(fields[user], 64)
		s, serr := strconv.ParseFloat(fields[system], 64)
		return (u + s) / clockTicks, errors.Join(err, serr)
	})
}

// Memory returns the resident set in bytes of each of the processes.
func (p Processes) Memory() (figures.Usage, error) { return p.status("VmRSS") }

// PeakMemory returns the largest resident set in bytes that each of the processes has had.
func (p Processes) PeakMemory() (figures.Usage, error) { return p.status("VmHWM") }

func (p Processes) status(name string) (figures.Usage, error) {
	return p.measure("status", func(status string) (float64, error) {
		for line := range strings.Lines(status) {
			if value, ok := strings.CutPrefix(line, name+":"); ok {
				kib, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 64)
				return kib * 1024, err
			}
		}
		return 0, errors.New("no " + name)
	})
}

// measure reads a file of each process and takes a number from it.
func (p Processes) measure(file string, read func(string) (float64, error)) (figures.Usage, error) {
	usage := figures.Usage{}
	for name, pid := range p {
		content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), file))
		if err != nil {
			return nil, fmt.Errorf("measuring %s: %w", name, err)
		}
		if usage[name], err = read(string(content)); err != nil {
			return nil, fmt.Errorf("measuring %s: %w", name, err)
		}
	}
	return usage, nil
}
