package next

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each of these stands between two good Tasks, which it must not disturb.
func TestBadTasks(t *testing.T) {
	t.Parallel()
	task := func(trigger string) string { return manifestOf("bad", trigger) }
	for name, tc := range map[string]struct{ input, wantErr string }{
		"a value out of range":    {task(`{schedule: "0 24 * * *"}`), `spec.trigger.schedule: hour "24" is out of range 0-23; write "0 0 * * *"`},
		"a number out of range":   {task(`{cron: {hour: 24}}`), `spec.trigger.cron.hour: hour "24" is out of range 0-23; write hour: 0`},
		"a value in a child":      {task(`{anyOf: [{date: {}}, {cron: {day: fri}}]}`), `spec.trigger.anyOf[1].cron.day: day "fri" is not a day; write a number, a range like 1-5, "last", "2nd tue" or "last fri"; days of the week alone belong in dayOfWeek`},
		"a zone in the schedule":  {task(`{schedule: "TZ=UTC 0 0 * * *"}`), `spec.trigger.schedule: "TZ=UTC" is not part of a schedule; write timeZone: UTC and schedule: "0 0 * * *" instead`},
		"an unknown zone":         {task(`{date: {}, timeZone: Europe/Berln}`), `spec.trigger.timeZone: "Europe/Berln" is not a time zone; did you mean "Europe/Berlin"?`},
		"no kind":                 {task(`{}`), "spec.trigger: has 0 kinds, expected exactly 1; write one of schedule, cron, interval, date, anyOf, allOf and shutdown; several go into anyOf"},
		"no trigger":              {"apiVersion: carillon.dev/v1alpha1\nkind: Task\nmetadata: {name: bad}\n", "spec.trigger: has 0 kinds, expected exactly 1; write one of schedule, cron, interval, date, anyOf, allOf and shutdown; several go into anyOf"},
		"two kinds":               {task(`{date: {}, cron: {}}`), "spec.trigger: has 2 kinds, expected exactly 1; write one of schedule, cron, interval, date, anyOf, allOf and shutdown; several go into anyOf"},
		"an unknown field":        {task(`{date: {}, tz: UTC}`), "spec.trigger.tz: unknown field"},
		"unknown fields":          {task("{date: {}, tz: UTC}\n  sechduler: x"), "spec.sechduler: unknown field; spec.trigger.tz: unknown field"},
		"a field in other case":   {task(`{date: {}, timezone: UTC}`), "spec.trigger.timezone: unknown field; write timeZone"},
		"a child of a child":      {task(`{anyOf: [{anyOf: [{date: {}}]}]}`), "spec.trigger.anyOf[0].anyOf: unknown field"},
		"a field of a Pod":        {strings.Replace(task(`{date: {}}`), "handler: {name: log}", "pod: {template: {spec: {container: []}}}", 1), "spec.action.pod.template.spec.container: unknown field"},
		"text for a number":       {task(`{interval: {hours: "1"}}`), `spec.trigger.interval.hours: Invalid value: "string": interval.hours in body must be of type integer: "string"`},
		"text for a duration":     {task(`{date: {}, jitter: 5 minutes}`), `spec.trigger.jitter: Invalid value: "5 minutes": jitter must be at least 0s, written like 30s, 5m or 1h30m`},
		"text for the trigger":    {task(`"0 0 * * *"`), `spec.trigger: Invalid value: "string": in body must be of type object: "string"`},
		"text for the spec":       {"apiVersion: carillon.dev/v1alpha1\nkind: Task\nmetadata: {name: bad}\nspec: x\n", `spec: expected an object, got the string "x"`},
		"a field that is empty":   {task(`{cron: {hour: ""}}`), `spec.trigger.cron.hour: Invalid value: "": cron.hour in body should be at least 1 chars long`},
		"a space in a date":       {task(`{date: {runAt: "2026-12-24 18:00:00"}}`), `spec.trigger.date.runAt: Invalid value: "2026-12-24 18:00:00": must be a date and time in whole seconds: write RFC 3339 such as 2026-12-24T18:00:00Z, or a local time such as 2026-12-24T18:00:00`},
		"shutdown at a time":      {task(`{shutdown: {}, endAt: "2026-12-24T18:00:00"}`), "spec.trigger: Invalid value: shutdown has no time: leave out startAt, endAt and jitter"},
		"a version to come":       {strings.Replace(task(`{date: {}}`), "v1alpha1", "v2", 1), `apiVersion: "carillon.dev/v2" is not known; write carillon.dev/v1alpha1`},
		"a name that is a number": {strings.Replace(task(`{date: {}}`), "name: bad", "name: 5", 1), `metadata.name: expected a string, got the number 5; write "5" in quotes`},
		"a key given twice":       {task("{date: {}}\n  trigger: {cron: {}}"), `standard input, document 2: yaml: unmarshal errors: line 13: key "trigger" already set in map`},
		"a key given twice, JSON": {
			`{"apiVersion": "carillon.dev/v1alpha1", "kind": "Task", "metadata": {"name": "bad"}, "spec": {"trigger": {"cron": {}, "cron": {}}}}` + "\n", "spec.trigger.cron: duplicate field",
		},
		"a schedule without quotes": {
			strings.Replace(task(`{schedule: */5 * * * *}`), "name: bad", `namespace: "team", name: bad, labels: {name: x}`, 1),
			"standard input, document 2: yaml: line 12: did not find expected alphabetic or numeric character; a schedule that begins with * needs quotes",
		},
		"YAML in blocks that is none": {
			"apiVersion: carillon.dev/v1alpha1\nkind: Task # one\nmetadata:\n  labels:\n    app: x\n  name: bad\nspec:\n  trigger: {date: {}\n",
			"standard input, document 2: yaml: line 15: did not find expected ',' or '}'",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := manifestOf("good", "{date: {}}")
			got, err := next(t, good+"---\n"+tc.input+"---\n"+good)
			if err == nil || err.Error() != "1 of 3 Tasks cannot be planned" {
				t.Errorf("error %v", err)
			}
			if len(got.Items) != 3 {
				t.Fatalf("%d items: %+v", len(got.Items), got)
			}
			for _, i := range []int{0, 2} {
				if item := got.Items[i]; item.Name != "good" || item.Error != "" || len(item.Times) != 1 {
					t.Errorf("disturbed: %+v", item)
				}
			}
			bad := got.Items[1]
			if diff := cmp.Diff(tc.wantErr, bad.Error); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if bad.Times == nil || len(bad.Times) > 0 || bad.Exhausted || bad.Warnings == nil {
				t.Errorf("%+v, want no slots", bad)
			}
			if bad.Name != "bad" && bad.Name != "5" {
				t.Errorf("is called %q", bad.Name)
			}
		})
	}
}

// What is no error in itself, and is likely not what was meant.
func TestContradictionIsAWarning(t *testing.T) {
	t.Parallel()
	got, err := next(t, manifestOf("a", `{schedule: "@daily", startAt: "2027-01-01T00:00:00Z", endAt: "2026-01-01T00:00:00Z"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := resultItem{Namespace: "default", Name: "a", Times: []string{}, Exhausted: true, Warnings: []string{
		`spec.trigger.endAt: "2026-01-01T00:00:00Z" is before startAt "2027-01-01T00:00:00Z", so that nothing lies between them; the Task will be Stalled`,
	}}
	if diff := cmp.Diff(want, got.Items[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestT10_WhatPeopleWrite shows what is printed for triggers from elsewhere, and for those that never fire.
func TestT10_WhatPeopleWrite(t *testing.T) {
	t.Parallel()
	for trigger, want := range map[string]string{
		`{schedule: "0 0 * * 7-3"}`:                                        `Error: default/a: spec.trigger.schedule: day of week "7-3" runs backwards; write "0 0 * * 0-3"`,
		`{schedule: "cron(0 12 * * ? *)"}`:                                 `write "0 12 * * ?"`,
		`{schedule: "rate(5 minutes)"}`:                                    "write interval: {minutes: 5}",
		`{schedule: "0 0 * * * # nightly"}`:                                `write "0 0 * * *"`,
		`{schedule: "@daily", timeZone: Asia/Beijing}`:                     `write "Asia/Shanghai"`,
		`{schedule: "@daily", timeZone: Eastern Standard Time}`:            `write "America/New_York"`,
		`{schedule: "*/45 * * * *"}`:                                       "Warning: default/a: spec.trigger.schedule: minute \"*/45\" has gaps of 45 and 15 minutes; for every 45 minutes write interval: {minutes: 45}",
		`{schedule: "0 0 30 2 *"}`:                                         "the trigger never fires: no date matches, because the months have at most 29 days and the days begin with 30; the Task will be Stalled",
		`{allOf: [{cron: {day: 1}}, {cron: {day: 2}}]}`:                    "spec.trigger.allOf: the trigger never fires: no date matches all of its triggers; the Task will be Stalled",
		`{anyOf: [{schedule: "@daily"}, {schedule: "0 0 31 4,6,9,11 *"}]}`: "spec.trigger.anyOf[1].schedule: this trigger never fires: no date matches",
	} {
		t.Run(trigger, func(t *testing.T) {
			t.Parallel()
			_, stderr, _ := execute(t, manifestOf("a", trigger), "next", "-f", "-")
			if !strings.Contains(stderr, want) {
				t.Errorf("it prints %q, want %q", stderr, want)
			}
		})
	}
}

func TestBadSchedulers(t *testing.T) {
	t.Parallel()
	head := "apiVersion: carillon.dev/v1alpha1\nkind: Scheduler\nmetadata: {name: default}\nspec: "
	tasks := "---\n" + manifestOf("without", "{date: {}}") + "---\n" + manifestOf("with", "{date: {}, timeZone: UTC}")
	for name, tc := range map[string]struct{ spec, wantErr string }{
		"an unknown zone":  {"{timeZone: Europe/Berln}", `spec.timeZone: "Europe/Berln" is not a time zone; did you mean "Europe/Berlin"?`},
		"an unknown field": {"{timezone: Europe/Berlin}", "spec.timezone: unknown field; write timeZone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, err := execute(t, head+tc.spec+"\n"+tasks, "next", "-f", "-")
			if err == nil || err.Error() != "1 of 2 Tasks cannot be planned" {
				t.Errorf("error %v", err)
			}
			if got := strings.Count(stdout, "2026-03-06T12:00:00Z"); got != 1 {
				t.Errorf("%d slots, want that of the Task with a zone:\n%s", got, stdout)
			}
			want := `Error: default/without: Scheduler "default", which has the time zone: ` + tc.wantErr + "\nError: Scheduler default/default: " + tc.wantErr + "\n"
			if diff := cmp.Diff(want, stderr); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Nobody knows what such documents were to be, and so they are no items.
func TestUnreadableDocuments(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ input, wantStderr string }{
		"no YAML": {
			"a: {b\n---\n" + manifestOf("good", "{date: {}}"),
			"Error: standard input, document 1: yaml: line 1: did not find expected ',' or '}'\n",
		},
		"keys given twice in a list": {
			"apiVersion: v1\nkind: List\nkind: List\nitems:\n- {apiVersion: carillon.dev/v1alpha1, kind: Task, metadata: {name: a}, spec: {trigger: {date: {}}}}\n" +
				"- {apiVersion: carillon.dev/v1alpha1, kind: Task, metadata: {name: b}, spec: {trigger: {shutdown: {}}}}\n",
			`Error: standard input, document 1: yaml: unmarshal errors: line 3: key "kind" already set in map` + "\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, err := execute(t, tc.input, "next", "-f", "-")
			if err == nil || err.Error() != "not everything could be read" {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(tc.wantStderr, stderr); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(stdout, "2026-03-06T12:00:00Z") {
				t.Errorf("the Task that can be read is not shown:\n%s", stdout)
			}
		})
	}
}
