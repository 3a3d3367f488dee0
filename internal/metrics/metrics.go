// Package metrics holds every metric of Carillon. No label has values that grow
// with the number of Tasks, Pods or namespaces.
package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/carillon-dev/carillon/internal/scheduler"
)

// Metrics is told what happens, and counts it.
type Metrics struct {
	runs      *prometheus.CounterVec
	delay     prometheus.Histogram
	duration  *prometheus.HistogramVec
	dropped   *prometheus.CounterVec
	coalesced prometheus.Counter
	fenced    prometheus.Counter
	writes    *prometheus.CounterVec
}

var _ scheduler.Sink = (*Metrics)(nil)

// New registers the metrics.
func New(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carillon_runs_total",
			Help: "Runs that have finished, by how they ended: succeeded, failed, replaced or lost.",
		}, []string{"result"}),
		delay: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:                        "carillon_schedule_delay_seconds",
			Help:                        "How long after it was due the first attempt of a run began: the Pod was created, or the call was made.",
			Buckets:                     []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
			NativeHistogramBucketFactor: 1.1,
		}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:                        "carillon_run_duration_seconds",
			Help:                        "How long runs took from the start of the last attempt to its end, by how they ended.",
			Buckets:                     []float64{.01, .1, 1, 5, 10, 30, 60, 300, 900, 3600, 14400},
			NativeHistogramBucketFactor: 1.1,
		}, []string{"result"}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carillon_slots_dropped_total",
			Help: "Slots that did not become a run, by outcome (missed or skipped) and reason.",
		}, []string{"outcome", "reason"}),
		coalesced: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "carillon_slots_coalesced_total",
			Help: "Slots that were folded into a newer one.",
		}),
		fenced: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "carillon_pods_fenced_total",
			Help: "Unfinished Pods that were deleted because no Task's record lists them.",
		}),
		writes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carillon_api_writes_total",
			Help: "Mutating requests to the API server that were answered, by method and resource.",
		}, []string{"method", "resource"}),
	}
	registry.MustRegister(m.runs, m.delay, m.duration, m.dropped, m.coalesced, m.fenced, m.writes)
	return m
}

var results = map[scheduler.Outcome]string{
	scheduler.Succeeded: "succeeded", scheduler.Failed: "failed", scheduler.Missed: "missed",
	scheduler.Skipped: "skipped", scheduler.Replaced: "replaced", scheduler.Lost: "lost",
}

// Report implements scheduler.Sink.
func (m *Metrics) Report(_ scheduler.Task, events []scheduler.Event) {
	for _, event := range events {
		result := results[event.Result.Outcome]
		switch event.Kind {
		case scheduler.RunStarted:
			m.delay.Observe(event.Delay.Seconds())
		case scheduler.RunFinished:
			m.finished(event, result)
		case scheduler.SlotsDropped:
			m.dropped.WithLabelValues(result, event.Result.Reason).Add(float64(event.Count))
		case scheduler.SlotsCoalesced:
			m.coalesced.Add(float64(event.Count))
		case scheduler.StateChanged:
		}
	}
}

// finished counts a run that has ended. One that was decided, and then came too
// late to start, never was a run.
func (m *Metrics) finished(event scheduler.Event, result string) {
	if event.Result.Outcome == scheduler.Missed {
		m.dropped.WithLabelValues(result, event.Result.Reason).Inc()
		return
	}
	m.runs.WithLabelValues(result).Inc()
	m.duration.WithLabelValues(result).Observe(event.Result.Finish.Sub(event.Result.Start).Seconds())
}

// Fenced counts a Pod that was deleted because no record lists it.
func (m *Metrics) Fenced() { m.fenced.Inc() }

// Written counts an answered request if it was a write. resource is the plural
// name, with the subresource after a slash.
func (m *Metrics) Written(req *http.Request, resource string) {
	m.writes.WithLabelValues(req.Method, resource).Inc()
}
