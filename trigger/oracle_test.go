package trigger

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// allZonesVariable makes TestT3_Oracle go through every transition instead of a sample.
const allZonesVariable = "CARILLON_TEST_ALL_TRANSITIONS"

// TestT3_Oracle compares Next and Window with an oracle that walks the minutes of a clock around changes of the clock. By default it takes a sample of the
// changes of all zones between 2000 and 2037; with CARILLON_TEST_ALL_TRANSITIONS=1 it takes all of them, which lasts minutes.
func TestT3_Oracle(t *testing.T) {
	t.Parallel()
	every, triggers := 1, 6
	if os.Getenv(allZonesVariable) == "" {
		every, triggers = 60, 2
	}
	random := rand.New(rand.NewPCG(1, 2))
	skip := 0
	for _, name := range ZoneNames() {
		z, _ := loadZone(name)
		for _, change := range clockChanges(z.location) {
			if skip++; skip%every != 0 {
				continue
			}
			region := newRegion(z.location, change, 36*time.Hour)
			for range triggers {
				compareWithOracle(t, random, name, region)
			}
		}
	}
}

// clockChanges returns the instants between 2000 and 2037 at which a location changes its offset.
func clockChanges(location *time.Location) []time.Time {
	var changes []time.Time
	offset := func(instant time.Time) int { _, offset := instant.In(location).Zone(); return offset }
	end := time.Date(2038, 1, 1, 0, 0, 0, 0, time.UTC)
	for day := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC); day.Before(end); day = day.AddDate(0, 0, 1) {
		from, to := day, day.AddDate(0, 0, 1)
		if offset(from) == offset(to) {
			continue
		}
		for to.Sub(from) > time.Second {
			if middle := from.Add(to.Sub(from) / 2).Truncate(time.Second); offset(middle) == offset(day) {
				from = middle
			} else {
				to = middle
			}
		}
		changes = append(changes, to)
	}
	return changes
}

// A region is the time around a change of the clock, minute by minute.
type region struct {
	location      *time.Location
	from, through time.Time
	minutes       []wallMinute
}

// A wallMinute is a minute as a clock would show it, and when it does.
type wallMinute struct {
	wall     time.Time // in UTC, which stands for no zone here
	instants []int64   // when the clock shows it, in order
	shifted  int64     // if it never does: when it would, had the clock not been put forward
}

func newRegion(location *time.Location, middle time.Time, half time.Duration) *region {
	r := &region{location: location, from: middle.Add(-half), through: middle.Add(half)}
	offsets := map[int]bool{}
	for hour := -96; hour <= 96; hour++ {
		_, offset := middle.Add(time.Duration(hour) * time.Hour).In(location).Zone()
		offsets[offset] = true
	}
	var before int64 // the offset after the last minute that existed
	wall := r.from.Add(-48 * time.Hour).UTC().Truncate(time.Minute)
	for ; wall.Before(r.through.Add(48 * time.Hour)); wall = wall.Add(time.Minute) {
		minute := wallMinute{wall: wall}
		for _, offset := range slices.Sorted(maps.Keys(offsets)) {
			instant := wall.Unix() - int64(offset)
			if _, shown := time.Unix(instant, 0).In(location).Zone(); shown == offset {
				minute.instants = append(minute.instants, instant)
			}
		}
		if slices.Sort(minute.instants); len(minute.instants) > 0 {
			before = wall.Unix() - minute.instants[len(minute.instants)-1]
		}
		minute.shifted = wall.Unix() - before
		r.minutes = append(r.minutes, minute)
	}
	return r
}

// A naiveTrigger is a set of expressions and what they mean, worked out value by value.
type naiveTrigger struct {
	spec    Spec
	matches func(wall time.Time) bool // to the minute
	seconds []int64
	elapsed bool
}

// slots enumerates the slots of a region by T3.
func (n *naiveTrigger) slots(r *region) []int64 {
	found := map[int64]bool{}
	for _, minute := range r.minutes {
		if !n.matches(minute.wall) {
			continue
		}
		var starts []int64
		switch {
		case n.elapsed:
			starts = minute.instants
		case len(minute.instants) > 0:
			starts = minute.instants[:1]
		default:
			starts = []int64{minute.shifted}
		}
		for _, start := range starts {
			for _, second := range n.seconds {
				if slot := start + second; slot > r.from.Unix() && slot <= r.through.Unix() {
					found[slot] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func compareWithOracle(t *testing.T, random *rand.Rand, zoneName string, r *region) {
	t.Helper()
	naive := randomNaive(random, r)
	naive.spec.TimeZone = zoneName
	compiled := mustCompile(t, naive.spec, Options{})
	want := naive.slots(r)
	var got []int64
	for slot, ok := compiled.Next(r.from); ok && !slot.After(r.through); slot, ok = compiled.Next(slot) {
		got = append(got, slot.Unix())
	}
	if !slices.Equal(want, got) {
		t.Fatalf("%s around %s: Next differs\nwant %v\n got %v", compiled, r.from.Add(36*time.Hour), want, got)
	}
	// Ask from the middle of nowhere as well.
	start := r.from.Add(time.Duration(random.Int64N(int64(72 * time.Hour))))
	rest := want[len(want)-countAfter(want, start.Unix()):]
	if slot, ok := compiled.Next(start); len(rest) > 0 && (!ok || slot.Unix() != rest[0]) {
		t.Fatalf("%s: Next(%s) = %s, want %s", compiled, start, slot, time.Unix(rest[0], 0).UTC())
	}
	newest, total, _ := compiled.Window(start, r.through, 3)
	if int(total) != len(rest) || len(newest) != min(3, len(rest)) {
		t.Fatalf("%s: Window(%s, %s) has %d slots, want %d", compiled, start, r.through, total, len(rest))
	}
	for i, slot := range newest {
		if slot.Unix() != rest[len(rest)-len(newest)+i] {
			t.Fatalf("%s: Window(%s, %s) ends with %v, want %v", compiled, start, r.through, newest, rest)
		}
	}
}

func countAfter(sorted []int64, after int64) int {
	count := 0
	for _, slot := range sorted {
		if slot > after {
			count++
		}
	}
	return count
}

// randomNaive makes up a trigger that is likely to have slots in a region.
func randomNaive(random *rand.Rand, r *region) *naiveTrigger {
	if random.IntN(2) == 0 {
		return randomSchedule(random, r)
	}
	return randomCron(random, r)
}

func randomSchedule(random *rand.Rand, r *region) *naiveTrigger {
	minute, hour := randomExpression(random, 0, 59), randomHours(random, r)
	day, month, weekday := "*", "*", "*"
	if random.IntN(3) == 0 {
		day = randomExpression(random, 1, 31)
	}
	if random.IntN(3) == 0 {
		weekday = randomExpression(random, 0, 6)
	}
	if random.IntN(4) == 0 {
		month = fmt.Sprintf("%d,%s", r.from.Month(), randomExpression(random, 1, 12))
	}
	either := !hasStar(day) && !hasStar(weekday)
	return &naiveTrigger{
		spec: Spec{Schedule: strings.Join([]string{minute, hour, day, month, weekday}, " ")},
		matches: func(wall time.Time) bool {
			onDay := named(day, wall.Day(), 1, 31)
			onWeekday := named(weekday, int(wall.Weekday()), 0, 6)
			return named(minute, wall.Minute(), 0, 59) && named(hour, wall.Hour(), 0, 23) &&
				named(month, int(wall.Month()), 1, 12) && (onDay && onWeekday || either && (onDay || onWeekday))
		},
		seconds: []int64{0},
		elapsed: namesAllHours(hour),
	}
}

func randomCron(random *rand.Rand, r *region) *naiveTrigger {
	fields := CronFields{Minute: randomCronExpression(random, 0, 59), Hour: randomHours(random, r)}
	if strings.Contains(fields.Hour, "/") {
		fields.Hour = "*"
	}
	maybe := func(chance int, field *string, expression func() string) {
		if *field = "*"; random.IntN(chance) == 0 {
			*field = expression()
		}
	}
	maybe(4, &fields.Day, func() string { return randomCronExpression(random, 1, 31) })
	maybe(3, &fields.DayOfWeek, func() string { return randomCronExpression(random, 0, 6) })
	maybe(4, &fields.Month, func() string { return fmt.Sprintf("%d,%s", r.from.Month(), randomCronExpression(random, 1, 12)) })
	maybe(5, &fields.Week, func() string { return randomCronExpression(random, 1, 53) })
	maybe(6, &fields.Year, func() string {
		return fmt.Sprintf("%d-%d", max(1970, r.from.Year()), min(9999, max(1970, r.through.Year())))
	})
	maybe(6, &fields.Second, func() string { return "15,45" })
	seconds := []int64{15, 45}
	if fields.Second == "*" {
		fields.Second, seconds = "0", []int64{0}
	}
	// Special days go with the rest of the day field by or.
	special, specialDay := "", func(time.Time) bool { return false }
	switch random.IntN(6) {
	case 0:
		special, specialDay = "last", func(wall time.Time) bool { return wall.AddDate(0, 0, 1).Day() == 1 }
	case 1:
		special, specialDay = "2nd sun", func(wall time.Time) bool {
			return wall.Weekday() == time.Sunday && wall.Day() > 7 && wall.Day() <= 14
		}
	case 2:
		special, specialDay = "last sun", func(wall time.Time) bool {
			return wall.Weekday() == time.Sunday && wall.AddDate(0, 0, 7).Month() != wall.Month()
		}
	}
	day := fields.Day
	if special != "" {
		if fields.Day = day + "," + special; random.IntN(2) == 0 {
			fields.Day, day = special, ""
		}
	}
	return &naiveTrigger{
		spec: Spec{Cron: &fields},
		matches: func(wall time.Time) bool {
			_, week := wall.ISOWeek()
			return named(fields.Minute, wall.Minute(), 0, 59) && named(fields.Hour, wall.Hour(), 0, 23) &&
				named(fields.Month, int(wall.Month()), 1, 12) && named(fields.Year, wall.Year(), 1970, 9999) &&
				named(fields.Week, week, 1, 53) && named(fields.DayOfWeek, (int(wall.Weekday())+6)%7, 0, 6) &&
				(day != "" && named(day, wall.Day(), 1, 31) || specialDay(wall))
		},
		seconds: seconds,
		elapsed: namesAllHours(fields.Hour),
	}
}

// randomHours favours the hours around the change of the clock.
func randomHours(random *rand.Rand, r *region) string {
	hour := r.from.Add(36 * time.Hour).In(r.location).Hour()
	switch random.IntN(6) {
	case 0:
		return "*"
	case 1:
		return fmt.Sprint(hour)
	case 2:
		return fmt.Sprint((hour + 23) % 24)
	case 3:
		return fmt.Sprintf("%d,%d", (hour+22)%24, (hour+1)%24)
	case 4:
		return fmt.Sprintf("%d-23", random.IntN(12))
	default:
		return randomExpression(random, 0, 23)
	}
}

// randomExpression makes up a list in CronJob's dialect.
func randomExpression(random *rand.Rand, low, high int) string {
	items := make([]string, 1+random.IntN(2))
	for i := range items {
		a := low + random.IntN(high-low+1)
		b := a + random.IntN(high-a+1)
		switch random.IntN(6) {
		case 0:
			items[i] = "*"
		case 1:
			items[i] = fmt.Sprintf("*/%d", 1+random.IntN(high))
		case 2:
			items[i] = fmt.Sprintf("%d/%d", a, 1+random.IntN(high))
		case 3:
			items[i] = fmt.Sprintf("%d-%d", a, b)
		case 4:
			items[i] = fmt.Sprintf("%d-%d/%d", a, b, 1+random.IntN(high))
		default:
			items[i] = fmt.Sprint(a)
		}
	}
	return strings.Join(items, ",")
}

// randomCronExpression makes up a list in the dialect of cron fields, where steps must fit their range.
func randomCronExpression(random *rand.Rand, low, high int) string {
	a := low + random.IntN(high-low)
	b := a + 1 + random.IntN(high-a)
	switch random.IntN(5) {
	case 0:
		return "*"
	case 1:
		return fmt.Sprintf("*/%d", 1+random.IntN(high-low))
	case 2:
		return fmt.Sprintf("%d/%d", a, 1+random.IntN(high-a))
	case 3:
		return fmt.Sprintf("%d-%d/%d", a, b, 1+random.IntN(b-a))
	default:
		return fmt.Sprintf("%d-%d,%d", a, b, low)
	}
}

// named tells whether an expression names a value, item by item.
func named(expression string, value, low, high int) bool {
	for item := range strings.SplitSeq(expression, ",") {
		values, step, stepped := strings.Cut(item, "/")
		from, to, ranged := strings.Cut(values, "-")
		first, last := low, high
		if from != "*" {
			first = number(from)
			if last = first; ranged {
				last = number(to)
			} else if stepped {
				last = high
			}
		}
		every := 1
		if stepped {
			every = number(step)
		}
		if value >= first && value <= last && (value-first)%every == 0 {
			return true
		}
	}
	return false
}

// number reads a number, taking what is none (a special day) for one that nothing equals.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1000
	}
	return n
}

func namesAllHours(expression string) bool {
	for hour := range 24 {
		if !named(expression, hour, 0, 23) {
			return false
		}
	}
	return true
}

// hasStar tells whether a field counts as a star: one of its items is * or */1.
func hasStar(expression string) bool {
	items := strings.Split(expression, ",")
	return slices.Contains(items, "*") || slices.Contains(items, "*/1")
}
