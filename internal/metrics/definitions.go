package metrics

import "github.com/prometheus/client_golang/prometheus"

// Kind is the kind of a metric.
type Kind string

// The kinds of metrics.
const (
	Counter   Kind = "counter"
	Gauge     Kind = "gauge"
	Histogram Kind = "histogram"
)

// Label is a label and the values that it can have.
type Label struct {
	Name, Values string
}

// Definition is a metric as it is registered and as the reference shows it.
type Definition struct {
	Name   string
	Kind   Kind
	Help   string
	Labels []Label

	buckets []float64
}

// What several metrics have for labels.
var (
	labelResult = Label{"result", "succeeded, failed, replaced, cancelled or lost"}
	labelSource = Label{"source", "scheduled, or manual for a run that was asked for"}

	labelsExecutor = []Label{{"namespace", "of the Scheduler"}, {"scheduler", "its name"}, {"executor", "the name of the executor"}}
)

// The metrics.
var (
	runsTotal = Definition{
		Name: "carillon_runs_total", Kind: Counter,
		Help:   "Runs that have finished, by how they ended and by what asked for them.",
		Labels: []Label{labelResult, labelSource},
	}
	attemptsFailedTotal = Definition{
		Name: "carillon_attempts_failed_total", Kind: Counter,
		Help: "Attempts that failed and are followed by another one of the same run.",
	}
	scheduleDelay = Definition{
		Name: "carillon_schedule_delay_seconds", Kind: Histogram,
		Help:    "How long after it was due the first attempt of a run began: the Pod was created, or the in-process run was started.",
		buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
	}
	runDuration = Definition{
		Name: "carillon_run_duration_seconds", Kind: Histogram,
		Help:    "How long runs took from the start of the last attempt to its end, by how they ended.",
		Labels:  []Label{labelResult},
		buckets: []float64{.01, .1, 1, 5, 10, 30, 60, 300, 900, 3600, 14400},
	}
	slotsDroppedTotal = Definition{
		Name: "carillon_slots_dropped_total", Kind: Counter,
		Help: "Slots that did not become a run, by outcome and reason.",
		Labels: []Label{
			{"outcome", "missed or skipped"},
			{"reason", "the reason in the Task's status, such as MisfireGracePeriodExceeded"},
		},
	}
	slotsCoalescedTotal = Definition{
		Name: "carillon_slots_coalesced_total", Kind: Counter,
		Help: "Slots that were folded into a newer one.",
	}
	activeRuns = Definition{
		Name: "carillon_active_runs", Kind: Gauge,
		Help:   "Runs with an attempt that is under way, by its state.",
		Labels: []Label{{"state", "starting, running or stopping"}},
	}
	waitingRuns = Definition{
		Name: "carillon_waiting_runs", Kind: Gauge,
		Help:   "Runs that wait, by what for: another run of their Task (queued), capacity of their executor (pending), or the time of their next attempt (backoff).",
		Labels: []Label{{"state", "queued, pending or backoff"}},
	}
	oldestPending = Definition{
		Name: "carillon_oldest_pending_run_seconds", Kind: Gauge,
		Help: "How long the run that has been waiting longest for capacity of its executor has waited. 0 if none waits.",
	}
	executorCapacity = Definition{
		Name: "carillon_executor_capacity", Kind: Gauge,
		Help:   "How many runs of an executor may be active at once. Only executors with a limit and with active or pending runs are shown, at most 500: those with the most pending runs.",
		Labels: labelsExecutor,
	}
	executorActive = Definition{
		Name: "carillon_executor_active_runs", Kind: Gauge,
		Help:   "Runs that use the capacity of an executor, for the executors of carillon_executor_capacity.",
		Labels: labelsExecutor,
	}
	executorPending = Definition{
		Name: "carillon_executor_pending_runs", Kind: Gauge,
		Help:   "Runs that wait for capacity of an executor, for the executors of carillon_executor_capacity.",
		Labels: labelsExecutor,
	}
	inProcessCapacity = Definition{
		Name: "carillon_in_process_capacity", Kind: Gauge,
		Help: "How many http and handler runs the manager may have at once, maxInProcessRuns. A namespace has at most four fifths of them.",
	}
	inProcessRuns = Definition{
		Name: "carillon_in_process_runs", Kind: Gauge,
		Help: "The http and handler runs that the manager has. Those that wait are in carillon_waiting_runs.",
	}
	skippingTasks = Definition{
		Name: "carillon_skipping_tasks", Kind: Gauge,
		Help: "Tasks that have skipped every slot for at least an hour, because earlier runs are unfinished.",
	}
	dueQueue = Definition{
		Name: "carillon_due_queue_length", Kind: Gauge,
		Help: "Tasks that have a time at which they will be decided about next.",
	}
	waitQueue = Definition{
		Name: "carillon_wait_queue_length", Kind: Gauge,
		Help: "Tasks with runs that wait for capacity of their executor.",
	}
	observationsDropped = Definition{
		Name: "carillon_observations_dropped_total", Kind: Counter,
		Help: "Reports about runs that no Scheduler expects: the Task is unknown or deleted, or the manager has not taken over yet.",
	}
	savesTotal = Definition{
		Name: "carillon_record_saves_total", Kind: Counter,
		Help:   "Writes of Tasks' records, by result. After a conflict the Task is read and decided about again.",
		Labels: []Label{{"result", "success, conflict, not_found, too_large or error"}},
	}
	loadsTotal = Definition{
		Name: "carillon_record_loads_total", Kind: Counter,
		Help:   "Reads of Tasks' records past the cache, by result.",
		Labels: []Label{{"result", "success, not_found or error"}},
	}
	saveDuration = Definition{
		Name: "carillon_record_save_duration_seconds", Kind: Histogram,
		Help:    "How long a write of a Task's record took, whatever its result.",
		buckets: []float64{.0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}
	eventsDropped = Definition{
		Name: "carillon_events_dropped_total", Kind: Counter,
		Help: "Occurrences that no Kubernetes Event shows, because the API server refused it or too many were waiting.",
	}
	tasks = Definition{
		Name: "carillon_tasks", Kind: Gauge,
		Help:   "Tasks that the manager decides about, by their state.",
		Labels: []Label{{"state", "scheduled, paused, completed or stalled"}},
	}
	schedulers = Definition{
		Name: "carillon_schedulers", Kind: Gauge,
		Help: "Schedulers that have Tasks, or had one in the last minute.",
	}
	wakeupLag = Definition{
		Name: "carillon_wakeup_lag_seconds", Kind: Histogram,
		Help:    "How long after its time a Task was decided about.",
		buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30},
	}
	loopLastIterationAge = Definition{
		Name: "carillon_loop_last_iteration_age_seconds", Kind: Gauge,
		Help: "Seconds since the least recently active scheduler loop finished an iteration. Each loop iterates at least every 10 seconds; the log names one that has not for a minute. The manager is restarted when no loop iterates.",
	}
	savesInFlight = Definition{
		Name: "carillon_saves_in_flight", Kind: Gauge,
		Help: "Reads and writes of Tasks' records that are under way.",
	}
	panicsTotal = Definition{
		Name: "carillon_panics_total", Kind: Counter,
		Help:   "Panics of the manager over the data of a Task, which delayed that Task alone. The log names it.",
		Labels: []Label{{"operation", "decide, save, load, search, command, report, translate, pod, prune, dry_run or event"}},
	}
	apiWritesTotal = Definition{
		Name: "carillon_api_writes_total", Kind: Counter,
		Help: "Mutating requests to the API server that were answered, by method and resource.",
		Labels: []Label{
			{"method", "the method of the request"},
			{"resource", "the plural name, with the subresource after a slash"},
		},
	}
	orphanedPodsDeletedTotal = Definition{
		Name: "carillon_orphaned_pods_deleted_total", Kind: Counter,
		Help: "Unfinished Pods that were deleted because no Task's record lists them.",
	}
	leader = Definition{
		Name: "carillon_leader", Kind: Gauge,
		Help: "1 while this manager is the leader, 0 while it is a standby.",
	}
	buildInfo = Definition{
		Name: "carillon_build_info", Kind: Gauge,
		Help: "Always 1; what the manager was built from.",
		Labels: []Label{
			{"version", "of Carillon"}, {"revision", "the commit"}, {"goversion", "of Go"}, {"tzdata", "of the time zone rules"},
		},
	}
)

// Definitions returns all metrics, in the order of the reference.
func Definitions() []Definition {
	return []Definition{
		runsTotal, attemptsFailedTotal, runDuration, scheduleDelay, slotsDroppedTotal, slotsCoalescedTotal,
		activeRuns, waitingRuns, oldestPending, executorCapacity, executorActive, executorPending, inProcessCapacity, inProcessRuns, skippingTasks, tasks, schedulers,
		wakeupLag, loopLastIterationAge, dueQueue, waitQueue, observationsDropped,
		savesInFlight, savesTotal, loadsTotal, saveDuration, apiWritesTotal, orphanedPodsDeletedTotal, eventsDropped, panicsTotal,
		leader, buildInfo,
	}
}

// labels are the names of the labels.
func (d *Definition) labels() []string {
	names := make([]string, 0, len(d.Labels))
	for _, label := range d.Labels {
		names = append(names, label.Name)
	}
	return names
}

func (d *Definition) counter() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: d.Name, Help: d.Help}, d.labels())
}

func (d *Definition) gauge() *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: d.Name, Help: d.Help}, d.labels())
}

func (d *Definition) histogram() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: d.Name, Help: d.Help, Buckets: d.buckets, NativeHistogramBucketFactor: 1.1,
	}, d.labels())
}

func (d *Definition) desc() *prometheus.Desc {
	return prometheus.NewDesc(d.Name, d.Help, d.labels(), nil)
}
