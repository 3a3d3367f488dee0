package trigger

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// ring returns the values from one to another of a field that wraps, and goes on across the wrap in steps.
func ring(low, high, lowest, size, step int) []string {
	var values []string
	span := ((high-low)%size + size) % size
	for i := 0; i <= span; i += step {
		values = append(values, strconv.Itoa(lowest+(low-lowest+i)%size))
	}
	return values
}

// TestT10_RangesThatGoRound proposes, for a range whose end lies before its start, something with the same slots: in every field of both dialects, with
// steps, with names and inside lists.
func TestT10_RangesThatGoRound(t *testing.T) {
	t.Parallel()
	months := []string{"", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	crontab, monday := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	minute := func(text string) Spec { return Spec{Schedule: text + " * * * *"} }
	for name, tc := range map[string]struct {
		lowest, size, highest int
		names                 []string
		steps                 bool // a step across the turn has a meaning
		spec                  func(text string) Spec
	}{
		"minute":       {0, 60, 59, nil, true, minute},
		"hour":         {0, 24, 23, nil, true, func(text string) Spec { return Spec{Schedule: "0 " + text + " * * *"} }},
		"day of month": {1, 31, 31, nil, false, func(text string) Spec { return Spec{Schedule: "0 0 " + text + " * *"} }},
		"month":        {1, 12, 12, months, true, func(text string) Spec { return Spec{Schedule: "0 0 1 " + text + " *"} }},
		"day of week":  {0, 7, 7, crontab, true, func(text string) Spec { return Spec{Schedule: "0 0 * * " + text} }},
		"cron.month":   {1, 12, 12, months, true, func(text string) Spec { return cronSpec(CronFields{Month: text}) }},
		"cron.day":     {1, 31, 31, nil, false, func(text string) Spec { return cronSpec(CronFields{Day: text}) }},
		"cron.week":    {1, 53, 53, nil, false, func(text string) Spec { return cronSpec(CronFields{Week: text}) }},
		"cron.weekday": {0, 7, 6, monday, true, func(text string) Spec { return cronSpec(CronFields{DayOfWeek: text}) }},
		"cron.hour":    {0, 24, 23, nil, true, func(text string) Spec { return cronSpec(CronFields{Hour: text}) }},
		"cron.minute":  {0, 60, 59, nil, true, func(text string) Spec { return cronSpec(CronFields{Minute: text}) }},
		"cron.second":  {0, 60, 59, nil, true, func(text string) Spec { return cronSpec(CronFields{Second: text}) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spell := func(value int, named bool) string {
				if named {
					return strings.ToUpper(tc.names[value%max(1, len(tc.names))])
				}
				return strconv.Itoa(value)
			}
			for low := tc.lowest + 1; low <= tc.highest; low++ {
				for high := tc.lowest; high < low; high += 1 + tc.size/12 {
					for _, step := range []int{1, 2, 3, 5, 40} {
						for _, named := range []bool{false, true} {
							if named && (tc.names == nil || low >= tc.lowest+len(tc.names) || tc.lowest == 0 && low > 6) {
								continue
							}
							text := spell(low, named) + "-" + spell(high, named)
							if step > 1 {
								text += fmt.Sprintf("/%d", step)
							}
							extra := strconv.Itoa(tc.lowest + 1)
							want := tc.spec(strings.Join(append(ring(low, high, tc.lowest, tc.size, step), extra), ","))
							checkRing(t, tc.spec(extra+","+text), want, step == 1 || tc.steps)
						}
					}
				}
			}
		})
	}
}

// checkRing checks that one trigger is rejected, and that what is proposed for it, if anything is to be, has the slots of another.
func checkRing(t *testing.T, rejected, want Spec, proposes bool) {
	t.Helper()
	compiled, err := Compile(rejected, Options{})
	if err == nil {
		t.Fatalf("Compile() accepts %s", compiled)
	}
	got, _ := proposals(t, rejected, err)
	if !proposes && len(got) > 0 || proposes && len(got) != 1 {
		t.Fatalf("%v proposes %+v", err, got)
	}
	if !proposes {
		return
	}
	wanted, proposed := mustCompile(t, want, Options{}), mustCompile(t, got[0], Options{})
	for _, warning := range proposed.Warnings() {
		if strings.Contains(warning.Text, "does not run") || strings.Contains(warning.Text, "beyond the range") {
			t.Errorf("%v proposes what is warned of: %v", err, warning)
		}
	}
	after := at(t, "2026-01-01T00:00:00Z")
	for range 70 {
		wantSlot, _ := wanted.Next(after)
		slot, _ := proposed.Next(after)
		if !slot.Equal(wantSlot) {
			t.Fatalf("%v has the slot %s after %s, want %s", err, slot, after, wantSlot)
		}
		after = slot
	}
}
