package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"

	"github.com/carillon-dev/carillon/internal/metrics"
	"github.com/carillon-dev/carillon/internal/scheduler/engine"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

// everything makes each thing that is counted happen a number of times of its own.
func everything(m *metrics.Metrics) {
	report := func(times int, event model.Event) {
		for range times {
			m.Report(model.Task{}, []model.Event{event})
		}
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ended := func(outcome model.Outcome, source model.Source, took time.Duration) model.Event {
		return model.Event{Kind: model.RunFinished, Count: 1, Result: model.Result{
			Outcome: outcome, Reason: model.ReasonGraceExceeded, Source: source, Start: start, Finish: start.Add(took),
		}}
	}
	report(5, ended(model.Succeeded, model.SourceScheduled, 2*time.Second))
	report(2, ended(model.Failed, model.SourceManual, time.Second))
	report(1, ended(model.Missed, model.SourceScheduled, 0))
	report(4, model.Event{Kind: model.RunStarted, Delay: 250 * time.Millisecond})
	report(3, model.Event{Kind: model.AttemptFailed})
	report(1, model.Event{Kind: model.SlotsDropped, Count: 7, Result: model.Result{Outcome: model.Missed, Reason: model.ReasonCatchUpLimit}})
	report(2, model.Event{Kind: model.SlotsDropped, Count: 1, Result: model.Result{Outcome: model.Skipped, Reason: model.ReasonMaxInstances}})
	report(2, model.Event{Kind: model.SlotsCoalesced, Count: 30})
	report(9, model.Event{Kind: model.StateChanged})
	m.OrphanDeleted()
	m.ObservationDropped()
	m.EventsDropped(12)
	m.Panicked(recovery.OperationTranslate)
	saveAndLoad(m)
	m.Wakeup(20 * time.Millisecond)
	m.Written(httptest.NewRequest(http.MethodPatch, "/", nil), "tasks/status")
	m.SetSource(metrics.StatsSource{
		Stats: func() engine.Stats {
			return engine.Stats{
				Schedulers: 2, Saves: 3, SinceLastIteration: 1500 * time.Millisecond,
				Pending: 8, OldestPending: 90 * time.Second, DueQueue: 33, WaitQueue: 4, Skipping: 5, InProcess: 6, MaxInProcess: 100,
				Executors: []engine.ExecutorStats{{Namespace: "n", Scheduler: "default", Executor: "pods", Limit: 10, Active: 9, Pending: 7}},
				Tasks:     map[model.State]int{model.Scheduled: 40, model.Stalled: 1},
				Runs:      map[model.RunState]int{model.Running: 6, model.Backoff: 2},
			}
		},
		Held: func() bool { return true },
	})
}

// fails is a Store that fails with an error.
type fails struct{ err error }

func (f fails) Load(context.Context, model.Key) (model.Snapshot, error) {
	return model.Snapshot{}, f.err
}

func (f fails) Save(context.Context, model.Task, model.Record, model.Version) (model.Version, error) {
	return "", f.err
}

// saveAndLoad has saves and loads end in each way.
func saveAndLoad(m *metrics.Metrics) {
	for _, err := range []error{nil, model.ErrConflict, model.ErrGone, fmt.Errorf("wrapped: %w", model.ErrTooLarge), errors.New("connection refused")} {
		_, _ = m.Store(fails{err}).Save(context.Background(), model.Task{}, model.Record{}, "")
	}
	for _, err := range []error{nil, model.ErrGone, errors.New("connection refused")} {
		_, _ = m.Store(fails{err}).Load(context.Background(), model.Key{})
	}
}

// gather returns the figures by name and labels: what a counter or gauge says, and
// of a histogram the count and the sum.
func gather(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	figures := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, pair := range metric.GetLabel() {
				labels = append(labels, pair.GetName()+"="+pair.GetValue())
			}
			series := family.GetName() + "{" + strings.Join(labels, ",") + "}"
			if family.GetType() == dto.MetricType_HISTOGRAM {
				figures[series+" count"] = float64(metric.GetHistogram().GetSampleCount())
				figures[series+" sum"] = metric.GetHistogram().GetSampleSum()
				continue
			}
			figures[series] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
		}
	}
	return figures
}

func newMetrics(t *testing.T, registry *prometheus.Registry) *metrics.Metrics {
	t.Helper()
	m, err := metrics.New(registry)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNewNeedsARegistryOfItsOwn(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	labelled := func(name string) prometheus.Registerer {
		return prometheus.WrapRegistererWith(prometheus.Labels{"manager": name}, registry)
	}
	for _, name := range []string{"first", "second"} {
		if _, err := metrics.New(labelled(name)); err != nil {
			t.Errorf("New = %v for the %s manager with a label of its own", err, name)
		}
	}
	if _, err := metrics.New(labelled("first")); err == nil || !strings.Contains(err.Error(), "a registry of its own") {
		t.Errorf("New = %v for the registry of another manager, want an error that says what to do", err)
	}
}

func TestWhatHappensNTimesIsCountedNTimes(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	everything(newMetrics(t, registry))
	got := map[string]float64{}
	for series, figure := range gather(t, registry) {
		if figure != 0 && !strings.HasPrefix(series, "carillon_build_info") && series != "carillon_record_save_duration_seconds{} sum" {
			got[series] = figure
		}
	}
	want := map[string]float64{
		"carillon_runs_total{result=succeeded,source=scheduled}":                         5,
		"carillon_runs_total{result=failed,source=manual}":                               2,
		"carillon_run_duration_seconds{result=succeeded} count":                          5,
		"carillon_run_duration_seconds{result=succeeded} sum":                            10,
		"carillon_run_duration_seconds{result=failed} count":                             2,
		"carillon_run_duration_seconds{result=failed} sum":                               2,
		"carillon_schedule_delay_seconds{} count":                                        4,
		"carillon_schedule_delay_seconds{} sum":                                          1,
		"carillon_attempts_failed_total{}":                                               3,
		"carillon_slots_dropped_total{outcome=missed,reason=MisfireGracePeriodExceeded}": 1,
		"carillon_slots_dropped_total{outcome=missed,reason=CatchUpLimit}":               7,
		"carillon_slots_dropped_total{outcome=skipped,reason=MaxInstancesReached}":       2,
		"carillon_slots_coalesced_total{}":                                               60,
		"carillon_orphaned_pods_deleted_total{}":                                         1,
		"carillon_wakeup_lag_seconds{} count":                                            1,
		"carillon_wakeup_lag_seconds{} sum":                                              .02,
		"carillon_api_writes_total{method=PATCH,resource=tasks/status}":                  1,
		"carillon_tasks{state=scheduled}":                                                40,
		"carillon_tasks{state=stalled}":                                                  1,
		"carillon_active_runs{state=running}":                                            6,
		"carillon_waiting_runs{state=backoff}":                                           2,
		"carillon_waiting_runs{state=pending}":                                           8,
		"carillon_oldest_pending_run_seconds{}":                                          90,
		"carillon_executor_capacity{executor=pods,namespace=n,scheduler=default}":        10,
		"carillon_executor_active_runs{executor=pods,namespace=n,scheduler=default}":     9,
		"carillon_executor_pending_runs{executor=pods,namespace=n,scheduler=default}":    7,
		"carillon_in_process_capacity{}":                                                 100,
		"carillon_in_process_runs{}":                                                     6,
		"carillon_skipping_tasks{}":                                                      5,
		"carillon_due_queue_length{}":                                                    33,
		"carillon_wait_queue_length{}":                                                   4,
		"carillon_observations_dropped_total{}":                                          1,
		"carillon_events_dropped_total{}":                                                12,
		"carillon_panics_total{operation=translate}":                                     1,
		"carillon_record_saves_total{result=success}":                                    1,
		"carillon_record_saves_total{result=conflict}":                                   1,
		"carillon_record_saves_total{result=not_found}":                                  1,
		"carillon_record_saves_total{result=too_large}":                                  1,
		"carillon_record_saves_total{result=error}":                                      1,
		"carillon_record_save_duration_seconds{} count":                                  5,
		"carillon_record_loads_total{result=success}":                                    1,
		"carillon_record_loads_total{result=not_found}":                                  1,
		"carillon_record_loads_total{result=error}":                                      1,
		"carillon_schedulers{}":                                                          2,
		"carillon_loop_last_iteration_age_seconds{}":                                     1.5,
		"carillon_saves_in_flight{}":                                                     3,
		"carillon_leader{}":                                                              1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSeriesAreThereBeforeAnythingHappens shows that what alerts ask for is 0 at
// first, and not absent.
func TestSeriesAreThereBeforeAnythingHappens(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	newMetrics(t, registry)
	figures := gather(t, registry)
	for _, series := range []string{
		"carillon_runs_total{result=failed,source=scheduled}",
		"carillon_runs_total{result=succeeded,source=manual}",
		"carillon_slots_dropped_total{outcome=missed,reason=MisfireGracePeriodExceeded}",
		"carillon_slots_dropped_total{outcome=skipped,reason=MaxInstancesReached}",
		"carillon_record_saves_total{result=error}",
		"carillon_record_loads_total{result=error}",
		"carillon_observations_dropped_total{}",
		"carillon_events_dropped_total{}",
		"carillon_panics_total{operation=save}",
	} {
		if figure, ok := figures[series]; !ok || figure != 0 {
			t.Errorf("%s is %g (there: %t), want 0", series, figure, ok)
		}
	}
}

// TestDefinitions shows that the definitions, which the reference is made from, are
// the metrics that there are, with these labels and of this kind.
func TestDefinitions(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	everything(newMetrics(t, registry))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	defined := metrics.Definitions()
	if len(families) != len(defined) {
		t.Errorf("there are %d metrics, and %d are defined", len(families), len(defined))
	}
	for _, d := range defined {
		i := slices.IndexFunc(families, func(family *dto.MetricFamily) bool { return family.GetName() == d.Name })
		if i < 0 {
			t.Errorf("there is no %s", d.Name)
			continue
		}
		family := families[i]
		if family.GetHelp() != d.Help || !strings.EqualFold(family.GetType().String(), string(d.Kind)) {
			t.Errorf("%s is a %s: %s", d.Name, family.GetType(), family.GetHelp())
		}
		for _, metric := range family.GetMetric() {
			var has, want []string
			for _, pair := range metric.GetLabel() {
				has = append(has, pair.GetName())
			}
			for _, label := range d.Labels {
				want = append(want, label.Name)
			}
			slices.Sort(want)
			if !slices.Equal(has, want) {
				t.Errorf("%s has the labels %q, want %q", d.Name, has, want)
			}
		}
	}
}

// TestLabelValues shows that a label that lists its values has these and no others.
func TestLabelValues(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	everything(newMetrics(t, registry))
	for series := range gather(t, registry) {
		for _, d := range metrics.Definitions() {
			name, rest, _ := strings.Cut(series, "{")
			if name != d.Name {
				continue
			}
			for _, label := range d.Labels {
				if !slices.Contains([]string{"result", "source", "outcome", "state", "operation"}, label.Name) {
					continue
				}
				value := regexp.MustCompile(label.Name + `=(\w+)`).FindStringSubmatch(rest)[1]
				if !regexp.MustCompile(`\b` + value + `\b`).MatchString(label.Values) {
					t.Errorf("%s has %s=%s, and says %q", d.Name, label.Name, value, label.Values)
				}
			}
		}
	}
}

// The number of series does not grow with the number of Schedulers.
func TestExecutorsAreBounded(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	m := newMetrics(t, registry)
	var all []engine.ExecutorStats
	for i := range 2000 {
		all = append(all, engine.ExecutorStats{Namespace: fmt.Sprint("n", i), Scheduler: "default", Executor: "workers", Limit: 20, Active: 1})
	}
	all[1999].Pending = 1
	m.SetSource(metrics.StatsSource{Stats: func() engine.Stats { return engine.Stats{Executors: all} }, Held: func() bool { return true }})
	count, pending := 0, 0.0
	for series, figure := range gather(t, registry) {
		if strings.HasPrefix(series, "carillon_executor_capacity{") {
			count++
		}
		if strings.HasPrefix(series, "carillon_executor_pending_runs{") {
			pending += figure
		}
	}
	if count != 500 || pending != 1 {
		t.Errorf("%d executors with %g pending runs, want 500, the one with a pending run among them", count, pending)
	}
}

func TestNamesFollowTheConventions(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	everything(newMetrics(t, registry))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
}
