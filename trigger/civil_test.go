package trigger

import (
	"testing"
	"time"
)

// TestCivil compares the calendar arithmetic with package time's, day by day over more than a cycle and at the ends of time.
func TestCivil(t *testing.T) {
	t.Parallel()
	check := func(date time.Time) {
		day, _ := floorDiv(date.Unix(), secondsPerDay)
		year, month, dayOfMonth := dateOf(day)
		if got := time.Date(year, time.Month(month), dayOfMonth, 0, 0, 0, 0, time.UTC); !got.Equal(date) {
			t.Fatalf("dateOf(%d) = %s, want %s", day, got, date)
		}
		if got := dayOf(year, month, dayOfMonth); got != day {
			t.Fatalf("dayOf(%s) = %d, want %d", date, got, day)
		}
		if got, want := weekdayOf(day), (int(date.Weekday())+6)%7; got != want {
			t.Fatalf("weekdayOf(%s) = %d, want %d", date, got, want)
		}
		if _, want := date.ISOWeek(); isoWeekOf(day) != want {
			t.Fatalf("isoWeekOf(%s) = %d, want %d", date, isoWeekOf(day), want)
		}
	}
	for date := time.Date(1795, 1, 1, 0, 0, 0, 0, time.UTC); date.Year() < 2205; date = date.AddDate(0, 0, 1) {
		check(date)
	}
	check(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC))
	check(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
}

// TestYearKinds checks that the years of one kind really are alike.
func TestYearKinds(t *testing.T) {
	t.Parallel()
	for kind, year := range exampleYears() {
		if got := yearKind(year); got != kind {
			t.Errorf("the example %d is of kind %d, want %d", year, got, kind)
		}
	}
	for year := 1; year <= 2400; year++ {
		example := exampleYears()[yearKind(year)]
		first, exampleFirst := dayOf(year, 1, 1), dayOf(example, 1, 1)
		if leap(year) != leap(example) {
			t.Fatalf("%d and its example %d differ in length", year, example)
		}
		for day := range int64(365) {
			if weekdayOf(first+day) != weekdayOf(exampleFirst+day) || isoWeekOf(first+day) != isoWeekOf(exampleFirst+day) {
				t.Fatalf("%d and its example %d differ on day %d", year, example, day)
			}
		}
	}
}
