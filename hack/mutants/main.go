// Command mutants plants bugs, one at a time, and demands that a test finds each of
// them: a simulated week of the core, or the faults that are injected between a whole
// manager and the API server. The source is left as it is: the changed file is laid over
// it.
//
// It fails when a bug is not found, and when a bug cannot be planted any more
// because the text that it replaces is gone.
//
// Usage: mutants [-by sim|faults] [-run REGEXP]
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
	"slices"
	"strings"
	"time"
)

func main() {
	by := flag.String("by", "sim", "plant the bugs that are to be found by sim or by faults")
	only := flag.String("run", "", "plant the bugs whose names match this regular expression alone")
	flag.Parse()
	if err := run(os.Stdout, *by, *only); err != nil {
		fmt.Fprintf(os.Stderr, "mutants: %v\n", err)
		os.Exit(1)
	}
}

// hunt is a test that has to find bugs.
type hunt struct {
	bugs []mutant
	// test are the arguments of go test.
	test []string
	// again are further arguments, one after the other, until the bug is found. Left
	// out: it is run once.
	again []string
	// verdict reads from the output of the failed test how it found the bug. It reports
	// false when the test failed for another reason.
	verdict func(output string) (string, bool)
}

var hunts = map[string]hunt{"sim": simulation, "faults": faults}

func run(out io.Writer, by, only string) error {
	h, ok := hunts[by]
	if !ok {
		return fmt.Errorf("nothing is found by %q: write sim or faults", by)
	}
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
	for _, m := range h.bugs {
		if !match.MatchString(m.name) {
			continue
		}
		begin := time.Now()
		found, err := h.find(m, temp)
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

// find plants a bug and returns how the test found it. That it did not compile is no way
// of finding it.
func (h hunt) find(m mutant, temp string) (found string, err error) {
	overlay, err := m.plant(temp)
	if err != nil {
		return "", err
	}
	output, passed := h.try(overlay)
	for _, argument := range h.again {
		if !passed {
			break
		}
		output, passed = h.try(overlay, argument)
	}
	if passed {
		return "", errors.New("the test passes as if nothing were wrong")
	}
	if strings.Contains(output, "panic: test timed out") {
		return "it hangs", nil
	}
	if found, ok := h.verdict(output); ok {
		return found[:min(len(found), 200)], nil
	}
	return "", fmt.Errorf("the test did not run:\n%s", output[:min(len(output), 2000)])
}

// try runs the test once.
func (h hunt) try(overlay string, further ...string) (output string, passed bool) {
	args := slices.Concat([]string{"test", "-overlay", overlay, "-vet=off", "-count=1"}, h.test, further)
	content, err := exec.Command("go", args...).CombinedOutput() //nolint:gosec // the go tool, with packages that the caller names
	return string(content), err == nil
}

// plant writes the changed file, and the description of the overlay.
func (m mutant) plant(temp string) (overlay string, err error) {
	path, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(path) //nolint:gosec // a file of the list of mutants
	if err != nil {
		return "", err
	}
	if n := bytes.Count(source, []byte(m.old)); n != 1 {
		return "", fmt.Errorf("the text to be replaced occurs %d times in %s, want once", n, m.file)
	}
	changed := filepath.Join(temp, "changed.go")
	if err := os.WriteFile(changed, bytes.Replace(source, []byte(m.old), []byte(m.with), 1), 0o600); err != nil { //nolint:gosec // below a temporary directory
		return "", err
	}
	description, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(temp, "overlay.json")
	return overlay, os.WriteFile(overlay, description, 0o600)
}
