// Command mutants plants bugs in the core, one at a time, and demands that a
// simulated week finds each of them. The source is left as it is: the changed file
// is laid over it.
//
// It fails when a bug is not found, and when a bug cannot be planted any more
// because the text that it replaces is gone.
//
// Usage: mutants [-run REGEXP]
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

func main() {
	only := flag.String("run", "", "plant the bugs whose names match this regular expression alone")
	flag.Parse()
	if err := run(os.Stdout, *only); err != nil {
		fmt.Fprintf(os.Stderr, "mutants: %v\n", err)
		os.Exit(1)
	}
}

func run(out io.Writer, only string) error {
	match, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	var failures []error
	for _, m := range mutants {
		if !match.MatchString(m.name) {
			continue
		}
		begin := time.Now()
		found, err := m.try(temp)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", m.name, err))
			found = "NOT FOUND: " + err.Error()
		}
		fmt.Fprintf(out, "%5.1fs  %s: %s\n", time.Since(begin).Seconds(), m.name, found)
	}
	return errors.Join(failures...)
}

// mutant is a bug that can be planted.
type mutant struct {
	name string // what is wrong
	file string // in which file, seen from the root of the module
	old  string // the text that is replaced; it occurs once
	with string
}

// try plants the bug and returns how the simulation found it.
func (m mutant) try(temp string) (found string, err error) {
	overlay, err := m.plant(temp)
	if err != nil {
		return "", err
	}
	test := exec.Command("go", "test", "-overlay", overlay, "-vet=off", "-count=1", "-timeout=2m",
		"-run=^TestSim$", "./internal/scheduler", "-sim.days=7", "-sim.tasks=100")
	output, err := test.CombinedOutput()
	if err == nil {
		return "", errors.New("a simulated week goes by with it as if nothing were wrong")
	}
	return verdict(string(output))
}

// plant writes the changed file, and the description of the overlay.
func (m mutant) plant(temp string) (overlay string, err error) {
	path, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if n := bytes.Count(source, []byte(m.old)); n != 1 {
		return "", fmt.Errorf("the text to be replaced occurs %d times in %s, want once", n, m.file)
	}
	changed := filepath.Join(temp, "changed.go")
	if err := os.WriteFile(changed, bytes.Replace(source, []byte(m.old), []byte(m.with), 1), 0o600); err != nil {
		return "", err
	}
	description, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(temp, "overlay.json")
	return overlay, os.WriteFile(overlay, description, 0o600)
}

// verdict reads from the output of a failed test how it found the bug. That it did
// not compile is no way of finding it.
func verdict(output string) (string, error) {
	if strings.Contains(output, "panic: test timed out") {
		return "it hangs", nil
	}
	if _, rest, ok := strings.Cut(output, "sim_world_test.go:"); ok && strings.Contains(output, "--- FAIL: TestSim") {
		line, _, _ := strings.Cut(rest, "\n")
		_, line, _ = strings.Cut(line, "Z: ") // the instant
		return line[:min(len(line), 160)], nil
	}
	return "", fmt.Errorf("the test did not run:\n%s", output[:min(len(output), 2000)])
}
