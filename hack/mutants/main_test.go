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

func TestVerdictOfFaults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		output, want string
		ok           bool
	}{
		"a case": {
			"--- FAIL: TestFaults (3.00s)\n    --- FAIL: TestFaults/date (3.00s)\n        faults_test.go:22: 7 steps: [create-pods-1]\n" +
				"        --- FAIL: TestFaults/date/crash/create-pods-1 (1.00s)\n            faults_test.go:44: R1: there were 2 Pods\n",
			"date/crash/create-pods-1: R1: there were 2 Pods", true,
		},
		"without a fault": {"--- FAIL: TestFaults/date (3.00s)\n    faults_test.go:44: R1: there were 2 Pods\n", "date: R1: there were 2 Pods", true},
		"another failure": {"--- FAIL: TestFaults (3.00s)\npanic: no assets\n", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, ok := faults.verdict(tc.output); got != tc.want || ok != tc.ok {
				t.Errorf("%q, %t; want %q, %t", got, ok, tc.want, tc.ok)
			}
		})
	}
}
