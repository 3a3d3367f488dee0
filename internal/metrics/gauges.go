package metrics

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/carillon-dev/carillon/internal/scheduler/engine"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/trigger"
)

// StatsSource says how things stand at the moment that it is asked.
type StatsSource struct {
	// Stats counts what the core holds.
	Stats func() engine.Stats
	// Held reports whether this manager may act.
	Held func() bool
}

// SetSource makes the metrics that show how things stand ask the source, from now on.
func (m *Metrics) SetSource(source StatsSource) { m.present.source.Store(&source) }

// gaugeCollector collects the gauges. There are none before it has a source.
type gaugeCollector struct {
	source atomic.Pointer[StatsSource]

	active, waiting, oldest, tasks, skipping, schedulers, silence, due, lines, saves, leader *prometheus.Desc
	executorCapacity, executorActive, executorPending, inProcessCapacity, inProcessRuns      *prometheus.Desc
}

var _ prometheus.Collector = (*gaugeCollector)(nil)

func newGaugeCollector() *gaugeCollector {
	return &gaugeCollector{
		active: activeRuns.desc(), waiting: waitingRuns.desc(), oldest: oldestPending.desc(),
		tasks: tasks.desc(), skipping: skippingTasks.desc(), schedulers: schedulers.desc(),
		silence: loopLastIterationAge.desc(), due: dueQueue.desc(), lines: waitQueue.desc(), saves: savesInFlight.desc(), leader: leader.desc(),
		executorCapacity: executorCapacity.desc(), executorActive: executorActive.desc(), executorPending: executorPending.desc(),
		inProcessCapacity: inProcessCapacity.desc(), inProcessRuns: inProcessRuns.desc(),
	}
}

// Describe implements prometheus.Collector.
func (p *gaugeCollector) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		p.active, p.waiting, p.oldest, p.tasks, p.skipping, p.schedulers, p.silence, p.due, p.lines, p.saves, p.leader,
		p.executorCapacity, p.executorActive, p.executorPending, p.inProcessCapacity, p.inProcessRuns,
	} {
		to <- desc
	}
}

// Collect implements prometheus.Collector.
func (p *gaugeCollector) Collect(to chan<- prometheus.Metric) {
	source := p.source.Load()
	if source == nil {
		return
	}
	gauge := func(desc *prometheus.Desc, figure float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, figure, labels...)
	}
	stats := source.Stats()
	for _, state := range []model.State{model.Scheduled, model.Paused, model.Completed, model.Stalled} {
		gauge(p.tasks, float64(stats.Tasks[state]), value(state))
	}
	for _, state := range []model.RunState{model.Starting, model.Running, model.Stopping} {
		gauge(p.active, float64(stats.Runs[state]), value(state))
	}
	for _, state := range []model.RunState{model.Queued, model.Backoff} {
		gauge(p.waiting, float64(stats.Runs[state]), value(state))
	}
	gauge(p.waiting, float64(stats.Pending), "pending")
	gauge(p.oldest, stats.OldestPending.Seconds())
	gauge(p.skipping, float64(stats.Skipping))
	gauge(p.due, float64(stats.DueQueue))
	gauge(p.lines, float64(stats.WaitQueue))
	for _, e := range mostPending(stats.Executors, maxExecutors) {
		gauge(p.executorCapacity, float64(e.Limit), e.Namespace, e.Scheduler, e.Executor)
		gauge(p.executorActive, float64(e.Active), e.Namespace, e.Scheduler, e.Executor)
		gauge(p.executorPending, float64(e.Pending), e.Namespace, e.Scheduler, e.Executor)
	}
	gauge(p.inProcessCapacity, float64(stats.MaxInProcess))
	gauge(p.inProcessRuns, float64(stats.InProcess))
	gauge(p.schedulers, float64(stats.Schedulers))
	gauge(p.silence, stats.SinceLastIteration.Seconds())
	gauge(p.saves, float64(stats.Saves))
	held := 0.0
	if source.Held() {
		held = 1
	}
	gauge(p.leader, held)
}

// maxExecutors bounds the number of series: there may be as many executors as namespaces.
const maxExecutors = 500

// mostPending returns at most limit executors, those with the most pending runs first, then
// the fullest.
func mostPending(all []engine.ExecutorStats, limit int) []engine.ExecutorStats {
	slices.SortFunc(all, func(a, b engine.ExecutorStats) int {
		return cmp.Or(cmp.Compare(b.Pending, a.Pending), cmp.Compare(b.Active*a.Limit, a.Active*b.Limit),
			cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Scheduler, b.Scheduler), cmp.Compare(a.Executor, b.Executor))
	})
	return all[:min(len(all), limit)]
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
