package gobuild

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/progress"
)

func TestEnsureBuildsOnceAndAgainAfterAChange(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example\n\ngo 1.26\n")
	write(t, filepath.Join(dir, "main.go"), `package main; var text string; func main() { print(text) }`)
	program := Program{Title: "example", Dir: dir, LinkFlags: "-X main.text=one", Output: filepath.Join(t.TempDir(), "bin", "example")}

	ensure(t, program)
	if got := output(t, program); got != "one" {
		t.Errorf("the program says %q, want one", got)
	}

	// A mark in place of the binary shows whether it is built anew.
	write(t, program.Output, "mark")
	ensure(t, program)
	if got := read(t, program.Output); got != "mark" {
		t.Error("the program was built again although nothing had changed")
	}
	program.LinkFlags = "-X main.text=two"
	ensure(t, program)
	if got := output(t, program); got != "two" {
		t.Errorf("after the change the program says %q, want two", got)
	}
}

func TestEnsureTellsWhatTheCompilerSaid(t *testing.T) {
	t.Parallel()
	for name, slow := range map[string]bool{"quick program": false, "slow program": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, "go.mod"), "module example\n\ngo 1.26\n")
			write(t, filepath.Join(dir, "main.go"), `package main; func main() { missing() }`)
			program := Program{Title: "example", Dir: dir, Output: filepath.Join(t.TempDir(), "example"), Slow: slow}

			err := program.Ensure(t.Context(), progress.To(t.Output()))
			if err == nil || !strings.Contains(err.Error(), "undefined: missing") {
				t.Errorf("Ensure() = %v, want the compiler's message", err)
			}
			if _, err := os.Stat(program.Output); !os.IsNotExist(err) {
				t.Errorf("there is a binary after a failed build (%v)", err)
			}
		})
	}
}

func TestMeter(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		listed   bool
		stale    int
		said     string
		want     string
		wantErrs string
	}{
		"at first":      {want: "looking at what there is to compile"},
		"downloading":   {said: "go: downloading a v1\ngo: downloading b v1\n", want: "downloading modules, 2 so far"},
		"compiling":     {listed: true, stale: 8, said: "a/b\nc\n", want: "2 of 8 packages compiled (25 %)"},
		"a half line":   {listed: true, stale: 8, said: "a/b\nc", want: "1 of 8 packages compiled (12 %)"},
		"linking":       {listed: true, stale: 1, said: "a/b\nmain\n", want: "all packages compiled, linking (about 20 s)"},
		"with an error": {listed: true, stale: 4, said: "a\n# a\na.go:1:1: no\n", want: "1 of 4 packages compiled (25 %)", wantErrs: "# a\na.go:1:1: no"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &meter{listed: tc.listed, stale: tc.stale}
			if _, err := m.Write([]byte(tc.said)); err != nil {
				t.Fatal(err)
			}
			if got := m.status(); got != tc.want {
				t.Errorf("status %q, want %q", got, tc.want)
			}
			if got := m.String(); got != tc.wantErrs {
				t.Errorf("errors %q, want %q", got, tc.wantErrs)
			}
		})
	}
}

func TestErrorTailKeepsTheEnd(t *testing.T) {
	t.Parallel()
	var tail errorTail
	fmt.Fprint(&tail, strings.Repeat("x", 2*tailSize))
	fmt.Fprint(&tail, "end")
	if got := tail.String(); len(got) != tailSize || !strings.HasSuffix(got, "xend") {
		t.Errorf("kept %d bytes that end in %q", len(got), got[len(got)-4:])
	}
}

func ensure(t *testing.T, program Program) {
	t.Helper()
	if err := program.Ensure(t.Context(), progress.To(t.Output())); err != nil {
		t.Fatal(err)
	}
}

func output(t *testing.T, program Program) string {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), program.Output).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
