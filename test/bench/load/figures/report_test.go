package figures

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carillon-dev/carillon/internal/testutil/golden"
)

func bursts() []BurstRound {
	measured := func(candidate string, round int, last float64, writes Writes) BurstRound {
		return BurstRound{
			Candidate: candidate, Round: round, Pods: 100,
			Created: Delays{First: 0.01, P50: last / 2, P99: last * 0.98, Last: last}, Settled: last + 2, Writes: writes,
			CPUCreated: Usage{"kube-apiserver": last, "manager": 0.5, "benchmark": 0.25},
			CPU:        Usage{"kube-apiserver": last + 1, "manager": 0.75, "benchmark": 0.25},
			Memory:     Usage{"kube-apiserver": 500 << 20, "manager": 80 << 20, "benchmark": 40 << 20},
		}
	}
	one := Writes{"POST pods": 100, "PATCH pods/status": 200}
	two := Writes{"POST pods": 100, "PATCH pods/status": 200, "PATCH tasks/status": 250, Refused: 1}
	return []BurstRound{
		measured("bare", 1, 2, one), measured("carillon", 1, 3, two),
		measured("carillon", 2, 6, two), measured("bare", 2, 3, one),
		measured("bare", 3, 4, one), measured("carillon", 3, 5, two),
	}
}

func results() map[Kind]*Result {
	machine := Machine{CPU: "A processor", CPUs: 2, Memory: 8 << 30, Kernel: "6.1", Go: "go1.26", Load: 0.5}
	at := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	step := func(round, tasks int, coalesced float64) Step {
		return Step{
			Round: round, Tasks: tasks, Runs: float64(tasks) - coalesced, Coalesced: coalesced, DelayP50: 0.1, DelayP99: 0.9,
			Writes: Writes{"PATCH tasks/status": float64(2 * tasks)}, CPU: Usage{"kube-apiserver": 1, "manager": 0.5}, Memory: Usage{"manager": 64 << 20},
		}
	}
	many := func(round, tasks int, memory float64) ScaleFigure {
		return ScaleFigure{
			Round: round, Tasks: tasks, Create: 1, FirstStart: 2, FirstSettled: 3, Restart: 1.5, Handover: 0.5, Heap: memory / 2,
			Memory: Usage{"manager": memory, "kube-apiserver": 300 << 20}, Peak: Usage{"manager": memory + 1<<20}, IdleCPU: Usage{"manager": 0.01},
		}
	}
	return map[Kind]*Result{
		Burst:     {Kind: Burst, Time: at, Machine: machine, Settings: map[string]string{"pods": "100", "rounds": "3"}, Burst: bursts()},
		InProcess: {Kind: InProcess, Time: at, Machine: machine, InProcess: []Step{step(1, 100, 0), step(1, 200, 50), step(2, 100, 0.5), step(2, 200, 0), step(2, 300, 9)}},
		Scale:     {Kind: Scale, Time: at, Machine: machine, Scale: []ScaleFigure{many(1, 1024, 70<<20), many(1, 0, 50<<20)}},
	}
}

func TestWriteTables(t *testing.T) {
	t.Parallel()
	for kind, r := range results() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			var text strings.Builder
			if err := WriteTables(&text, r); err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, filepath.Join("testdata", string(kind)+".md"), text.String())
		})
	}
}

func TestRatios_CompareWithinARound(t *testing.T) {
	t.Parallel()
	_, groups := groupBy(bursts(), func(b BurstRound) string { return b.Candidate })
	if got, want := Ratios(groups["carillon"], groups["bare"]), []float64{1.5, 2, 1.25}; !slices.Equal(got, want) {
		t.Errorf("Ratios = %v, want %v", got, want)
	}
	if got := Ratios(groups["carillon"], nil); len(got) != 0 {
		t.Errorf("Ratios without a bare client = %v, want none", got)
	}
}

func TestSustained(t *testing.T) {
	t.Parallel()
	if got, want := Sustained(results()[InProcess].InProcess), []float64{100, 200}; !slices.Equal(got, want) {
		t.Errorf("Sustained = %v, want %v: a step that coalesces more than one slot in a hundred does not count", got, want)
	}
}

func TestSaveAndLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "burst.json")
	want := results()[Burst]
	if err := want.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var before, after strings.Builder
	if err := WriteTables(&before, want); err != nil {
		t.Fatal(err)
	}
	if err := WriteTables(&after, got); err != nil {
		t.Fatal(err)
	}
	if before.String() != after.String() {
		t.Errorf("the tables of what was loaded:\n%s\nwant\n%s", &after, &before)
	}
	if err := (&Result{Kind: Burst}).Save(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "no figures") {
		t.Errorf("Load of a result without figures: %v, want an error that says so", err)
	}
}
