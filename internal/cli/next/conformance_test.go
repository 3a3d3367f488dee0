package next

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// conformanceCase is a line of the recorded cases of the trigger package.
type conformanceCase struct {
	ID      string
	Trigger json.RawMessage
	From    string
	Count   int
	Expect  []time.Time
	Error   bool
}

func conformanceCases(tb testing.TB) []conformanceCase {
	tb.Helper()
	data, err := os.ReadFile("../../../trigger/testdata/triggers.json")
	if err != nil {
		tb.Fatal(err)
	}
	var cases []conformanceCase
	if err := json.Unmarshal(data, &cases); err != nil {
		tb.Fatal(err)
	}
	return cases
}

// document is the case as a Task, in YAML.
func (tc *conformanceCase) document(tb testing.TB) string {
	tb.Helper()
	trigger, err := yaml.JSONToYAML(tc.Trigger)
	if err != nil {
		tb.Fatal(err)
	}
	return "---\napiVersion: carillon.dev/v1alpha1\nkind: Task\nmetadata:\n  name: " + tc.ID + "\nspec:\n  trigger:\n    " +
		strings.ReplaceAll(strings.TrimSpace(string(trigger)), "\n", "\n    ") + "\n"
}

// TestT8_Conformance runs the recorded cases through the command: the cases that ask for the same in one stream.
func TestT8_Conformance(t *testing.T) {
	t.Parallel()
	type asked struct {
		from  string
		count int
	}
	streams := map[asked][]conformanceCase{}
	for _, tc := range conformanceCases(t) {
		q := asked{tc.From, max(1, tc.Count)}
		streams[q] = append(streams[q], tc)
	}
	for q, cases := range streams {
		var input strings.Builder
		wantErr := false
		for _, tc := range cases {
			input.WriteString(tc.document(t))
			wantErr = wantErr || tc.Error
		}
		got, err := next(t, input.String(), "--from", q.from, "--count", strconv.Itoa(q.count))
		if gotErr := err != nil; gotErr != wantErr {
			t.Errorf("from %s: error %v, want one: %t", q.from, err, wantErr)
		}
		if len(got.Items) != len(cases) {
			t.Fatalf("from %s: %d items, want %d", q.from, len(got.Items), len(cases))
		}
		for i, tc := range cases {
			checkConformance(t, tc, got.Items[i])
		}
	}
}

func checkConformance(t *testing.T, tc conformanceCase, got resultItem) {
	t.Helper()
	if got.Name != tc.ID || got.Namespace != "default" {
		t.Errorf("%s: is called %s/%s", tc.ID, got.Namespace, got.Name)
	}
	if gotErr := got.Error != ""; gotErr != tc.Error {
		t.Errorf("%s: error %q, want one: %t", tc.ID, got.Error, tc.Error)
	}
	if tc.Error {
		if !strings.HasPrefix(got.Error, "spec.trigger.") {
			t.Errorf("%s: error %q does not name the field", tc.ID, got.Error)
		}
		return
	}
	if wantExhausted := len(tc.Expect) < tc.Count; got.Exhausted != wantExhausted {
		t.Errorf("%s: exhausted: %t, want %t", tc.ID, got.Exhausted, wantExhausted)
	}
	var want, slots []time.Time
	for _, slot := range tc.Expect {
		want = append(want, slot.UTC())
	}
	for _, text := range got.Times {
		slot, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Errorf("%s: %v", tc.ID, err)
		}
		slots = append(slots, slot.UTC())
	}
	if diff := cmp.Diff(want, slots); diff != "" {
		t.Errorf("%s (-want +got):\n%s", tc.ID, diff)
	}
}

// A repository with a thousand cron jobs of each of some teams gets an answer about every one.
func TestNextOfManyTasks(t *testing.T) {
	t.Parallel()
	const tasks = 3500
	stdout, _, err := execute(t, "", "next", "-f", manyTasks(t, tasks), "-o", "json", "--from", "2026-01-01T00:00:00Z")
	if err == nil {
		t.Error("the errors among the Tasks are not reported")
	}
	if got := strings.Count(stdout, `"exhausted"`); got != tasks {
		t.Errorf("%d items, want %d", got, tasks)
	}
}

// BenchmarkNextOfManyTasks shows what a Task costs among few and among many.
func BenchmarkNextOfManyTasks(b *testing.B) {
	for _, tasks := range []int{350, 3500} {
		b.Run(strconv.Itoa(tasks), func(b *testing.B) {
			path := manyTasks(b, tasks)
			for b.Loop() {
				_, _, _ = execute(b, "", "next", "-f", path, "-o", "json", "--from", "2026-01-01T00:00:00Z")
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*tasks), "us/Task")
		})
	}
}

// manyTasks writes Tasks with the triggers of the conformance cases to a file.
func manyTasks(tb testing.TB, tasks int) (path string) {
	tb.Helper()
	var input strings.Builder
	cases := conformanceCases(tb)
	for i := range tasks {
		input.WriteString(cases[i%len(cases)].document(tb))
	}
	path = filepath.Join(tb.TempDir(), "tasks.yaml")
	if err := os.WriteFile(path, []byte(input.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}
