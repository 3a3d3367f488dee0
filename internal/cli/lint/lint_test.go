package lint

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/carillon-dev/carillon/internal/cli/kube"
)

// execute runs lint on an input and returns what it prints.
func execute(t *testing.T, input string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	streams, in, out, errOut := genericiooptions.NewTestIOStreams()
	in.WriteString(input)
	cmd := NewCommand(kube.NewFactory(streams, func() time.Time { return time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC) }))
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(t.Context())
	return out.String(), errOut.String(), err
}

// taskWith is a Task with a spec in YAML's flow style.
func taskWith(spec string) string {
	return "apiVersion: carillon.dev/v1alpha1\nkind: Task\nmetadata: {name: report}\nspec: " + spec + "\n"
}

func triggered(trigger string) string {
	return taskWith("{trigger: " + trigger + ", action: {handler: {name: log}}}")
}

func TestLint(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		input string
		want  []string // the beginnings of the lines after the position; nil: nothing is found
	}{
		"nothing wrong":              {input: triggered(`{schedule: "30 8 * * mon-fri", timeZone: Europe/Berlin}`)},
		"somebody else's":            {input: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"},
		"a minute out of range":      {input: triggered(`{schedule: "61 * * * *"}`), want: []string{`error: Task default/report: spec.trigger.schedule: minute "61" is out of range 0-59`}},
		"a zone that does not exist": {input: triggered(`{schedule: "@daily", timeZone: Europe/Berln}`), want: []string{`error: Task default/report: spec.trigger.timeZone: "Europe/Berln" is not a time zone; did you mean "Europe/Berlin"?`}},
		"a date that never comes":    {input: triggered(`{schedule: "0 0 30 2 *"}`), want: []string{`error: Task default/report: spec.trigger.schedule: the trigger never fires`}},
		"what may surprise":          {input: triggered(`{schedule: "*/90 * * * *"}`), want: []string{`warning: Task default/report: spec.trigger.schedule: `}},
		"an unknown field":           {input: taskWith(`{trigger: {date: {}}, action: {handler: {name: log}}, retries: 3}`), want: []string{`error: Task default/report: spec.retries: unknown field`}},
		"an unknown field of a Pod": {
			input: taskWith(`{trigger: {date: {}}, action: {pod: {template: {spec: {containers: [{name: a, img: b}]}}}}}`),
			want:  []string{`error: Task default/report: spec.action.pod.template.spec.containers[0].img: unknown field`},
		},
		"a value of the wrong type": {input: taskWith(`{trigger: {date: {}}, action: {handler: {name: log}}, timeout: 300}`), want: []string{`error: Task default/report: spec.timeout: `}},
		"a rule of the CRD":         {input: taskWith(`{trigger: {date: {}}, action: {handler: {name: log}}, timeout: -5m}`), want: []string{`error: Task default/report: spec.timeout: Invalid value: "-5m": timeout must be 0s for no limit`}},
		"restartPolicy Always": {
			input: taskWith(`{trigger: {date: {}}, action: {pod: {template: {spec: {restartPolicy: Always, containers: [{name: a, image: b}]}}}}}`),
			want:  []string{`error: Task default/report: spec.action.pod.template: Invalid value: a run must end`},
		},
		"several things": {
			input: taskWith(`{trigger: {schedule: "0 24 * * *"}, action: {handler: {name: log}}, maxInstances: 0}`),
			want: []string{
				`error: Task default/report: spec.trigger.schedule: hour "24" is out of range`, `error: Task default/report: spec.maxInstances: `,
			},
		},
		"a name that none can have":  {input: strings.Replace(triggered("{date: {}}"), "name: report", "name: Big_Name", 1), want: []string{`error: Task default/Big_Name: metadata.name: "Big_Name": `}},
		"no name":                    {input: strings.Replace(triggered("{date: {}}"), "{name: report}", "{}", 1), want: []string{`error: Task default/: metadata.name: write a name`}},
		"a name to be generated":     {input: strings.Replace(triggered("{date: {}}"), "name: report", "generateName: report-", 1)},
		"a token that is sent as is": {input: taskWith(`{trigger: {date: {}}, action: {http: {url: "https://a", headers: [{name: Authorization, value: Bearer $(TOKEN)}]}}}`), want: []string{`warning: Task default/report: spec.action.http.headers[0].value: $(TOKEN) is sent as it is written`}},
		"another version":            {input: strings.Replace(triggered("{date: {}}"), "v1alpha1", "v1", 1), want: []string{`error: Task default/report: apiVersion: "carillon.dev/v1" is not known`}},
		"no YAML":                    {input: "apiVersion: carillon.dev/v1alpha1\nkind: Task\nmetadata: {name: report}\nspec: {trigger: {schedule: *}}\n", want: []string{`error: Task default/report: `}},
		"a zone of the Scheduler": {
			input: "apiVersion: carillon.dev/v1alpha1\nkind: Scheduler\nmetadata: {name: default}\nspec: {timeZone: Europe/Berln}\n---\n" + triggered(`{schedule: "@daily"}`),
			want: []string{
				`error: Scheduler default/default: spec.timeZone: "Europe/Berln" is not a time zone`, `error: Task default/report: Scheduler "default", which has the time zone, has an error`,
			},
		},
		"a Scheduler with an unknown field": {input: "apiVersion: carillon.dev/v1alpha1\nkind: Scheduler\nmetadata: {name: default}\nspec: {zone: UTC}\n", want: []string{`error: Scheduler default/default: spec.zone: unknown field`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, err := execute(t, tc.input, "-f", "-", "--strict")
			lines := strings.Split(strings.TrimSpace(stdout), "\n")
			if tc.want == nil {
				if err != nil || stdout != "" || !strings.Contains(stderr, "nothing found") {
					t.Errorf("it ends with %v, and says %q and %q; want nothing to be found", err, stdout, stderr)
				}
				return
			}
			if err == nil {
				t.Error("the exit status is 0")
			}
			for _, want := range tc.want {
				if !strings.Contains(stdout, want) {
					t.Errorf("the output is\n%s\nwant a line with %q", stdout, want)
				}
			}
			if len(lines) < len(tc.want) {
				t.Errorf("%d lines, want at least %d", len(lines), len(tc.want))
			}
		})
	}
}

// Warnings alone do not fail, unless they are to.
func TestLint_ExitStatus(t *testing.T) {
	t.Parallel()
	surprising := triggered(`{schedule: "*/90 * * * *"}`)
	if _, _, err := execute(t, surprising, "-f", "-"); err != nil {
		t.Errorf("a warning fails: %v", err)
	}
	if _, _, err := execute(t, surprising, "-f", "-", "--strict"); err == nil || err.Error() != "1 warning, and --strict allows none" {
		t.Errorf("with --strict it ends with %v", err)
	}
	if _, _, err := execute(t, triggered(`{schedule: "x"}`)+"---\n"+surprising, "-f", "-"); err == nil || err.Error() != "1 error, 1 warning" {
		t.Errorf("an error and a warning end with %v", err)
	}
	for args, want := range map[string]string{"": "write -f FILE", "-f -|-o xml": "must be text, json or sarif", "-f /nowhere.yaml": "/nowhere.yaml"} {
		if _, _, err := execute(t, "", strings.FieldsFunc(args, func(r rune) bool { return r == ' ' || r == '|' })...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("lint %s ends with %v, want %q", args, err, want)
		}
	}
}

// A finding says in which file it is, and where its document begins.
func TestLint_Positions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	below := filepath.Join(dir, "team")
	if err := os.Mkdir(below, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(below, "tasks.yaml")
	if err := os.WriteFile(path, []byte(triggered("{date: {}}")+"---\n"+triggered(`{schedule: "61 * * * *"}`)), 0o600); err != nil {
		t.Fatal(err)
	}
	if stdout, _, err := execute(t, "", "-f", dir); err != nil || stdout != "" {
		t.Errorf("without --recursive it reads directories below: %v\n%s", err, stdout)
	}
	stdout, _, err := execute(t, "", "-f", dir, "--recursive")
	if want := path + ":6: error: Task default/report: "; err == nil || !strings.HasPrefix(stdout, want) {
		t.Errorf("%v and %q, want an error that begins with %q", err, stdout, want)
	}
}

func TestLint_JSON(t *testing.T) {
	t.Parallel()
	stdout, _, err := execute(t, triggered(`{schedule: "61 * * * *"}`), "-f", "-", "-o", "json")
	var r report
	if decodeErr := json.Unmarshal([]byte(stdout), &r); decodeErr != nil || err == nil {
		t.Fatalf("%v, %v in %s", err, decodeErr, stdout)
	}
	if len(r.Findings) != 1 || r.Objects != 1 || r.Findings[0].Rule != ruleTrigger || r.Findings[0].Level != levelError || r.Findings[0].Line != 1 || r.Findings[0].Name != "report" {
		t.Errorf("the report is %+v", r)
	}
	if stdout, _, err := execute(t, "", "-f", "-", "-o", "json"); err != nil || !strings.Contains(stdout, `"findings": []`) {
		t.Errorf("of nothing it prints %s, %v", stdout, err)
	}
}

// What is printed has what the format requires: each result a rule that is listed, a message and a place.
func TestLint_SARIF(t *testing.T) {
	t.Parallel()
	stdout, _, err := execute(t, triggered(`{schedule: "61 * * * *"}`)+"---\n"+triggered(`{schedule: "*/90 * * * *"}`), "-f", "-", "-o", "sarif")
	var log sarifLog
	if decodeErr := json.Unmarshal([]byte(stdout), &log); decodeErr != nil || err == nil {
		t.Fatalf("%v, %v in %s", err, decodeErr, stdout)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 || len(log.Runs[0].Results) != 2 {
		t.Fatalf("the log is %+v", log)
	}
	rules := map[string]bool{}
	for _, rule := range log.Runs[0].Tool.Driver.Rules {
		rules[rule.ID] = true
	}
	for i, want := range []struct {
		level string
		line  int
	}{{levelError, 1}, {levelWarning, 6}} {
		result := log.Runs[0].Results[i]
		if result.Level != want.level || !rules[result.RuleID] || result.Message.Text == "" || len(result.Locations) != 1 ||
			result.Locations[0].PhysicalLocation.Region.StartLine != want.line {
			t.Errorf("result %d is %+v, want the level %s and line %d", i, result, want.level, want.line)
		}
	}
}
