package verdict

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// Row is a line of a table of verdicts.
type Row struct {
	// Title says what it is about.
	Title string
	Verdict
}

// columns are the numbers of a row, in their order.
var columns = []struct {
	name string
	of   func(v *Verdict) int
}{
	{"expected", func(v *Verdict) int { return v.Expected }},
	{"started", func(v *Verdict) int { return v.Started }},
	{"coalesced", func(v *Verdict) int { return v.Coalesced }},
	{"missed", func(v *Verdict) int { return v.Missed }},
	{"skipped", func(v *Verdict) int { return v.Skipped }},
	{"repeated", func(v *Verdict) int { return v.Repeated }},
	{"fenced", func(v *Verdict) int { return v.Fenced }},
	{"doubled", func(v *Verdict) int { return v.Doubled }},
	{"lost", func(v *Verdict) int { return v.Lost }},
	{"miscounted", func(v *Verdict) int { return v.Miscounted }},
}

// legend says what the columns mean.
const legend = `expected    slots that fell due, by arithmetic
started     had a run: a Pod was made, the server was called, a line was logged; or one that was
            refused or stopped before anybody could see it, says the record
coalesced   folded into a newer run, whose metadata has how many it stands for
missed      too late to start, says the record; nobody saw a run. Of many at once it lists ten,
            and counts the rest
skipped     dropped because of other runs, says the record; nobody saw a run
repeated    calls inside the manager that were made again, or decided anew, after the manager
            that made them had been struck: they are made at least once, with the same key
fenced      Pods deleted unfinished because no record listed them
doubled     two runs completed, an attempt ran twice, a slot was decided in two ways, or a run had
            no slot; for calls: with nobody struck in between
lost        never decided, or begun and never ended
miscounted  by how many slots the counters in the status differ from what was expected
`

// Write writes rows and their sum as a table, and what its columns mean.
func Write(w io.Writer, rows []Row) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	sum := Row{Title: "all"}
	for _, column := range columns {
		fmt.Fprintf(table, "%s\t", column.name)
	}
	fmt.Fprintln(table, "  Tasks")
	for _, row := range rows {
		sum.Add(row.Verdict)
	}
	for _, row := range append(slices.Clip(rows), sum) {
		for _, column := range columns {
			fmt.Fprintf(table, "%d\t", column.of(&row.Verdict))
		}
		fmt.Fprintf(table, "  %s\n", row.Title)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s", legend)
	return err
}

// Spread describes durations: the least, the one in the middle, and the worst.
func Spread(durations []time.Duration) string {
	if len(durations) == 0 {
		return "none"
	}
	sorted := slices.Sorted(slices.Values(durations))
	round := func(d time.Duration) time.Duration { return d.Round(10 * time.Millisecond) }
	return fmt.Sprintf("%d, min %s, median %s, worst %s",
		len(sorted), round(sorted[0]), round(sorted[len(sorted)/2]), round(sorted[len(sorted)-1]))
}
