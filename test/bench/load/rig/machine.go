package rig

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/carillon-dev/carillon/test/bench/load/figures"
)

// Machine describes this machine.
func Machine() (figures.Machine, error) {
	m := figures.Machine{CPUs: runtime.NumCPU(), Go: runtime.Version()}
	files := map[string]string{"/proc/cpuinfo": "", "/proc/meminfo": "", "/proc/loadavg": "", "/proc/sys/kernel/osrelease": ""}
	for path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			return m, fmt.Errorf("describing the machine: %w", err)
		}
		files[path] = string(content)
	}
	m.CPU = field(files["/proc/cpuinfo"], "model name")
	m.Kernel = strings.TrimSpace(files["/proc/sys/kernel/osrelease"])
	if kib, err := strconv.ParseUint(strings.TrimSuffix(field(files["/proc/meminfo"], "MemTotal"), " kB"), 10, 64); err == nil {
		m.Memory = kib * 1024
	}
	load, _, _ := strings.Cut(files["/proc/loadavg"], " ")
	var err error
	if m.Load, err = strconv.ParseFloat(load, 64); err != nil {
		return m, fmt.Errorf("describing the machine: %w", err)
	}
	return m, nil
}

// field returns the value of the first line "name: value", empty if there is none.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
