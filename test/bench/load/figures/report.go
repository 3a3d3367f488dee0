package figures

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// WriteTables writes what a result says as Markdown.
func WriteTables(w io.Writer, r *Result) error {
	describe(w, r)
	switch r.Kind {
	case Burst:
		return writeBurst(w, r.Burst)
	case InProcess:
		return writeInProcess(w, r.InProcess)
	case Scale:
		return writeScale(w, r.Scale)
	default:
		return fmt.Errorf("unknown kind of result %q", r.Kind)
	}
}

// describe says when, where and with which flags it was measured.
func describe(w io.Writer, r *Result) {
	m := r.Machine
	fmt.Fprintf(w, "Measured on %s: %s, %d CPUs, %d GiB, Linux %s, %s;\nload before the start: %s.\n",
		r.Time.Format(time.DateOnly), m.CPU, m.CPUs, m.Memory>>30, m.Kernel, m.Go, number(m.Load))
	var settings []string
	for _, name := range slices.Sorted(maps.Keys(r.Settings)) {
		settings = append(settings, "--"+name+"="+r.Settings[name])
	}
	if len(settings) > 0 {
		fmt.Fprintf(w, "\n```text\n%s\n```\n", strings.Join(settings, "\n"))
	}
	fmt.Fprintln(w)
}

// bareCandidate is the candidate that the others are compared with.
const bareCandidate = "bare"

// creators are the processes that create the Pods of candidates; of the others it is the
// controller manager.
var creators = map[string]string{bareCandidate: "benchmark", "carillon": "manager"}

func creatorOf(candidate string) string {
	if name, ok := creators[candidate]; ok {
		return name
	}
	return "kube-controller-manager"
}

const apiServer = "kube-apiserver"

func writeBurst(w io.Writer, rounds []BurstRound) error {
	names, groups := groupBy(rounds, func(b BurstRound) string { return b.Candidate })
	times := &table{}
	times.add("candidate", "first s", "p50 s", "p99 s", "last s", "ratio to bare", "settled s")
	costs := &table{}
	costs.add("candidate", "API server CPU s, created", "creator CPU s, created", "API server CPU s, settled", "creator CPU s, settled", "API server MiB", "creator MiB")
	for _, name := range names {
		group, creator := groups[name], creatorOf(name)
		times.add(name,
			median(collect(group, func(b BurstRound) float64 { return b.Created.First })),
			median(collect(group, func(b BurstRound) float64 { return b.Created.P50 })),
			median(collect(group, func(b BurstRound) float64 { return b.Created.P99 })),
			spread(collect(group, func(b BurstRound) float64 { return b.Created.Last })),
			ratiosText(group, groups[bareCandidate]),
			spread(collect(group, func(b BurstRound) float64 { return b.Settled })))
		costs.add(name,
			median(collect(group, func(b BurstRound) float64 { return b.CPUCreated[apiServer] })),
			median(collect(group, func(b BurstRound) float64 { return b.CPUCreated[creator] })),
			median(collect(group, func(b BurstRound) float64 { return b.CPU[apiServer] })),
			median(collect(group, func(b BurstRound) float64 { return b.CPU[creator] })),
			mebibytes(collect(group, func(b BurstRound) float64 { return b.Memory[apiServer] })),
			mebibytes(collect(group, func(b BurstRound) float64 { return b.Memory[creator] })))
	}
	if err := times.write(w); err != nil {
		return err
	}
	if err := costs.write(w); err != nil {
		return err
	}
	return writeWrites(w, names, groups)
}

// Ratios compares bursts with those of the bare client in the same rounds: the times until the
// last Pod was created.
func Ratios(group, bare []BurstRound) []float64 {
	last := map[int]float64{}
	for _, b := range bare {
		last[b.Round] = b.Created.Last
	}
	var ratios []float64
	for _, b := range group {
		if last[b.Round] > 0 {
			ratios = append(ratios, b.Created.Last/last[b.Round])
		}
	}
	return ratios
}

func ratiosText(group, bare []BurstRound) string {
	ratios := Ratios(group, bare)
	if len(ratios) == 0 {
		return "-"
	}
	return spread(ratios)
}

// writeWrites writes how many writes there are for each Pod, the node's and the scheduler's
// included.
func writeWrites(w io.Writer, names []string, groups map[string][]BurstRound) error {
	perPod := map[string]Writes{}
	keys := map[string]bool{}
	for _, name := range names {
		perPod[name] = Writes{}
		for _, b := range groups[name] {
			for key := range b.Writes {
				keys[key] = true
			}
		}
		for key := range keys {
			perPod[name][key] = SpreadOf(collect(groups[name], func(b BurstRound) float64 { return b.Writes[key] / float64(b.Pods) })).Median
		}
	}
	t := &table{}
	t.add(append([]string{"API writes per Pod"}, names...)...)
	row := func(title string, value func(Writes) float64) {
		cells := []string{title}
		for _, name := range names {
			cells = append(cells, number(value(perPod[name])))
		}
		t.add(cells...)
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if key != Refused {
			row(key, func(writes Writes) float64 { return writes[key] })
		}
	}
	row("all", Writes.Total)
	row(Refused, func(writes Writes) float64 { return writes[Refused] })
	return t.write(w)
}

func writeInProcess(w io.Writer, steps []Step) error {
	numbers, groups := groupBy(steps, func(s Step) int { return s.Tasks })
	slices.Sort(numbers)
	t := &table{}
	t.add("Tasks", "rounds", "runs/s", "coalesced or dropped/s", "delay p50 s", "delay p99 s", "API writes/run", "API server cores", "manager cores", "manager MiB")
	for _, n := range numbers {
		group := groups[n]
		t.add(fmt.Sprint(n), fmt.Sprint(len(group)),
			spread(collect(group, func(s Step) float64 { return s.Runs })),
			median(collect(group, func(s Step) float64 { return s.Coalesced + s.Dropped })),
			median(collect(group, func(s Step) float64 { return s.DelayP50 })),
			median(collect(group, func(s Step) float64 { return s.DelayP99 })),
			median(collect(group, func(s Step) float64 { return s.Writes.Total() / max(s.Runs, 1) })),
			median(collect(group, func(s Step) float64 { return s.CPU[apiServer] })),
			median(collect(group, func(s Step) float64 { return s.CPU["manager"] })),
			mebibytes(collect(group, func(s Step) float64 { return s.Memory["manager"] })))
	}
	if err := t.write(w); err != nil {
		return err
	}
	fmt.Fprintf(w, "Sustained without coalescing: %s runs/s.\n\n", spread(Sustained(steps)))
	return nil
}

// Sustained returns for each round the highest rate of runs at which slots were decided as they
// came.
func Sustained(steps []Step) []float64 {
	rounds, groups := groupBy(steps, func(s Step) int { return s.Round })
	var rates []float64
	for _, round := range rounds {
		rate := 0.0
		for _, s := range groups[round] {
			if s.Keeps() {
				rate = max(rate, s.Runs)
			}
		}
		rates = append(rates, rate)
	}
	return rates
}

func writeScale(w io.Writer, measured []ScaleFigure) error {
	numbers, groups := groupBy(measured, func(f ScaleFigure) int { return f.Tasks })
	slices.Sort(numbers)
	times := &table{}
	times.add("Tasks", "rounds", "create s", "first start s", "statuses written s", "restart s", "handover s", "idle manager cores")
	memory := &table{}
	memory.add("Tasks", "manager MiB", "peak MiB", "live heap MiB", "KiB per Task", "live heap KiB per Task", "API server MiB")
	none := groups[0]
	for _, n := range numbers {
		group := groups[n]
		times.add(fmt.Sprint(n), fmt.Sprint(len(group)),
			median(collect(group, func(f ScaleFigure) float64 { return f.Create })),
			spread(collect(group, func(f ScaleFigure) float64 { return f.FirstStart })),
			median(collect(group, func(f ScaleFigure) float64 { return f.FirstSettled })),
			spread(collect(group, func(f ScaleFigure) float64 { return f.Restart })),
			spread(collect(group, func(f ScaleFigure) float64 { return f.Handover })),
			median(collect(group, func(f ScaleFigure) float64 { return f.IdleCPU["manager"] })))
		memory.add(fmt.Sprint(n),
			mebibytes(collect(group, func(f ScaleFigure) float64 { return f.Memory["manager"] })),
			mebibytes(collect(group, func(f ScaleFigure) float64 { return f.Peak["manager"] })),
			mebibytes(collect(group, func(f ScaleFigure) float64 { return f.Heap })),
			perTask(group, none, func(f ScaleFigure) float64 { return f.Memory["manager"] }),
			perTask(group, none, func(f ScaleFigure) float64 { return f.Heap }),
			mebibytes(collect(group, func(f ScaleFigure) float64 { return f.Memory[apiServer] })))
	}
	if err := times.write(w); err != nil {
		return err
	}
	return memory.write(w)
}

// perTask writes how much each Task adds, in KiB, to what a manager without Tasks needs.
func perTask(group, none []ScaleFigure, figure func(ScaleFigure) float64) string {
	if group[0].Tasks == 0 {
		return "-"
	}
	base := SpreadOf(collect(none, figure)).Median
	return spread(collect(group, func(f ScaleFigure) float64 { return (figure(f) - base) / float64(f.Tasks) / 1024 }))
}
