package main

import (
	"path/filepath"
	"testing"
)

// A bug whose place has been rewritten is not planted any more, and then says nothing.
func TestEveryBugCanBePlanted(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	for by, h := range hunts {
		names := map[string]bool{}
		for _, m := range h.bugs {
			if names[m.name] {
				t.Errorf("%s: two bugs are called %q", by, m.name)
			}
			names[m.name] = true
			if _, err := m.plant(t.TempDir()); err != nil {
				t.Errorf("%s: %s: %v", by, m.name, err)
			}
		}
	}
}
