// Package metrics holds every metric of Carillon. No label has values that grow with the
// number of Tasks or Pods. The series of executors, which have the labels of their
// Scheduler, are limited to maxExecutors.
package metrics

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

// Metrics counts what happens.
type Metrics struct {
	runs      *prometheus.CounterVec
	attempts  prometheus.Counter
	delay     prometheus.Observer
	duration  *prometheus.HistogramVec
	dropped   *prometheus.CounterVec
	coalesced prometheus.Counter
	lag       prometheus.Observer
	fenced    prometheus.Counter
	writes    *prometheus.CounterVec
	saves     *prometheus.CounterVec
	loads     *prometheus.CounterVec
	panics    *prometheus.CounterVec
	saving    prometheus.Observer
	ignored   prometheus.Counter // observations
	unshown   prometheus.Counter // Events
	present   *gaugeCollector
}

var _ model.Sink = (*Metrics)(nil)

// New registers the metrics. It is an error if the registry has them already.
func New(registry prometheus.Registerer) (*Metrics, error) {
	attempts, delay, coalesced, lag, fenced := attemptsFailedTotal.counter(), scheduleDelay.histogram(),
		slotsCoalescedTotal.counter(), wakeupLag.histogram(), orphanedPodsDeletedTotal.counter()
	saving, ignored, unshown := saveDuration.histogram(), observationsDropped.counter(), eventsDropped.counter()
	m := &Metrics{
		runs: runsTotal.counter(), duration: runDuration.histogram(), dropped: slotsDroppedTotal.counter(), writes: apiWritesTotal.counter(),
		attempts: attempts.WithLabelValues(), delay: delay.WithLabelValues(), coalesced: coalesced.WithLabelValues(),
		lag: lag.WithLabelValues(), fenced: fenced.WithLabelValues(),
		saves: savesTotal.counter(), loads: loadsTotal.counter(), panics: panicsTotal.counter(), saving: saving.WithLabelValues(),
		ignored: ignored.WithLabelValues(), unshown: unshown.WithLabelValues(),
		present: newGaugeCollector(),
	}
	m.prepare()
	for _, c := range []prometheus.Collector{
		m.runs, attempts, delay, m.duration, m.dropped, coalesced, lag, fenced, m.writes, m.present, build(),
		m.saves, m.loads, m.panics, saving, ignored, unshown,
	} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("registering the metrics, of which each manager needs a registry of its own: %w", err)
		}
	}
	return m, nil
}

// prepare makes the series that can be foreseen, with nothing counted: an increase
// from no series to one that says 1 is none to a query.
func (m *Metrics) prepare() {
	for _, outcome := range []model.Outcome{model.Succeeded, model.Failed, model.Replaced, model.Cancelled, model.Lost} {
		for _, source := range []model.Source{model.SourceScheduled, model.SourceManual} {
			m.runs.WithLabelValues(value(outcome), value(source))
		}
	}
	for outcome, reasons := range map[model.Outcome][]string{
		model.Missed:  {model.ReasonGraceExceeded, model.ReasonCatchUpLimit, model.ReasonTriggerChanged},
		model.Skipped: {model.ReasonMaxInstances, model.ReasonQueueFull, model.ReasonPaused, model.ReasonCancelled},
	} {
		for _, reason := range reasons {
			m.dropped.WithLabelValues(value(outcome), reason)
		}
	}
	for _, result := range []string{success, conflict, notFound, tooLarge, failure} {
		m.saves.WithLabelValues(result)
	}
	for _, result := range []string{success, notFound, failure} {
		m.loads.WithLabelValues(result)
	}
	for _, operation := range recovery.Operations() {
		m.panics.WithLabelValues(string(operation))
	}
}

// value is a word of the core as the value of a label.
func value[T ~string](word T) string { return strings.ToLower(string(word)) }

// Report implements model.Sink.
func (m *Metrics) Report(_ model.Task, events []model.Event) {
	for _, event := range events {
		switch event.Kind {
		case model.RunStarted:
			m.delay.Observe(event.Delay.Seconds())
		case model.AttemptFailed:
			m.attempts.Inc()
		case model.RunFinished:
			m.finished(event.Result)
		case model.SlotsDropped:
			m.dropped.WithLabelValues(value(event.Result.Outcome), event.Result.Reason).Add(float64(event.Count))
		case model.SlotsCoalesced:
			m.coalesced.Add(float64(event.Count))
		case model.StateChanged, model.RunDelayed: // no number of them is asked for
		}
	}
}

// finished counts a run that has ended. One that was decided, and then came too
// late to start, never was a run.
func (m *Metrics) finished(res model.Result) {
	result := value(res.Outcome)
	if res.Outcome == model.Missed {
		m.dropped.WithLabelValues(result, res.Reason).Inc()
		return
	}
	m.runs.WithLabelValues(result, value(res.Source)).Inc()
	m.duration.WithLabelValues(result).Observe(res.Finish.Sub(res.Start).Seconds())
}

// Wakeup takes down how long after its time a Task was looked at.
func (m *Metrics) Wakeup(late time.Duration) { m.lag.Observe(late.Seconds()) }

// OrphanDeleted counts a Pod that was deleted because no record lists it.
func (m *Metrics) OrphanDeleted() { m.fenced.Inc() }

// ObservationDropped counts a report about a run that no Scheduler expects.
func (m *Metrics) ObservationDropped() { m.ignored.Inc() }

// EventsDropped counts occurrences that no Kubernetes Event shows.
func (m *Metrics) EventsDropped(count int64) { m.unshown.Add(float64(count)) }

// Panicked counts a panic that was contained.
func (m *Metrics) Panicked(operation recovery.Operation) {
	m.panics.WithLabelValues(string(operation)).Inc()
}

// Written counts an answered request if it was a write. resource is the plural
// name, with the subresource after a slash.
func (m *Metrics) Written(req *http.Request, resource string) {
	m.writes.WithLabelValues(req.Method, resource).Inc()
}
