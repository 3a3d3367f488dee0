package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/carillon-dev/carillon/test/bench/load/figures"
)

// TestShort runs each benchmark with a few Tasks on a cluster, so that it works when it is needed.
// It judges no times: the machine may do anything else.
func TestShort(t *testing.T) {
	if testing.Short() {
		t.Skip("runs Kubernetes")
	}
	if os.Getenv("KUBEBUILDER_ASSETS") != "" {
		t.Skip("KUBEBUILDER_ASSETS is preset, by somebody who does not want Kubernetes to be built")
	}
	t.Parallel()
	for name, tc := range map[string]struct {
		args  []string
		check func(*testing.T, *figures.Result)
	}{
		"burst": {
			args:  []string{"burst", "--pods=10", "--candidates=bare,carillon", "--history=0"},
			check: checkBurst,
		},
		"inprocess": {
			args:  []string{"inprocess", "--steps=2,4", "--warm-up=2s", "--duration=3s"},
			check: checkInProcess,
		},
		"scale": {
			args:  []string{"scale", "--tasks=20", "--idle=1s"},
			check: checkScale,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "result.json")
			if err := run(t.Context(), append(tc.args, "--rounds=1", "--json="+path), t.Output(), t.Output()); err != nil {
				t.Fatal(err)
			}
			result, err := figures.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			tc.check(t, result)
		})
	}
}

func checkBurst(t *testing.T, r *figures.Result) {
	t.Helper()
	if len(r.Burst) != 2 {
		t.Fatalf("%d bursts, want one of each candidate", len(r.Burst))
	}
	for _, b := range r.Burst {
		if b.Created.Last <= 0 || b.Settled < b.Created.Last || b.Writes["POST pods"] != 10 || b.Writes["POST pods/binding"] != 10 {
			t.Errorf("%+v: want the creation of 10 Pods", b)
		}
		if b.CPU["kube-apiserver"] < b.CPUCreated["kube-apiserver"] || b.Memory["kube-apiserver"] <= 0 {
			t.Errorf("%+v: want what the API server used", b)
		}
	}
	if c := r.Burst[1]; c.Candidate != carillon || c.Writes["DELETE pods"] < 10 || c.Memory["manager"] <= 0 {
		t.Errorf("%+v: want Carillon, which deletes each Pod; so does the node", c)
	}
}

func checkInProcess(t *testing.T, r *figures.Result) {
	t.Helper()
	for i, step := range r.InProcess {
		if step.Tasks != 2*(i+1) || step.Runs <= 0 || step.DelayP99 <= 0 || step.Writes.Total() <= 0 || step.CPU["kube-apiserver"] <= 0 {
			t.Errorf("step %d: %+v", i, step)
		}
	}
}

func checkScale(t *testing.T, r *figures.Result) {
	t.Helper()
	if len(r.Scale) != 2 || r.Scale[0].Tasks != 0 || r.Scale[1].Tasks != 20 {
		t.Fatalf("%+v: want none and 20 Tasks", r.Scale)
	}
	for _, f := range r.Scale {
		if f.Restart <= 0 || f.Handover <= 0 || f.Memory["manager"] <= 0 || f.Peak["manager"] < f.Memory["manager"] || f.Heap <= 0 {
			t.Errorf("%+v", f)
		}
	}
}
