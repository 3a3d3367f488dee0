package main

import (
	"path/filepath"
	"testing"
)

// A bug whose place has been rewritten is not planted any more, and then says nothing.
func TestEveryBugCanBePlanted(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	names := map[string]bool{}
	for _, m := range mutants {
		if names[m.name] {
			t.Errorf("two bugs are called %q", m.name)
		}
		names[m.name] = true
		if _, err := m.plant(t.TempDir()); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
	}
}
