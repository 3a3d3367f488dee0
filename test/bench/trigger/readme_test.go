package main

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// readmeRows returns the rows of the README's table that begin with the identity of a vector,
// and the one that counts.
func readmeRows(t *testing.T) (byID map[string][]string, counts []string) {
	t.Helper()
	text, err := os.ReadFile("../../../trigger/README.md")
	if err != nil {
		t.Fatal(err)
	}
	byID = map[string][]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "*")
		}
		id, _, _ := strings.Cut(cells[0], " ")
		switch {
		case slices.ContainsFunc(vectors, func(v vector) bool { return v.id == id }):
			byID[id] = cells
		case strings.HasPrefix(cells[0], "right, of "):
			counts = cells[1:]
		}
	}
	return byID, counts
}

// The README says what each library answers. One that hangs is not asked again.
func TestReadme_SaysWhatLibrariesAnswer(t *testing.T) {
	t.Parallel()
	rows, counts := readmeRows(t)
	rightAnswers := make([]int, len(libraries))
	for _, v := range vectors {
		row := rows[v.id]
		if want := v.id + " " + v.name; len(row) != len(libraries)+1 || strings.ReplaceAll(row[0], "`", "") != want {
			t.Errorf("the row of %s is %q, want one for %q with %d answers", v.id, row, want, len(libraries))
			continue
		}
		for i, lib := range libraries {
			said := row[i+1]
			if said == right {
				rightAnswers[i]++
			}
			if said == hangs {
				continue
			}
			if got := judge(lib, v); got.Word != said {
				t.Errorf("%s %s: %s, and the README says %s", v.id, lib.name, got.Word, said)
			}
		}
	}
	for i, n := range rightAnswers {
		if i >= len(counts) || counts[i] != strconv.Itoa(n) {
			t.Errorf("the README counts %q, want %d for %s", counts, n, libraries[i].name)
		}
	}
}
