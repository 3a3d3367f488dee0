package trigger

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// compileAny compiles a trigger that may be invalid. It checks that errors and descriptions are complete.
func compileAny(t *testing.T, spec Spec) (*Trigger, bool) {
	t.Helper()
	compiled, err := Compile(spec, Env{Created: time.Unix(0, 0)})
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
