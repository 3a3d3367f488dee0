package next

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/text"
	"github.com/carillon-dev/carillon/trigger"
)

const none = text.None

// maxChanges is how many changes of slots are shown of a Task. A trigger that fires
// every second has thousands of them in one night.
const maxChanges = 100

// localLayout begins with the day of the week, which is what people err about.
const localLayout = "Mon 2006-01-02 15:04:05"

// printTable prints a table for people, and what is to be said about the Tasks on
// the other stream.
func printTable(o *kube.Factory, forecasts []forecast, now time.Time) error {
	if len(forecasts) == 0 {
		fmt.Fprintln(o.ErrOut, "There are no Tasks in the input.")
		return nil
	}
	w := text.NewTable(o.Out)
	fmt.Fprintln(w, "NAMESPACE\tNAME\tLOCAL TIME\tZONE\tUTC\tIN\tNOTE")
	for i := range forecasts {
		forecasts[i].printRows(w, now)
	}
	if err := w.Flush(); err != nil {
		return err //nolint:wrapcheck // writing to the terminal
	}
	for _, f := range forecasts {
		for _, warning := range f.warnings {
			fmt.Fprintf(o.ErrOut, "Warning: %s/%s: %s\n", text.Line(f.namespace), text.Line(f.name), warning)
		}
		if f.err != nil {
			fmt.Fprintf(o.ErrOut, "Error: %s/%s: %s\n", text.Line(f.namespace), text.Line(f.name), f.err)
		}
	}
	return nil
}

// A row is a slot, or a named time that has none.
type row struct {
	at    time.Time
	local string
	slot  bool
	notes []string
}

func (f *forecast) printRows(w io.Writer, now time.Time) {
	begin := fmt.Sprintf("%s\t%s\t", text.Line(f.namespace), cmp.Or(text.Line(f.name), none))
	if f.err != nil {
		fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\t%s\n", begin, none, none, none, none, "error")
		return
	}
	rows := f.rows()
	for _, r := range rows {
		utc, in := none, none
		if r.slot {
			utc, in = r.at.Format(time.RFC3339), text.Until(r.at.Sub(now))
		}
		fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\t%s\n", begin, r.local, f.trigger.TimeZone(), utc, in, strings.Join(r.notes, ", "))
	}
	if f.exhausted {
		note := "no more slots"
		if f.atShutdown {
			note = "when the Scheduler is deleted"
		}
		fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\t%s\n", begin, none, f.trigger.TimeZone(), none, none, note)
	}
}

// rows are the slots, and among them the times that a change of the clock drops.
func (f *forecast) rows() []row {
	var rows []row
	for _, slot := range f.slots {
		rows = append(rows, row{at: slot, local: slot.In(f.trigger.Location()).Format(localLayout + " MST"), slot: true})
	}
	for _, c := range f.changes() {
		if c.Kind == trigger.Dropped {
			rows = append(rows, row{at: c.At, local: withWeekday(c.Wall), notes: []string{f.whyDropped(c)}})
			continue
		}
		i, found := slices.BinarySearchFunc(f.slots, c.At, time.Time.Compare)
		switch {
		case found && c.Kind == trigger.Moved:
			rows[i].notes = append(rows[i].notes, "moved: the clock skips "+c.Wall)
		case found:
			rows[i].notes = append(rows[i].notes, "doubled: the clock repeats "+c.Wall)
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return a.at.Compare(b.at) })
	return rows
}

// changes are what the clock does up to the last of the slots, or, after the last
// slot that there is, in the year that follows.
func (f *forecast) changes() []trigger.Change {
	through := f.from.AddDate(1, 0, 0)
	if len(f.slots) > 0 {
		through = f.slots[len(f.slots)-1]
		if f.exhausted {
			through = through.AddDate(1, 0, 0)
		}
	}
	return f.trigger.Changes(f.from.Add(-time.Second), through, maxChanges)
}

// whyDropped tells the two ways in which a time loses its slot apart: at the
// repetition of a time the clock shows that time, while a skipped one it never shows.
func (f *forecast) whyDropped(c trigger.Change) string {
	if c.At.In(f.trigger.Location()).Format(time.DateTime) == c.Wall {
		return "dropped: the clock repeats it"
	}
	return "dropped: the clock skips it"
}

// withWeekday puts the day of the week before a date and time of day.
func withWeekday(wall string) string {
	t, err := time.Parse(time.DateTime, wall)
	if err != nil {
		return wall
	}
	return t.Format(localLayout)
}
