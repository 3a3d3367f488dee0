package figures

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
)

// Kind says which benchmark a result is of.
type Kind string

// The benchmarks.
const (
	Burst     Kind = "burst"
	InProcess Kind = "inprocess"
	Scale     Kind = "scale"
)

// Result is all that a benchmark measured. The field of its kind is set.
type Result struct {
	Kind    Kind      `json:"kind"`
	Time    time.Time `json:"time"`
	Machine Machine   `json:"machine"`
	// Settings are the flags that the benchmark ran with.
	Settings map[string]string `json:"settings"`

	Burst     []BurstRound  `json:"burst,omitempty"`
	InProcess []Step        `json:"inProcess,omitempty"`
	Scale     []ScaleFigure `json:"scale,omitempty"`
}

// Machine describes where it was measured.
type Machine struct {
	CPU    string `json:"cpu"`
	CPUs   int    `json:"cpus"`
	Memory uint64 `json:"memoryBytes"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
	// Load is the number of runnable processes in the last minute before the benchmark began: how
	// much else the machine did.
	Load float64 `json:"load"`
}

// Usage is what the processes used, by their names.
type Usage map[string]float64

// BurstRound is one burst of one candidate.
type BurstRound struct {
	Candidate string `json:"candidate"`
	Round     int    `json:"round"`
	Pods      int    `json:"pods"`
	// Created is when the Pods were seen, since the common slot.
	Created Delays `json:"createdSeconds"`
	// Settled is when all Pods had finished and nobody wrote any more.
	Settled float64 `json:"settledSeconds"`
	// Writes are those from the slot until all was settled.
	Writes Writes `json:"writes"`
	// CPUCreated is the CPU time in seconds from the slot until the last Pod was seen, CPU until
	// all was settled.
	CPUCreated Usage `json:"cpuSecondsUntilCreated"`
	CPU        Usage `json:"cpuSecondsUntilSettled"`
	// Memory is the largest resident set in bytes.
	Memory Usage `json:"memoryBytes"`
}

// Step is a number of Tasks with an in-process run each second, for a while.
type Step struct {
	Round int `json:"round"`
	Tasks int `json:"tasks"`
	// Runs is the number of runs that finished in a second.
	Runs float64 `json:"runsPerSecond"`
	// Coalesced and Dropped are the slots in a second that had no run of their own.
	Coalesced float64 `json:"coalescedPerSecond"`
	Dropped   float64 `json:"droppedPerSecond"`
	// DelayP50 and DelayP99 are how long after their slots runs started, in seconds.
	DelayP50 float64 `json:"delayP50Seconds"`
	DelayP99 float64 `json:"delayP99Seconds"`
	// Writes are those in a second.
	Writes Writes `json:"writesPerSecond"`
	// CPU is the number of cores that were busy.
	CPU Usage `json:"cpuCores"`
	// Memory is the resident set in bytes at the end.
	Memory Usage `json:"memoryBytes"`
}

// Keeps reports whether the manager decided the slots as they came: at most one in a hundred was
// folded into another one or dropped.
func (s Step) Keeps() bool {
	return s.Coalesced+s.Dropped <= 0.01*float64(s.Tasks)
}

// ScaleFigure is what a number of Tasks needs that have nothing to do.
type ScaleFigure struct {
	Round int `json:"round"`
	Tasks int `json:"tasks"`
	// Create is how long it took to create the Tasks, in seconds.
	Create float64 `json:"createSeconds"`
	// FirstStart is how long a manager took from its start until it had planned all Tasks, which
	// had no status yet; FirstSettled until all statuses were written.
	FirstStart   float64 `json:"firstStartSeconds"`
	FirstSettled float64 `json:"firstSettledSeconds"`
	// Restart is how long another one took that found the statuses, and Handover how long a
	// standby took from the end of the leader.
	Restart  float64 `json:"restartSeconds"`
	Handover float64 `json:"handoverSeconds"`
	// Memory is the resident set in bytes once the restarted manager is idle, Peak its largest,
	// and Heap the live part of its heap.
	Memory Usage   `json:"memoryBytes"`
	Peak   Usage   `json:"peakBytes"`
	Heap   float64 `json:"managerHeapBytes"`
	// IdleCPU is the number of cores that are busy with nothing due.
	IdleCPU Usage `json:"idleCPUCores"`
}

// Save writes the result to a file as JSON.
func (r *Result) Save(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the result: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("saving the result: %w", err)
	}
	return nil
}

// Load reads a result that was saved.
func Load(path string) (*Result, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a result: %w", err)
	}
	r := &Result{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if len(r.Burst)+len(r.InProcess)+len(r.Scale) == 0 {
		return nil, errors.New(path + " has no figures")
	}
	return r, nil
}

// Since returns what was used after an earlier state.
func (u Usage) Since(earlier Usage) Usage {
	grown := Usage{}
	for name, used := range u {
		grown[name] = used - earlier[name]
	}
	return grown
}

// Per divides what was used, such as by a number of seconds.
func (u Usage) Per(n float64) Usage {
	shares := Usage{}
	for name, used := range u {
		shares[name] = used / n
	}
	return shares
}
