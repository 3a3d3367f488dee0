package v1alpha1_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/trigger"
)

// scheduleManifest is a Task with a schedule.
func scheduleManifest(t interface{ Fatal(...any) }, schedule string) []byte {
	return triggerManifest(t, map[string]any{"schedule": schedule})
}

func triggerManifest(t interface{ Fatal(...any) }, trigger map[string]any) []byte {
	written, err := yaml.Marshal(map[string]any{
		"apiVersion": "carillon.dev/v1alpha1", "kind": "Task", "metadata": map[string]any{"name": "t"},
		"spec": map[string]any{
			"trigger": trigger,
			"action":  map[string]any{"handler": map[string]any{"name": "log"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return written
}

// A1: what the trigger engine takes is admitted, whatever it looks like.
func TestA1_AdmissionRefusesNoScheduleThatWorks(t *testing.T) {
	t.Parallel()
	s := server(t)
	blank := rapid.SampledFrom([]string{" ", "  ", "\t", "\u00a0", "\u2003", "\v"})
	value := rapid.SampledFrom([]string{"*", "?", "0", "00", "+5", "7", "12", "23", "24", "31", "32", "59", "60", "1-5", "*-9", "mon", "SUN", "jan", "Dec-dec", "x", "L", "1-", ""})
	item := rapid.Custom(func(t *rapid.T) string {
		return value.Draw(t, "value") + rapid.SampledFrom([]string{"", "", "", "/2", "/015", "/+3", "/0", "/99", "/"}).Draw(t, "step")
	})
	field := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(item, 1, 3).Draw(t, "items"), ",") })
	five := rapid.Custom(func(t *rapid.T) string {
		text := rapid.SampledFrom([]string{"", "", " "}).Draw(t, "before")
		for range rapid.SampledFrom([]int{5, 5, 5, 5, 5, 4, 6}).Draw(t, "fields") {
			text += rapid.OneOf(rapid.Just("*"), field).Draw(t, "field") + blank.Draw(t, "blank")
		}
		return text
	})
	macro := rapid.Custom(func(t *rapid.T) string {
		return "@" + rapid.SampledFrom([]string{"hourly", "daily", "Daily", "yearly", "annually", "weekly", "monthly", "midnight", "reboot", "every"}).Draw(t, "macro") +
			rapid.SampledFrom([]string{"", " ", " 90s", " 1h30m", " 1.5h", " .5m", " 1m.5s500ms", " +2m", " 0s", " -1s", " 500ms", " 60000000us", " 1d"}).Draw(t, "rest")
	})
	worked := 0
	rapid.Check(t, func(t *rapid.T) {
		schedule := rapid.OneOf(five, macro).Draw(t, "schedule")
		if _, err := trigger.Compile(trigger.Spec{Schedule: schedule}, trigger.Options{}); err != nil {
			return
		}
		worked++
		if _, err := s.Create(scheduleManifest(t, schedule)); err != nil {
			t.Errorf("the schedule %q works, and is refused: %v", schedule, err)
		}
	})
	if worked == 0 {
		t.Error("no schedule worked; the rule proves nothing")
	}
}

// A1: a schedule that a regular expression can tell is wrong is not stored.
func TestA1_AdmissionRefusesSchedules(t *testing.T) {
	t.Parallel()
	const (
		five   = "must have five fields"
		macro  = "must be @hourly, @daily"
		minute = "the first field of schedule is the minute: write *, 0-59"
	)
	for schedule, want := range map[string]string{
		"30 8 * *":              five,
		"0 30 8 * * mon":        five,
		"0 12 * * ? *":          five,
		"TZ=UTC 30 8 * * *":     five,
		"0 2 * * * /bin/backup": five,
		"rate(5 minutes)":       five,
		"every day at five":     "", // five words
		"@reboot":               macro,
		"@Daily":                macro,
		"@every":                macro,
		"@every 500ms":          macro,
		"@every 1d":             macro,
		"@daily # at midnight":  macro,
		"60 * * * *":            minute,
		"61 8 * * *":            minute,
		"-1 * * * *":            minute,
		"*/0 * * * *":           minute,
		"5, * * * *":            minute,
		"H * * * *":             minute,
		"1.5 * * * *":           minute,
		"0 24 * * *":            "the second field of schedule is the hour: write *, 0-23",
		"0 8pm * * *":           "the second field",
		"0 8 0 * *":             "the third field of schedule is the day of the month: write *, 1-31",
		"0 8 L * *":             "the third field",
		"0 8 15W * *":           "the third field",
		"0 8 * 13 *":            "the fourth field of schedule is the month: write *, 1-12 or jan-dec",
		"0 8 * january *":       "the fourth field",
		"0 8 * * 8":             "the fifth field of schedule is the day of the week: write *, 0-7 or sun-sat",
		"0 8 * * Monday":        "the fifth field",
		"0 8 * * 5L":            "the fifth field",
		"0 8 * * fri#2":         "the fifth field",
	} {
		t.Run(schedule, func(t *testing.T) {
			t.Parallel()
			_, err := server(t).Create(scheduleManifest(t, schedule))
			switch {
			case err == nil:
				t.Error("it is stored")
			case !strings.Contains(err.Error(), "spec.trigger.schedule") || !strings.Contains(err.Error(), want):
				t.Errorf("the message is %q, want one with %q", err, want)
			}
			if _, err := trigger.Compile(trigger.Spec{Schedule: schedule}, trigger.Options{}); err == nil {
				t.Error("the trigger engine takes it")
			}
		})
	}
}

// cronFields are the fields of a cron trigger, as the API and the trigger engine name them.
var cronFields = map[string]func(*trigger.CronFields) *string{
	"year":      func(c *trigger.CronFields) *string { return &c.Year },
	"month":     func(c *trigger.CronFields) *string { return &c.Month },
	"day":       func(c *trigger.CronFields) *string { return &c.Day },
	"week":      func(c *trigger.CronFields) *string { return &c.Week },
	"dayOfWeek": func(c *trigger.CronFields) *string { return &c.DayOfWeek },
	"hour":      func(c *trigger.CronFields) *string { return &c.Hour },
	"minute":    func(c *trigger.CronFields) *string { return &c.Minute },
	"second":    func(c *trigger.CronFields) *string { return &c.Second },
}

// A1: so is each field of cron.
func TestA1_AdmissionRefusesNoCronFieldThatWorks(t *testing.T) {
	t.Parallel()
	s := server(t)
	value := rapid.SampledFrom([]string{
		"*", "0", "00", "05", "5", "6", "7", "12", "23", "24", "31", "32", "53", "54", "59", "60", "1969", "1970", "2026", "9999", "10000",
		"1-5", "mon", "SUN", "jan", "Dec", "mon-fri", "last", "Last", "2nd tue", "last  FRI", "6th mon", "-", "x", "",
	})
	item := rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"", "", " ", "\u00a0"}).Draw(t, "before") + value.Draw(t, "value") +
			rapid.SampledFrom([]string{"", "", "", "/2", "/015", "/+3", "/0", "/"}).Draw(t, "step") + rapid.SampledFrom([]string{"", "", "\t"}).Draw(t, "after")
	})
	worked := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		field := rapid.SampledFrom(slices.Sorted(maps.Keys(cronFields))).Draw(t, "field")
		text := strings.Join(rapid.SliceOfN(item, 1, 3).Draw(t, "items"), ",")
		spec := trigger.Spec{Cron: &trigger.CronFields{}}
		*cronFields[field](spec.Cron) = text
		// A blank field is none to the engine, and may be refused.
		if _, err := trigger.Compile(spec, trigger.Options{}); err != nil || strings.TrimSpace(text) == "" {
			return
		}
		worked[field]++
		if _, err := s.Create(triggerManifest(t, map[string]any{"cron": map[string]any{field: text}})); err != nil {
			t.Errorf("the %s %q works, and is refused: %v", field, text, err)
		}
	})
	if len(worked) == 0 {
		t.Error("nothing worked; the rule proves nothing")
	}
}

func TestA1_AdmissionRefusesCronFields(t *testing.T) {
	t.Parallel()
	for field, texts := range map[string][]string{
		"year":      {"1969", "26", "2026-", "every", "20261"},
		"month":     {"0", "13", "january", "jan-", "*/0"},
		"day":       {"0", "32", "L", "15W", "6th mon", "lastday", "last,"},
		"week":      {"0", "54", "w1"},
		"dayOfWeek": {"7", "monday", "fri#2", "1st mon"},
		"hour":      {"24", "8pm", "-1", "9 - 17"},
		"minute":    {"60", "*/", "?", "1.5", " "},
		"second":    {"60", "+5", "H"},
	} {
		for _, text := range texts {
			t.Run(field+" "+text, func(t *testing.T) {
				t.Parallel()
				_, err := server(t).Create(triggerManifest(t, map[string]any{"cron": map[string]any{field: text}}))
				if want := "spec.trigger.cron." + field; err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), field+" must be ") {
					t.Errorf("error %v, want one about %s", err, want)
				}
			})
		}
	}
}
