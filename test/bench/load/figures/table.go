package figures

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// table is a table in Markdown whose columns are aligned, so that it is read on a terminal as
// well. The first column is text, the others are figures.
type table struct {
	rows [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// write writes the table with an empty line after it.
func (t *table) write(w io.Writer) error {
	widths := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	rule := make([]string, len(widths))
	for i, width := range widths {
		rule[i] = strings.Repeat("-", width-1) + ":"
	}
	rule[0] = strings.Repeat("-", widths[0])
	var text strings.Builder
	for _, row := range slices.Insert(slices.Clone(t.rows), 1, rule) {
		for i, cell := range row {
			padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				text.WriteString("| " + cell + padding + " |")
			} else {
				text.WriteString(" " + padding + cell + " |")
			}
		}
		text.WriteByte('\n')
	}
	text.WriteByte('\n')
	if _, err := io.WriteString(w, text.String()); err != nil {
		return fmt.Errorf("writing a table: %w", err)
	}
	return nil
}

// number writes a figure with three significant digits, or as a whole number if it is large.
func number(x float64) string {
	switch {
	case x == 0:
		return "0"
	case x < 0.1:
		return fmt.Sprintf("%.3f", x)
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	default:
		return fmt.Sprintf("%.0f", x)
	}
}

// median writes the median of values.
func median(values []float64) string { return number(SpreadOf(values).Median) }

// spread writes the median of values and, if there are several, from where to where they go.
func spread(values []float64) string {
	s := SpreadOf(values)
	if len(values) < 2 {
		return number(s.Median)
	}
	return fmt.Sprintf("%s (%s-%s)", number(s.Median), number(s.Min), number(s.Max))
}

// mebibytes writes a number of bytes.
func mebibytes(values []float64) string { return number(SpreadOf(values).Median / (1 << 20)) }

// collect returns a figure of each of the measurements.
func collect[T any](measured []T, figure func(T) float64) []float64 {
	values := make([]float64, len(measured))
	for i, m := range measured {
		values[i] = figure(m)
	}
	return values
}

// groupBy sorts measurements into groups, in the order in which their keys come up first.
func groupBy[T any, K comparable](measured []T, key func(T) K) (keys []K, groups map[K][]T) {
	groups = map[K][]T{}
	for _, m := range measured {
		k := key(m)
		if _, known := groups[k]; !known {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], m)
	}
	return keys, groups
}
