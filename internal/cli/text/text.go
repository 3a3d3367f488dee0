// Package text writes for people, as kubectl does.
package text

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// None stands for a value that is not there.
const None = "<none>"

// NewTable aligns columns, which tabs separate.
func NewTable(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 6, 4, 3, ' ', 0) }

// Until says how long it is until something, or how long ago it was.
func Until(d time.Duration) string {
	d = d.Round(time.Second) // the clock has more than slots have
	if d <= -time.Second {
		return duration.HumanDuration(-d) + " ago"
	}
	return duration.HumanDuration(max(0, d))
}

// Duration is how long something takes or took, in the units of kubectl.
func Duration(d time.Duration) string { return duration.HumanDuration(d.Round(time.Second)) }

// Setting is a duration as people write it: 5m and not 5m0s.
func Setting(d time.Duration) string {
	written := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(written, zero) {
			written = written[:len(written)-len("0s")]
		}
	}
	return written
}

// Count is a number of things: "1 Task", "2 Tasks".
func Count[N int | int32 | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Outcome is how a run has ended, with the reason where that says more.
func Outcome(run *v1alpha1.RecentRun) string {
	if run.Reason == "" || run.Reason == string(run.Outcome) {
		return string(run.Outcome)
	}
	return string(run.Outcome) + ", " + run.Reason
}

// Instant is a time in a zone, with how far it is from now: "2026-03-06T08:00:00+01:00
// (5m ago)".
func Instant(t time.Time, zone *time.Location, now time.Time) string {
	from := Until(t.Sub(now))
	if t.After(now) {
		from = "in " + from
	}
	return fmt.Sprintf("%s (%s)", Time(t, zone), from)
}

// Time is RFC 3339 in a zone, or in UTC where the zone's offset is not one of whole
// minutes, as before there were zones: RFC 3339 cannot express it.
func Time(t time.Time, zone *time.Location) string {
	local := t.In(zone)
	if _, offset := local.Zone(); offset%60 != 0 {
		local = t.UTC()
	}
	return local.Format(time.RFC3339)
}
