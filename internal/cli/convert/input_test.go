package convert

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// indent indents a manifest as an element of a list.
func indent(manifest string) string {
	lines := strings.Split(strings.TrimSuffix(manifest, "\n"), "\n")
	return "- " + strings.Join(lines, "\n  ") + "\n"
}

// No CronJob is dropped without a word, wherever it stands.
func TestInput(t *testing.T) {
	t.Parallel()
	a, b := named("a"), named("b")
	old := strings.Replace(named("old"), "batch/v1", "batch/v1beta1", 1)
	older := strings.Replace(named("older"), "batch/v1", "batch/v2alpha1", 1)
	oldest := strings.Replace(older, "kind: CronJob", "kind: ScheduledJob", 1)
	bare := strings.Replace(a, "apiVersion: batch/v1\nkind: CronJob\n", "", 1)
	const other = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
	const template = "apiVersion: template.openshift.io/v1\nkind: Template\nmetadata: {name: t}\nparameters:\n- {name: ZONE, required: true}\n- {name: N, value: '5', required: true}\nobjects:\n"
	broken := strings.Replace(named("broken"), "Limit: 0", "Limit: none", 1)
	for name, tc := range map[string]struct {
		input    string
		want     []string
		wantSaid []string // lines of the standard error that are no notes
		wantErr  string
	}{
		"documents":               {input: a + "---  \n" + b, want: []string{"a", "b"}},
		"versions":                {input: old + "---\n" + older + "---\n" + a, want: []string{"old", "older", "a"}},
		"a ScheduledJob":          {input: oldest, want: []string{"older"}},
		"a list":                  {input: "apiVersion: v1\nkind: List\nitems:\n" + indent(a) + indent(old), want: []string{"a", "old"}},
		"a list in a list":        {input: "apiVersion: v1\nkind: List\nitems:\n" + indent("apiVersion: v1\nkind: List\nitems:\n"+indent(a)) + indent(b), want: []string{"a", "b"}},
		"a list of CronJobs":      {input: "apiVersion: batch/v1\nkind: CronJobList\nitems:\n" + indent(bare) + indent(b), want: []string{"a", "b"}},
		"an array":                {input: indent(a) + indent(b), want: []string{"a", "b"}},
		"an empty list":           {input: "apiVersion: v1\nkind: List\nitems: []\n---\n" + a, want: []string{"a"}},
		"a generated name":        {input: strings.Replace(a, "name: a", "generateName: a-", 1), want: nil},
		"other kinds are counted": {input: other + "---\n" + a + "---\n" + other + "---\nkind: Pod\n---\ntext\n", want: []string{"a"}, wantSaid: []string{"Passed over, as they are not CronJobs: 4 (1 Pod, 2 Secret)"}},
		"others' duplicates":      {input: "a: 1\na: 2\n---\n" + a, want: []string{"a"}, wantSaid: []string{"Passed over, as they are not CronJobs: 1"}},
		"references to CronJobs":  {input: a + "---\nkind: Scaler\nspec: {targetRef: {apiVersion: batch/v1, kind: CronJob, name: a}}\n", want: []string{"a"}, wantSaid: []string{"Passed over, as they are not CronJobs: 1 (1 Scaler)"}},

		"no CronJob":             {input: other, wantSaid: []string{"Passed over, as they are not CronJobs: 1 (1 Secret)"}, wantErr: "there are no CronJobs in the input"},
		"nothing":                {input: "# nothing\n", wantErr: "there are no CronJobs in the input"},
		"one of the list broken": {input: "apiVersion: v1\nkind: List\nitems:\n" + indent(broken) + indent(b), want: []string{"b"}, wantSaid: []string{`Error: standard input, document 1, items[0]: CronJob broken: spec.failedJobsHistoryLimit: expected an integer, got the string "none"`}, wantErr: "1 of 2 CronJobs cannot be converted"},
		"no YAML":                {input: "a: {b\n---\n" + a, want: []string{"a"}, wantSaid: []string{"Error: standard input, document 1: yaml: line 1: did not find expected ',' or '}'"}, wantErr: "not everything could be read"},
		"no YAML and no good": {input: a + "---\na: {b\n---\n" + broken, want: []string{"a"}, wantSaid: []string{
			`Error: standard input, document 3: CronJob broken: spec.failedJobsHistoryLimit: expected an integer, got the string "none"`,
			"Error: standard input, document 2: yaml: line 17: did not find expected ',' or '}'",
		}, wantErr: "1 of 2 CronJobs cannot be converted, and not everything could be read"},
		"two without a separator": {input: a + b, wantSaid: []string{
			`Error: standard input, document 1: CronJob b: yaml: unmarshal errors: line 16: key "apiVersion" already set in map line 17: key "kind" already set in map line 18: key "metadata" already set in map line 20: key "spec" already set in map`,
		}, wantErr: "1 of 1 CronJobs cannot be converted"},
		"a CronJob hidden by a key given twice": {input: "kind: CronJob\nkind: Secret\n---\n" + a, want: []string{"a"}, wantSaid: []string{
			`Error: standard input, document 1: yaml: unmarshal errors: line 2: key "kind" already set in map`, "Passed over, as they are not CronJobs: 1 (1 Secret)",
		}, wantErr: "not everything could be read"},
		"a Template": {input: template + indent(other) + indent(strings.Replace(a, "Limit: 0", `Limit: "${{N}}"`, 1)) + "---\n" + b, want: []string{"b"}, wantSaid: []string{
			"Error: standard input, document 1, objects[1]: CronJob a: is in a Template, whose parameters are not known here; write oc process --local -f FILE -p ZONE=... -o yaml | kubectl carillon convert -f -",
		}, wantErr: "1 of 2 CronJobs cannot be converted"},
		"a Template of old": {input: strings.Replace(template, "template.openshift.io/v1", "v1", 1) + indent(oldest), wantSaid: []string{
			"Error: standard input, document 1, objects[0]: CronJob older: is in a Template, whose parameters are not known here; write oc process --local -f FILE -p ZONE=... -o yaml | kubectl carillon convert -f -",
		}, wantErr: "1 of 1 CronJobs cannot be converted"},
		"a Template without one": {input: template + indent(other) + "---\n" + a, want: []string{"a"}, wantSaid: []string{"Passed over, as they are not CronJobs: 1 (1 Template)"}},
		"inside another object": {input: "apiVersion: work.example.com/v1\nkind: ManifestWork\nspec:\n  manifests:\n  " + strings.ReplaceAll(indent(a), "\n", "\n  ") + "\n", wantSaid: []string{
			"Error: standard input, document 1, spec.manifests[0]: CronJob a: is in an object of kind ManifestWork, which makes CronJobs by itself; write it as a document of its own",
		}, wantErr: "1 of 1 CronJobs cannot be converted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, err := runOn(t, tc.input, "-f", "-")
			if got := said(err); got != tc.wantErr {
				t.Errorf("error %q, want %q", got, tc.wantErr)
			}
			if diff := cmp.Diff(tc.want, namesOf(stdout)); diff != "" {
				t.Errorf("Tasks (-want +got):\n%s", diff)
			}
			var said []string
			for line := range strings.Lines(stderr) {
				if strings.HasPrefix(line, "Error") || strings.HasPrefix(line, "Passed") {
					said = append(said, strings.TrimSuffix(line, "\n"))
				}
			}
			if diff := cmp.Diff(tc.wantSaid, said); diff != "" {
				t.Errorf("standard error (-want +got):\n%s", diff)
			}
		})
	}
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Several files and directories are read like one stream: what is wrong in one does not keep
// the others from being printed.
func TestInput_Files(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"1.yaml": named("one"), "2.yaml": strings.Replace(named("two"), "image", "img", 1), "3.json": `{"kind": "CronJob"`,
		"4.yaml": named("four"), "below/5.yaml": named("five"), "6.txt": named("six"),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		args     []string
		want     []string
		wantSaid []string
	}{
		"a directory": {[]string{"-f", dir}, []string{"one", "four"}, []string{"2.yaml, document 1: CronJob two: ", "3.json, document 1: yaml: "}},
		"recursively": {[]string{"-f", dir, "-R"}, []string{"one", "four", "five"}, []string{"2.yaml, document 1: CronJob two: "}},
		"several files, one missing": {
			[]string{"-f", filepath.Join(dir, "none.yaml"), "-f", filepath.Join(dir, "6.txt"), "-f", "-"},
			[]string{"six", "zero"},
			[]string{"none.yaml: no such file or directory"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, err := runOn(t, named("zero"), append([]string{"-o", "yaml"}, tc.args...)...)
			if err == nil {
				t.Error("no error")
			}
			if diff := cmp.Diff(tc.want, namesOf(stdout)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, want := range tc.wantSaid {
				if !strings.Contains(stderr, want) {
					t.Errorf("no %q in\n%s", want, stderr)
				}
			}
		})
	}
}

func FuzzInput(f *testing.F) {
	f.Add([]byte(plainCronJob))
	f.Add([]byte("kind: Template\napiVersion: v1\nparameters: [1]\nobjects:\n" + indent(plainCronJob)))
	f.Add([]byte(`{"kind": "CronJobList", "apiVersion": "batch/v1", "items": [{"spec": 5}, [], null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		in := &input{}
		for _, d := range splitAll(data) {
			in.add(d)
		}
		for _, it := range in.items {
			if (it.job == nil) == (it.err == nil) {
				t.Errorf("%+v has neither a CronJob nor an error, or both", it)
			}
			if it.job != nil {
				task, _, err := Convert(it.job, present)
				if (task == nil) == (err == nil) {
					t.Errorf("%+v: Task %v, error %v", it, task, err)
				}
			}
		}
	})
}
