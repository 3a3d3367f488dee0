package next

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// names are the names of the items, each with its namespace.
func names(r result) []string {
	var all []string
	for _, item := range r.Items {
		all = append(all, item.Namespace+"/"+item.Name)
	}
	return all
}

func TestNextOutput(t *testing.T) {
	t.Parallel()
	input := manifestOf("report", `{schedule: "0 8 * * *", timeZone: Europe/Berlin, endAt: "2026-03-07T12:00:00"}`)
	for format, want := range map[string]string{
		"json": `{
    "items": [
        {
            "namespace": "default",
            "name": "report",
            "times": [
                "2026-03-07T08:00:00+01:00"
            ],
            "exhausted": true,
            "error": "",
            "warnings": []
        }
    ]
}
`,
		"yaml": `items:
- error: ""
  exhausted: true
  name: report
  namespace: default
  times:
  - "2026-03-07T08:00:00+01:00"
  warnings: []
`,
	} {
		stdout, stderr, err := execute(t, input, "next", "-f", "-", "-o", format)
		if err != nil || stderr != "" {
			t.Errorf("%s: %v\n%s", format, err, stderr)
		}
		if diff := cmp.Diff(want, stdout); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
	if got, err := next(t, "# nothing\n"); err != nil || got.Items == nil || len(got.Items) > 0 {
		t.Errorf("of nothing: %+v, %v", got, err)
	}
}

func TestNextInput(t *testing.T) {
	t.Parallel()
	const (
		pod  = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}`
		json = `{"apiVersion": "carillon.dev/v1alpha1", "kind": "Task", "metadata": {"name": "j", "namespace": "team"}, "spec": {"trigger": {"date": {}}}}`
	)
	a, b := manifestOf("a", "{date: {}}"), manifestOf("b", "{date: {}}")
	for name, tc := range map[string]struct {
		input string
		want  []string
	}{
		"documents":                 {a + "---\n" + b, []string{"default/a", "default/b"}},
		"a marker at the beginning": {"---\n" + a, []string{"default/a"}},
		"a marker with a comment":   {a + "--- # the next one\n" + b, []string{"default/a", "default/b"}},
		"a document on the line of its marker": {
			a + "--- " + json + "\n---\n" + b, []string{"default/a", "team/j", "default/b"},
		},
		"an end marker":                  {a + "...\n---\n" + b + "...\n", []string{"default/a", "default/b"}},
		"empty documents":                {"---\n---\n# nothing\n---\n" + a + "---\n", []string{"default/a"}},
		"lines as on Windows":            {strings.ReplaceAll(a+"---\n"+b, "\n", "\r\n"), []string{"default/a", "default/b"}},
		"a byte order mark":              {"\ufeff" + a, []string{"default/a"}},
		"a marker inside a text":         {strings.Replace(a, "spec:", "spec:\n  description: |\n    ---\n    x", 1), []string{"default/a"}},
		"JSON":                           {json, []string{"team/j"}},
		"JSON objects in a row":          {json + json + "\n" + pod + json, []string{"team/j", "team/j", "team/j"}},
		"JSON and YAML":                  {json + "\n---\n" + a, []string{"team/j", "default/a"}},
		"YAML that looks like JSON":      {`{apiVersion: carillon.dev/v1alpha1, kind: Task, metadata: {name: x}, spec: {trigger: {date: {}}}}`, []string{"default/x"}},
		"a list":                         {`{"apiVersion": "v1", "kind": "List", "items": [` + json + `, ` + pod + `, ` + json + `]}`, []string{"team/j", "team/j"}},
		"a list in a list":               {`{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "List", "items": [` + json + `]}]}`, []string{"team/j"}},
		"a list of Tasks":                {`{apiVersion: carillon.dev/v1alpha1, kind: TaskList, items: [{metadata: {name: x}, spec: {trigger: {date: {}}}}]}`, []string{"default/x"}},
		"a generated name":               {strings.Replace(a, "name: a", "generateName: a-", 1), []string{"default/a-"}},
		"others' Tasks":                  {strings.Replace(a, "carillon.dev", "tekton.dev", 1) + "---\n" + b, []string{"default/b"}},
		"others' objects":                {pod + "\n---\nkind: 5\n---\n[1, 2]\n---\ntext\n---\n" + b, []string{"default/b"}},
		"others' object with duplicates": {"a: 1\na: 2\n---\n" + b, []string{"default/b"}},
		"of others a list":               {`{apiVersion: tekton.dev/v1, kind: TaskList, items: [{metadata: {name: x}}]}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := next(t, tc.input)
			if err != nil {
				t.Errorf("%v: %+v", err, got)
			}
			if diff := cmp.Diff(tc.want, names(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNextFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, task := range map[string]string{"1.yaml": "one", "2.yml": "two", "3.json": "three", "4.txt": "four", "below/5.yaml": "five"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(manifestOf(task, "{date: {}}")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		args []string
		want []string
	}{
		"a directory":          {[]string{"-f", dir}, []string{"default/one", "default/two", "default/three"}},
		"a file, by any name":  {[]string{"-f", filepath.Join(dir, "4.txt")}, []string{"default/four"}},
		"files and the stream": {[]string{"-f", filepath.Join(dir, "4.txt"), "-f", "-"}, []string{"default/four", "default/zero"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, _, err := execute(t, manifestOf("zero", "{date: {}}"), append([]string{"next"}, tc.args...)...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for line := range strings.Lines(stdout) {
				if fields := strings.Fields(line); strings.Contains(line, "2026-03-06T12:00:00Z") {
					got = append(got, fields[0]+"/"+fields[1])
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNextArguments(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args    []string
		wantErr string
	}{
		"no slots":            {[]string{"-f", "-", "--count=0"}, "--count 0: must be 1-1000"},
		"too many slots":      {[]string{"-f", "-", "--count=1001"}, "--count 1001: must be 1-1000"},
		"no offset":           {[]string{"-f", "-", "--from=2026-12-24T18:00:00"}, `--from "2026-12-24T18:00:00" is not an instant: write it with an offset, such as 2026-03-06T12:00:00Z`},
		"no instant":          {[]string{"-f", "-", "--from=tomorrow"}, `--from "tomorrow" is not an instant: write it with an offset, such as 2026-03-06T12:00:00Z`},
		"no format":           {[]string{"-f", "-", "-o=wide"}, `--output "wide": must be table, json or yaml`},
		"a file without flag": {[]string{"task.yaml"}, `"task.yaml" is taken for the name of a Task: write -f task.yaml`},
		"a file and a Task":   {[]string{"-f", "-", "report"}, "with -f the Tasks are those of the files: leave out -A, -l and the names, or -f"},
		"a file and -A":       {[]string{"-f", "-", "-A"}, "with -f the Tasks are those of the files: leave out -A, -l and the names, or -f"},
		"a missing file":      {[]string{"-f", "none.yaml"}, "stat none.yaml: no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, _, err := execute(t, manifestOf("a", "{date: {}}"), append([]string{"next"}, tc.args...)...)
			if err == nil || err.Error() != tc.wantErr {
				t.Errorf("error %v\nwant  %s", err, tc.wantErr)
			}
			if stdout != "" {
				t.Errorf("printed:\n%s", stdout)
			}
		})
	}
}

func TestNextFrom(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"2026-05-01T00:00:00Z":      "2026-05-01T00:00:00Z",
		"2026-05-01T00:00:00.001Z":  "2026-05-01T00:00:01Z",
		"2026-05-01T02:00:00+02:00": "2026-05-01T00:00:00Z",
		"":                          "2026-03-06T12:00:00Z",
		"9999-12-31T23:59:59Z":      "9999-12-31T23:59:59Z",
	} {
		for _, trigger := range []string{"{cron: {}}", "{date: {}}"} {
			got, err := next(t, manifestOf("a", trigger), "--count=1", "--from="+from)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{want}, got.Items[0].Times); diff != "" {
				t.Errorf("%s from %s (-want +got):\n%s", trigger, from, diff)
			}
		}
	}
}

// The rules about when a Task was created, and when its trigger was recorded.
func TestNextAnchors(t *testing.T) {
	t.Parallel()
	const created = `creationTimestamp: "2026-03-06T09:07:00Z"`
	for name, tc := range map[string]struct {
		metadata, trigger, status string
		want                      []string
	}{
		"T4: an interval of a new Task":         {trigger: "{interval: {hours: 1}}", want: []string{"2026-03-06T13:00:00Z", "2026-03-06T14:00:00Z"}},
		"T4: an interval of a Task that exists": {metadata: created, trigger: "{interval: {hours: 1}}", want: []string{"2026-03-06T12:07:00Z", "2026-03-06T13:07:00Z"}},
		"T5: a date of a new Task":              {trigger: "{date: {}}", want: []string{"2026-03-06T12:00:00Z"}},
		"T5: a date of a Task that exists":      {metadata: created, trigger: "{date: {}}"},
		"T5: a date that is an edit of a Task": {
			metadata: created, trigger: "{date: {}}", status: `{observedTriggerHash: v1-00000000, observedTriggerTime: "2026-03-06T10:00:00Z"}`,
			want: []string{"2026-03-06T12:00:00Z"},
		},
		"T9: the zone that is in effect": {
			metadata: created, trigger: `{schedule: "0 0 * * *", endAt: "2026-03-07T12:00:00Z"}`, status: `{effective: {timeZone: Asia/Tokyo}, newer: true}`,
			want: []string{"2026-03-07T00:00:00+09:00"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			input := strings.Replace(manifestOf("a", tc.trigger), "name: a", strings.TrimSuffix("name: a, "+tc.metadata, ", "), 1)
			if tc.status != "" {
				input += "status: " + tc.status + "\n"
			}
			got, err := next(t, input, "--count=2")
			if err != nil {
				t.Fatalf("%v: %+v", err, got)
			}
			if diff := cmp.Diff(tc.want, got.Items[0].Times, cmp.Transformer("some", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The local mean times of old are not a whole number of minutes from UTC, which RFC 3339 cannot say.
func TestNextBeforeThereWereZones(t *testing.T) {
	t.Parallel()
	input := manifestOf("a", `{cron: {year: 1970}, timeZone: Africa/Monrovia}`) + "---\n" + manifestOf("b", `{date: {runAt: "0001-01-01T00:00:00Z"}, timeZone: Europe/Berlin}`)
	got, err := next(t, input, "--count=1", "--from=0000-01-01T00:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"1970-01-01T00:44:30Z", "0001-01-01T00:00:00Z"} {
		if diff := cmp.Diff([]string{want}, got.Items[i].Times); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// A search that gives up for the moment is carried on, and its end is no exhaustion.
func TestT6_NextSearchesOn(t *testing.T) {
	t.Parallel()
	got, err := next(t, manifestOf("a", `{allOf: [{interval: {seconds: 10500}}, {interval: {seconds: 10501}}]}`), "--count=3")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"2029-09-02T15:55:00Z", "2033-03-01T19:50:00Z", "2036-08-28T23:45:00Z"}
	if item := got.Items[0]; item.Exhausted || !cmp.Equal(want, item.Times) {
		t.Errorf("%+v, want %s and more to come", item, want)
	}
}

// A trigger that is too expensive is an error of its Task, and does not keep the others from being shown.
func TestT6_NextEndsWhereATriggerIsTooExpensive(t *testing.T) {
	t.Parallel()
	const even = `second: "*", minute: "*/2", hour: 0-22`
	input := manifestOf("bad", `{allOf: [{cron: {`+even+`}}, {cron: {`+even+`}, timeZone: Asia/Kathmandu}]}`) + "---\n" + manifestOf("good", "{schedule: '@daily'}")
	stdout, stderr, err := execute(t, input, "next", "-f=-", "--count=1")
	if err == nil || !strings.Contains(stderr, "Error: default/bad: spec.trigger.allOf: it takes too long") || !strings.Contains(stderr, "write the conditions in one cron") {
		t.Errorf("error %v, stderr %q, want it to say what is wrong and what to write", err, stderr)
	}
	if !strings.Contains(stdout, "2026-03-07T00:00:00Z") {
		t.Errorf("stdout %q, want the slot of the other Task", stdout)
	}
}

func TestSchedulersOfTheInput(t *testing.T) {
	t.Parallel()
	const trigger = `{schedule: "0 0 * * *"}`
	scheduler := func(meta, spec string) string {
		return "{apiVersion: carillon.dev/v1alpha1, kind: Scheduler, metadata: {" + meta + "}, spec: {" + spec + "}}\n---\n"
	}
	of := func(name string) string {
		return strings.Replace(manifestOf("a", trigger), "spec:", "spec:\n  schedulerName: "+name, 1)
	}
	for name, tc := range map[string]struct {
		input        string
		want         string
		wantWarnings []string
	}{
		"none":                        {input: manifestOf("a", trigger), want: "2026-03-07T00:00:00Z"},
		"default":                     {input: scheduler("name: default", "timeZone: Asia/Tokyo") + manifestOf("a", trigger), want: "2026-03-07T00:00:00+09:00"},
		"one that comes later":        {input: manifestOf("a", trigger) + "---\n" + scheduler("name: default", "timeZone: Asia/Tokyo"), want: "2026-03-07T00:00:00+09:00"},
		"of two, the later one":       {input: scheduler("name: default", "timeZone: Asia/Tokyo") + scheduler("name: default", "") + manifestOf("a", trigger), want: "2026-03-07T00:00:00Z"},
		"one of another namespace":    {input: scheduler("name: default, namespace: x", "timeZone: Asia/Tokyo") + manifestOf("a", trigger), want: "2026-03-07T00:00:00Z"},
		"the one that the Task names": {input: scheduler("name: night", "timeZone: Asia/Tokyo") + of("night"), want: "2026-03-07T00:00:00+09:00"},
		"not the one it does not name": {
			input: scheduler("name: default", "timeZone: Asia/Tokyo") + of("night"), want: "2026-03-07T00:00:00Z",
			wantWarnings: []string{`spec.schedulerName: Scheduler "night" is not in the input: its time zone is taken to be UTC`},
		},
		"paused": {
			input: scheduler("name: default", "paused: true") + manifestOf("a", trigger), want: "2026-03-07T00:00:00Z",
			wantWarnings: []string{`Scheduler "default" is paused: nothing runs until it is resumed`},
		},
		"the Task is paused": {
			input: strings.Replace(manifestOf("a", trigger), "spec:", "spec:\n  paused: true", 1), want: "2026-03-07T00:00:00Z",
			wantWarnings: []string{"spec.paused: true: nothing runs until the Task is resumed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := next(t, tc.input, "--count=1")
			if err != nil {
				t.Fatalf("%v: %+v", err, got)
			}
			want := resultItem{Namespace: "default", Name: "a", Times: []string{tc.want}, Warnings: append([]string{}, tc.wantWarnings...)}
			if diff := cmp.Diff(want, got.Items[0]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
