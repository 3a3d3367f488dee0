package trigger

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// compileAny compiles a trigger that may be invalid. It checks that errors and descriptions are complete.
func compileAny(t *testing.T, spec Spec) (*Trigger, bool) {
	t.Helper()
	compiled, steps, err := compileCounted(&spec, Options{Created: time.Unix(0, 0)})
	checkCompileCost(t, &spec, steps)
	if err != nil {
		var rejected *Error
		if !errors.As(err, &rejected) || rejected.Problem == "" || strings.ContainsAny(rejected.Problem, "\n") && !strings.Contains(rejected.Part, "\n") {
			t.Fatalf("Compile(%+v) error %#v, want an *Error on one line", spec, err)
		}
		checkProposals(t, spec, err)
		return nil, false
	}
	if compiled.String() == "" || compiled.Hash() == "" {
		t.Fatalf("%+v has no description or no hash", spec)
	}
	compiled.Warnings()
	return compiled, true
}

func FuzzSchedule(f *testing.F) {
	for _, text := range []string{
		"30 8 * * mon-fri", "*/15 9-17 * * 1-5", "0 0 29 2 *", "0 0 30 2 *", "@daily", "@every 1h30m", "TZ=UTC * * * * *", "*/90 ? 1-31/7 jan,feb 7",
		"0 12 * * ? *", "cron(0 12 ? * 2-6 2026)", "rate(90 minutes)", "at(2026-12-24T18:00:00)", "0 0/5 14,18 * * FRI#2", "0 0 12 L * ? 2026-2030/2", "0 0 1,L * 5L",
		"H(0-29)/10 H * * *", "0 22-6/2 * * 7-1,fri-mon/2", "50-10/5,60 24 31-1 nov-feb/2 *", "CRON_TZ=Asia/Beijing 0 30 8 * * *", "MAILTO=root", "@every 1h 30m # often",
		"@dayly", "0 9 * * 1-5 root /bin/run", "０ ０ ＊ ＊ ＊", "'0 0 * * 1–5'", "1,,2 5- -5 1.5 */0", "P2W", "every 2 days",
		"*-5 * * * *", ", , , , ,", "0 0 31-1 * *", "60 24 32 13 8", "5/18446744073709551616 * * * *", "* * * *",
	} {
		f.Add(text, "Europe/Berlin", int64(1_774_746_000))
	}
	f.Fuzz(func(t *testing.T, text, zoneName string, from int64) {
		spec := Spec{Schedule: text, TimeZone: zoneName}
		if _, known := loadZone(zoneName); !known {
			spec.TimeZone = ""
		}
		if compiled, ok := compileAny(t, spec); ok {
			checkNext(t, compiled, time.Unix(from%maxInstant, 0))
			checkCost(t, compiled, from%maxInstant)
		}
	})
}

func FuzzCron(f *testing.F) {
	f.Add("", "", "last fri", "", "", "18", "", "", int64(0))
	f.Add("2026-2030/2", "jan-mar,*/4", "1st mon,last,15/3", "1-53/2", "mon-fri,6", "*/6", "0-30/10", "15,45", int64(1_774_746_000))
	f.Add("1971/2", "2", "29", "", "", "", "", "", int64(-1))
	f.Add("2030-2026", "nov-feb/2", "25-5/3,L,5#2", "50-3", "fri#2,sun-tue/2", "22-6/2,24", "50-10/5,,60", "*/7,h/15", int64(0))
	f.Add("9999", "12", "31", "52", "4", "23", "59", "59", int64(253_402_300_000))
	f.Add("", "", "", "53", "sun", "", "", "", int64(4_102_444_800))
	f.Fuzz(func(t *testing.T, year, month, day, week, dayOfWeek, hour, minute, second string, from int64) {
		fields := CronFields{year, month, day, week, dayOfWeek, hour, minute, second}
		if compiled, ok := compileAny(t, Spec{Cron: &fields, TimeZone: "America/New_York"}); ok {
			checkNext(t, compiled, time.Unix(from%maxInstant, 0))
			checkCost(t, compiled, from%maxInstant)
		}
	})
}

func FuzzMoment(f *testing.F) {
	for _, text := range []string{"2026-12-24T18:00:00", "2026-12-24T18:00:00.000Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:59", "2026-12-24", "T"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if compiled, ok := compileAny(t, Spec{Date: &Date{RunAt: text}}); ok && text != "" {
			if again, _ := compileAny(t, Spec{Date: &Date{RunAt: strings.ReplaceAll(strings.TrimSuffix(compiled.String()[3:], " UTC"), " ", "T") + "Z"}}); again.runAt != compiled.runAt {
				t.Fatalf("%q is %s, which is another instant", text, compiled)
			}
		}
	})
}

// FuzzNext makes up a trigger of any kind from a seed, and asks it around an instant.
func FuzzNext(f *testing.F) {
	for seed, from := range []int64{minInstant, -2_717_640_000, 0, 1_325_239_200, 1_774_746_000, 4_102_444_800, 16_725_225_600, maxInstant - 86_400} {
		f.Add(uint64(seed), from)
	}
	f.Fuzz(func(t *testing.T, seed uint64, from int64) {
		after := time.Unix(from%maxInstant, 0)
		compiled := randomTrigger(t, rand.New(rand.NewPCG(seed, 1)), after)
		checkCost(t, compiled, after.Unix())
		for range 5 {
			checkNext(t, compiled, after)
			slot, ok := compiled.Next(after)
			if !ok {
				return
			}
			after = slot
		}
	})
}

// FuzzCombinations makes up combinations, many of them dense and hard, and bounds the steps that each operation may take.
func FuzzCombinations(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, int64(1_774_746_000))
	}
	zones := []string{"UTC", "Europe/Berlin", "Asia/Tokyo", "America/New_York", "America/Nuuk", "Pacific/Apia", "Africa/Monrovia", "Australia/Lord_Howe", "Asia/Kolkata"}
	f.Fuzz(func(t *testing.T, seed uint64, from int64) {
		all := hardAllOf(rand.New(rand.NewPCG(seed, 2)), zones)
		for _, spec := range []Spec{all, {AnyOf: all.AllOf}} {
			compiled, steps, err := compileCounted(&spec, Options{Created: time.Unix(1_774_746_000, 0)})
			if err != nil {
				t.Fatal(err)
			}
			checkCompileCost(t, &spec, steps)
			checkCost(t, compiled, from%maxInstant)
		}
	})
}

// hardAllOf makes up an allOf trigger with up to as many children as there may be.
func hardAllOf(random *rand.Rand, zones []string) Spec {
	dense := []CronFields{
		{Second: "*/2", Minute: "1-59", Hour: "*", Week: "1-52"},
		{Second: "1-59/2", Hour: "*", Week: "1-52"},
		{Second: "*", Hour: "0-22/2"},
		{Second: "*", Hour: "1-23/2"},
		{Second: "*/3", Minute: "*/7", Hour: "*", DayOfWeek: "mon"},
		{Second: "*", Hour: "0-22", Day: "last"},
		{Year: "1980,2500,9000", Second: "*"},
		{Second: "*", Month: "2", Day: "29"},
	}
	spec, _ := randomAllOf(random, zones)
	for range random.IntN(13) {
		child := Spec{Cron: &dense[random.IntN(len(dense))], TimeZone: zones[random.IntN(len(zones))]}
		if random.IntN(4) == 0 {
			child = Spec{Interval: &Interval{Days: random.Int64N(20), Seconds: 1 + random.Int64N(90000)}, TimeZone: child.TimeZone}
		}
		spec.AllOf = append(spec.AllOf, child)
	}
	return spec
}

// What a window of a trigger that needs no search may cost. It is counted as a whole and not in pieces (ADR 23).
const (
	// maxWindowSteps is for a trigger without children, and maxStepsADay for each day of the window: years that are listed are
	// gone through in each halving of the search for the newest slots.
	maxWindowSteps = 2 * pieceSteps
	maxStepsADay   = 48
	// maxStepsKept is for each slot that is returned.
	maxStepsKept = 4
	// maxStepsCompared is for each comparison of the slots of two children of anyOf.
	maxStepsCompared = 32
)

// checkCompileCost bounds the steps of Compile, also of a trigger that it rejects.
func checkCompileCost(t *testing.T, spec *Spec, steps int) {
	t.Helper()
	if most := 3*maxJudgeSteps + (1+len(spec.AllOf)+len(spec.AnyOf))*maxSteps; steps > most {
		t.Fatalf("%+v: Compile takes %d steps, more than %d", *spec, steps, most)
	}
}

// checkCost bounds the steps of everything that is asked of a trigger: in full with LongSearch and LongWindow, and in part elsewhere.
func checkCost(t *testing.T, compiled *Trigger, from int64) {
	t.Helper()
	children := max(1, len(compiled.children), len(compiled.parts))
	within := func(what string, steps, most int) {
		t.Helper()
		if steps > most+children*maxSteps {
			t.Fatalf("%s: %s takes %d steps, more than %d", compiled, what, steps, most)
		}
	}
	steps := 0
	if compiled.NeedsSearch() {
		compiled.searchNever(&steps)
	}
	within("Warnings", steps, pieceSteps)
	steps = 0
	found := compiled.search(from, pieceSteps, &steps)
	within("Search", steps, pieceSteps)
	if found.outcome == NotBefore && found.resume <= from {
		t.Fatalf("%s: Search gets nowhere: resume at %d after %d", compiled, found.resume, from)
	}
	for _, days := range []int64{1, 30, 30 * 366} {
		for _, keep := range []int{0, 2, 1000} {
			steps = 0
			compiled.window(from, from+days*secondsPerDay, keep, pieceSteps, &steps)
			within(fmt.Sprintf("Window of %d days with %d slots", days, keep), steps, windowBound(compiled, keep, int(days)))
		}
	}
	search := compiled.LongSearch(time.Unix(from, 0))
	for {
		if result, err := search.Continue(); err != nil || result.Outcome != NotBefore {
			break
		}
	}
	within("LongSearch", search.steps, maxSearchSteps)
	checkLongWindow(t, compiled, from)
}

// windowBound returns how many steps one call of Window may take.
func windowBound(compiled *Trigger, keep, days int) int {
	single := maxWindowSteps + maxStepsADay*days + maxStepsKept*keep
	switch {
	case compiled.NeedsSearch():
		return pieceSteps
	case compiled.kind == kindAnyOf:
		return len(compiled.children)*2*single + maxStepsCompared*maxCompared
	default:
		return single
	}
}

// checkLongWindow counts a day, piece by piece, and bounds each piece and all of them.
func checkLongWindow(t *testing.T, compiled *Trigger, from int64) {
	t.Helper()
	window := compiled.LongWindow(time.Unix(from, 0), time.Unix(from+secondsPerDay, 0), 2)
	children := max(1, len(compiled.children), len(compiled.parts))
	for done := false; !done; {
		before, counted := window.steps, window.found.counted
		var err error
		if done, err = window.Continue(); err != nil {
			break
		}
		if piece := window.steps - before; piece > windowBound(compiled, 2, 1)+children*maxSteps {
			t.Fatalf("%s: a piece of LongWindow takes %d steps", compiled, piece)
		}
		if !done && window.found.counted <= counted {
			t.Fatalf("%s: LongWindow gets nowhere after %d", compiled, counted)
		}
	}
	if window.steps > maxCountSteps+children*maxSteps {
		t.Fatalf("%s: LongWindow takes %d steps", compiled, window.steps)
	}
}
