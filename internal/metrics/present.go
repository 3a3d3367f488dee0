package metrics

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/carillon-dev/carillon/internal/scheduler"
	"github.com/carillon-dev/carillon/internal/trigger"
)

// Source says how things stand at the moment that it is asked.
type Source struct {
	// Stats counts what the core holds.
	Stats func() scheduler.Stats
	// Held reports whether this manager may act.
	Held func() bool
}

// Watch makes the metrics that show how things stand ask the source, from now on.
func (m *Metrics) Watch(source Source) { m.present.source.Store(&source) }

// present collects the gauges. There are none before it has a source.
type present struct {
	source atomic.Pointer[Source]

	active, waiting, tasks, schedulers, silence, saves, leader *prometheus.Desc
}

var _ prometheus.Collector = (*present)(nil)

func newPresent() *present {
	return &present{
		active: activeRuns.desc(), waiting: waitingRuns.desc(), tasks: tasks.desc(), schedulers: schedulers.desc(),
		silence: loopSilence.desc(), saves: savesInFlight.desc(), leader: leader.desc(),
	}
}

// Describe implements prometheus.Collector.
func (p *present) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{p.active, p.waiting, p.tasks, p.schedulers, p.silence, p.saves, p.leader} {
		to <- desc
	}
}

// Collect implements prometheus.Collector.
func (p *present) Collect(to chan<- prometheus.Metric) {
	source := p.source.Load()
	if source == nil {
		return
	}
	gauge := func(desc *prometheus.Desc, figure float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, figure, labels...)
	}
	stats := source.Stats()
	for _, state := range []scheduler.State{scheduler.Scheduled, scheduler.Paused, scheduler.Completed, scheduler.Stalled} {
		gauge(p.tasks, float64(stats.Tasks[state]), value(state))
	}
	for _, state := range []scheduler.RunState{scheduler.Starting, scheduler.Running, scheduler.Stopping} {
		gauge(p.active, float64(stats.Runs[state]), value(state))
	}
	for _, state := range []scheduler.RunState{scheduler.Queued, scheduler.Backoff} {
		gauge(p.waiting, float64(stats.Runs[state]), value(state))
	}
	gauge(p.schedulers, float64(stats.Schedulers))
	gauge(p.silence, stats.Silence.Seconds())
	gauge(p.saves, float64(stats.Saves))
	held := 0.0
	if source.Held() {
		held = 1
	}
	gauge(p.leader, held)
}

// build is the metric that says what the manager was built from.
func build() prometheus.Collector {
	version, revision := "(devel)", "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = cmp.Or(info.Main.Version, version)
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	info := buildInfo.gauge()
	info.WithLabelValues(version, revision, runtime.Version(), trigger.ZoneData()).Set(1)
	return info
}
