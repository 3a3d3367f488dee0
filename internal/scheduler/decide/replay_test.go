package decide_test

import (
	"encoding"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

var updateReplay = flag.Bool("replay.update", false, "record the cases of replay_cases_test.go anew")

// replayDir holds what was decided when it was recorded. No release may decide
// differently without saying so: a file that changes is a change of behavior. To add
// one is fine.
const replayDir = "testdata/replay/v1"

// replay is a decision that was recorded, together with all that it depended on.
type replay struct {
	Rule     string // what it is about
	Task     replayTask
	Record   model.Record
	Now      time.Time
	Seen     []model.Observation
	Reloaded bool
	Decision any
}

// replayTask is a Task as it is recorded.
type replayTask struct {
	Trigger                            trigger.Spec
	Created                            time.Time
	Generation                         int64
	Request                            string
	Invalid, Missing                   *model.Problem
	Paused, SchedulerPaused, InProcess bool
	Coalesce                           bool
	CatchUpLimit, MaxInstances         int
	OverlapPolicy                      model.OverlapPolicy
	MaxAttempts                        int
	RetryInitial, RetryMax             span
	RetryFactor                        float64
	Grace, Timeout, StartTimeout       span
	StopGrace                          span
}

// span is a duration that people can read.
type span time.Duration

// MarshalText implements encoding.TextMarshaler.
func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*s = span(d)
	return err
}

// What was recorded is decided today as it was then.
func TestReplay(t *testing.T) {
	t.Parallel()
	if *updateReplay {
		recordAll(t)
	}
	for name := range replayCases {
		if _, err := os.Stat(filepath.Join(replayDir, name+".json")); err != nil {
			t.Errorf("%s is not recorded yet; record it with -replay.update: %v", name, err)
		}
	}
	files, err := filepath.Glob(filepath.Join(replayDir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var r replay
			if err := json.Unmarshal(text, &r); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.Decision, readBack(t, essence(fixture.DecideLive(r.input(t))))); diff != "" {
				t.Errorf("%s: the decision (-recorded +now):\n%s", r.Rule, diff)
			}
		})
	}
}

// input is what is asked of Decide.
func (r *replay) input(t *testing.T) decide.Input {
	t.Helper()
	return decide.Input{
		Task: r.Task.task(t), Record: r.Record, Now: r.Now, Observations: r.Seen, Reloaded: r.Reloaded,
		Holder: "manager", Since: r.Task.Created,
	}
}

func (r *replayTask) task(t *testing.T) model.Task {
	t.Helper()
	task := model.Task{
		Key: model.Key{Namespace: "ns", Name: "task", UID: "uid"}, Generation: r.Generation, Created: r.Created,
		Request: r.Request, Invalid: r.Invalid, Missing: r.Missing,
		Paused: r.Paused, SchedulerPaused: r.SchedulerPaused, InProcess: r.InProcess,
		Coalesce: r.Coalesce, CatchUpLimit: r.CatchUpLimit, MaxInstances: r.MaxInstances, OverlapPolicy: r.OverlapPolicy,
		Retry: model.Retry{MaxAttempts: r.MaxAttempts, Initial: time.Duration(r.RetryInitial), Max: time.Duration(r.RetryMax), Factor: r.RetryFactor},
		Grace: time.Duration(r.Grace), Timeout: time.Duration(r.Timeout),
		StartTimeout: time.Duration(r.StartTimeout), StopGrace: time.Duration(r.StopGrace),
	}
	if task.Invalid != nil {
		return task
	}
	compiled, err := trigger.Compile(r.Trigger, trigger.Options{Created: r.Created})
	if err != nil {
		t.Fatalf("compiling the trigger: %v", err)
	}
	task.Trigger = compiled
	return task
}

// recordAll writes the cases down.
func recordAll(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(replayDir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, tc := range replayCases {
		r := tc.play(t)
		text, err := json.MarshalIndent(struct {
			Rule         string
			Task, Record any
			Now          time.Time
			Seen         any  `json:",omitempty"`
			Reloaded     bool `json:",omitempty"`
			Decision     any
		}{
			r.Rule, concise(reflect.ValueOf(r.Task)), concise(reflect.ValueOf(r.Record)), r.Now,
			concise(reflect.ValueOf(r.Seen)), r.Reloaded, essence(fixture.DecideLive(r.input(t))),
		}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(replayDir, name+".json"), append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// essence is a decision without what says nothing.
func essence(dec decide.Decision) any {
	urgency := map[decide.Urgency]string{decide.None: "None", decide.Bulk: "Bulk", decide.Lazy: "Lazy", decide.Soon: "Soon", decide.Now: "Now"}[dec.Urgency]
	return map[string]any{
		"Record": concise(reflect.ValueOf(dec.Record)), "Commands": concise(reflect.ValueOf(dec.Commands)),
		"Events": concise(reflect.ValueOf(dec.Events)), "Urgency": urgency, "Wake": concise(reflect.ValueOf(dec.Wake)),
	}
}

// concise is a value without its zero fields.
func concise(v reflect.Value) any {
	if !v.IsValid() || v.IsZero() {
		return nil
	}
	switch v.Interface().(type) {
	case time.Time, encoding.TextMarshaler:
		return v.Interface()
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.Elem().IsZero() {
			return struct{}{} // it is there, which says something
		}
		return concise(v.Elem())
	case reflect.Slice:
		var out []any
		for i := range v.Len() {
			out = append(out, concise(v.Index(i)))
		}
		return out
	case reflect.Struct:
		out := map[string]any{}
		for i := range v.NumField() {
			if value := concise(v.Field(i)); value != nil {
				out[v.Type().Field(i).Name] = value
			}
		}
		return out
	default:
		return v.Interface()
	}
}

// readBack is a value as it comes back from a file.
func readBack(t *testing.T, value any) (out any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
