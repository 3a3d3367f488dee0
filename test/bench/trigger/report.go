package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

func newTable(w io.Writer) *tabwriter.Writer {
	return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
}

// heading writes the first line of a table, with a column for each library.
func heading(w io.Writer, first string) {
	fmt.Fprint(w, first)
	for _, lib := range libraries {
		fmt.Fprint(w, "\t", lib.name)
	}
	fmt.Fprintln(w)
}

// reportTypical prints the costs of the typical expressions, and their medians.
func reportTypical(w io.Writer, costs [][]cost) error {
	fmt.Fprintf(w, "Typical expressions: ns per call, the median of %d rounds; gronx parses in every call\n\n", rounds)
	t := newTable(w)
	heading(t, "")
	for i, e := range typical {
		fmt.Fprint(t, strings.TrimSpace(e.cron+"  "+e.zone))
		for _, c := range costs[i] {
			fmt.Fprint(t, "\t", nanoseconds(c))
		}
		fmt.Fprintln(t)
	}
	column := func(lib int, value func(row int) float64) []float64 {
		var values []float64
		for i := range costs {
			if costs[i][lib].Word == "" {
				values = append(values, value(i))
			}
		}
		return values
	}
	summary := func(name, format string, value func(lib int) float64) {
		fmt.Fprint(t, name)
		for k := range libraries {
			fmt.Fprintf(t, "\t"+format, value(k))
		}
		fmt.Fprintln(t)
	}
	medianOf := func(lib int) float64 {
		return median(column(lib, func(i int) float64 { return costs[i][lib].Nanoseconds }))
	}
	summary("median", "%.0f", medianOf)
	summary("ratio of the medians", "%.1f", func(lib int) float64 { return medianOf(lib) / medianOf(0) })
	summary("median of the ratios", "%.1f", func(lib int) float64 {
		return median(column(lib, func(i int) float64 { return costs[i][lib].Nanoseconds / costs[i][0].Nanoseconds }))
	})
	summary("slowest", "%.0f", func(lib int) float64 {
		return slices.Max(column(lib, func(i int) float64 { return costs[i][lib].Nanoseconds }))
	})
	summary("allocations, the median", "%.0f", func(lib int) float64 {
		return median(column(lib, func(i int) float64 { return costs[i][lib].Allocations }))
	})
	summary("allocations, the most", "%.0f", func(lib int) float64 {
		return slices.Max(column(lib, func(i int) float64 { return costs[i][lib].Allocations }))
	})
	return t.Flush()
}

// reportHard prints what hard questions cost.
func reportHard(w io.Writer, costs [][]cost) error {
	fmt.Fprintf(w, "\nHard questions: ns per call; %q means not to be expressed, %q more than %s\n\n", cannot, hangs, patience)
	t := newTable(w)
	heading(t, "")
	for i, q := range hardQuestions {
		fmt.Fprint(t, q.name)
		for _, c := range costs[i] {
			fmt.Fprint(t, "\t", nanoseconds(c))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// reportVectors prints which library gets what right, and the wrong answers.
func reportVectors(w io.Writer, verdicts [][]verdict) error {
	fmt.Fprint(w, "\nChanges of the clock, and what else libraries differ in\n\n")
	t := newTable(w)
	heading(t, "\t")
	counts := make([]int, len(libraries))
	for i, v := range vectors {
		fmt.Fprint(t, v.id, "\t", v.name)
		for k, result := range verdicts[i] {
			fmt.Fprint(t, "\t", result.Word)
			if result.Word == right {
				counts[k]++
			}
		}
		fmt.Fprintln(t)
	}
	fmt.Fprintf(t, "\tright, of %d", len(vectors))
	for _, n := range counts {
		fmt.Fprintf(t, "\t%d", n)
	}
	fmt.Fprintln(t)
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprint(w, "\nWhat is not right\n\n")
	for i, v := range vectors {
		for k, result := range verdicts[i] {
			if result.Word != right && result.Word != cannot {
				fmt.Fprintln(w, strings.TrimSpace(fmt.Sprintf("%s %s: %s %s", v.id, libraries[k].name, result.Word, result.Detail)))
			}
		}
	}
	return nil
}

func nanoseconds(c cost) string {
	if c.Word != "" {
		return c.Word
	}
	return fmt.Sprintf("%.0f", c.Nanoseconds)
}
