package cgroup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMounts(t *testing.T) {
	t.Parallel()
	const mounts = `proc /proc proc rw 0 0
tmpfs /sys/fs/cgroup tmpfs rw,mode=755 0 0
cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
`
	got, err := parseMounts(strings.NewReader(mounts))
	if err != nil {
		t.Fatal(err)
	}
	want := []Hierarchy{{Path: "/sys/fs/cgroup/cpu"}, {Path: "/sys/fs/cgroup/unified", Unified: true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hierarchies (-want +got):\n%s", diff)
	}
}

func TestUnifiedDelegation(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		files           map[string]string
		wantUndelegated []string
		wantOccupied    bool
		wantAfterwards  string
	}{
		"all delegated": {
			files: map[string]string{"cgroup.controllers": "cpu memory pids io", "cgroup.subtree_control": "cpu memory pids"},
		},
		"real root, one missing": {
			files:           map[string]string{"cgroup.controllers": "cpu memory pids", "cgroup.subtree_control": "cpu memory", "cgroup.procs": "1"},
			wantUndelegated: []string{"pids"},
			wantAfterwards:  "+pids",
		},
		"container with processes": {
			files: map[string]string{
				"cgroup.controllers": "cpu memory", "cgroup.subtree_control": "", "cgroup.procs": "1 7", "cgroup.type": "domain",
			},
			wantUndelegated: []string{"cpu", "memory"},
			wantOccupied:    true,
			wantAfterwards:  "+memory", // Each one is a write of its own.
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := Hierarchy{Path: t.TempDir(), Unified: true}
			for file, content := range tc.files {
				if err := os.WriteFile(filepath.Join(h.Path, file), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tc.wantUndelegated, h.undelegated()); diff != "" {
				t.Errorf("undelegated controllers (-want +got):\n%s", diff)
			}
			if got := h.occupied(); got != tc.wantOccupied {
				t.Errorf("occupied() = %t, want %t", got, tc.wantOccupied)
			}
			if err := h.delegate(); err != nil {
				t.Fatal(err)
			}
			if tc.wantAfterwards == "" {
				tc.wantAfterwards = tc.files["cgroup.subtree_control"]
			}
			if got := strings.Join(h.words("cgroup.subtree_control"), " "); got != tc.wantAfterwards {
				t.Errorf("delegate() wrote %q, want %q", got, tc.wantAfterwards)
			}
		})
	}
}

func TestVersionOneHasNothingToDelegate(t *testing.T) {
	t.Parallel()
	h := Hierarchy{Path: t.TempDir()}
	if err := os.WriteFile(filepath.Join(h.Path, "cgroup.controllers"), []byte("cpu"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := h.undelegated(); got != nil {
		t.Errorf("undelegated() = %v, want none", got)
	}
}

func TestRemoveTree(t *testing.T) {
	t.Parallel()
	top := filepath.Join(t.TempDir(), "devcluster")
	if err := os.MkdirAll(filepath.Join(top, "kubepods", "pod1"), 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 { // The second time there is nothing left, which is as good.
		if err := removeTree(top); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(top); !os.IsNotExist(err) {
			t.Errorf("the group is still there (%v)", err)
		}
	}
}
