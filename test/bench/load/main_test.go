package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/test/bench/load/figures"
)

func TestRun_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"no command":           {nil, "usage:"},
		"an unknown command":   {[]string{"melt"}, `unknown command "melt"`},
		"an argument":          {[]string{"scale", "now"}, `unexpected argument "now"`},
		"an unknown candidate": {[]string{"burst", "--candidates=bare,argo"}, `unknown candidate "argo": there are bare, carillon, cronjob, cronjob-tuned`},
		"no rounds":            {[]string{"inprocess", "--rounds=0"}, "--rounds must be at least 1"},
		"a number of no Tasks": {[]string{"scale", "--tasks=10,0"}, `"0" is no positive number`},
		"no file":              {[]string{"report"}, "name the files"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := run(t.Context(), tc.args, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("run(%q) = %v, want an error with %q", tc.args, err, tc.want)
			}
		})
	}
}

func TestReplaceTables(t *testing.T) {
	t.Parallel()
	result := &figures.Result{Kind: figures.InProcess, InProcess: []figures.Step{{Round: 1, Tasks: 7, Runs: 7}}}
	document := []byte("before\n<!-- begin inprocess -->\nold\n<!-- end inprocess -->\nafter\n")
	once, err := replaceTables(document, result)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(once); !strings.HasPrefix(text, "before\n<!-- begin inprocess -->\n") || strings.Contains(text, "old") ||
		!strings.Contains(text, "| Tasks |") || !strings.HasSuffix(text, "<!-- end inprocess -->\nafter\n") {
		t.Errorf("replaceTables:\n%s", text)
	}
	twice, err := replaceTables(once, result)
	if err != nil || string(twice) != string(once) {
		t.Errorf("again (%v):\n%s\nwant the same", err, twice)
	}
	if _, err := replaceTables([]byte("nothing"), result); err == nil {
		t.Error("a document without the comments: no error")
	}
}

// The tables in the documentation are those of the figures that are kept.
func TestDocument_HasTheTablesOfTheFigures(t *testing.T) {
	t.Parallel()
	const page = "../../../docs/performance.md"
	document, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("results/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("results: %q (%v), want some", files, err)
	}
	for _, file := range files {
		result, err := figures.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		generated, err := replaceTables(document, result)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(generated, document) {
			t.Errorf("%s has other tables than %s: run load report --update", page, file)
		}
	}
}
