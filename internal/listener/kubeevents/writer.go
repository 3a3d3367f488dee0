package kubeevents

import (
	"context"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/types"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/util/workqueue"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

// Bounds of what the Writer keeps and sends.
const (
	maxSeries      = 10000
	writesPerSec   = 20
	writesBurst    = 100
	workers        = 4
	requestTimeout = 10 * time.Second
	// flushTimeout is how long Run goes on to write after its context has ended: the next leader
	// waits for the lease meanwhile.
	flushTimeout = 250 * time.Millisecond
	// maxFailures is how many times the API server may refuse a write for a reason that may
	// pass before the occurrences are dropped.
	maxFailures = 6
)

// Config is what a Writer needs.
type Config struct {
	Client typedcorev1.EventsGetter
	// Component and Instance name the manager in the Events.
	Component, Instance string
	Log                 logr.Logger
	// Dropped is called for every occurrence that no Event will show. Optional.
	Dropped func(count int64)
	// Recover contains panics over the Events of one Task.
	Recover recovery.Recoverer
}

// Writer writes Events in the background. Its memory and the rate of its requests are
// bounded: what exceeds them is dropped and counted.
type Writer struct {
	cfg     Config
	queue   workqueue.TypedDelayingInterface[seriesKey]
	limiter *rate.Limiter
	logs    rate.Sometimes

	mu      sync.Mutex
	series  map[seriesKey]*series
	objects map[types.UID]*object
}

// object is what the series of one object share.
type object struct {
	urgent *rate.Limiter
	series int
}

// New returns a Writer that keeps what is reported until it is run.
func New(cfg Config) *Writer {
	if cfg.Dropped == nil {
		cfg.Dropped = func(int64) {}
	}
	return &Writer{
		cfg: cfg,
		queue: workqueue.NewTypedDelayingQueueWithConfig(workqueue.TypedDelayingQueueConfig[seriesKey]{
			Queue: workqueue.NewTypedWithConfig(workqueue.TypedQueueConfig[seriesKey]{Queue: newFairQueue()}),
		}),
		limiter: rate.NewLimiter(writesPerSec, writesBurst),
		logs:    rate.Sometimes{First: 1, Interval: time.Minute},
		series:  map[seriesKey]*series{},
		objects: map[types.UID]*object{},
	}
}

// Report adds an occurrence. It does not block.
func (w *Writer) Report(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	key := keyOf(&e, now)
	s := w.series[key]
	if s == nil {
		if len(w.series) >= maxSeries && !w.evict() {
			w.cfg.Dropped(max(e.Count, 1))
			return
		}
		s = w.open(key, e.Object.UID)
	}
	w.queue.AddAfter(key, s.add(&e, now).Sub(now))
}

// open starts a series.
func (w *Writer) open(key seriesKey, uid types.UID) *series {
	o := w.objects[uid]
	if o == nil {
		o = &object{urgent: rate.NewLimiter(rate.Every(urgentRefill), urgentBurst)}
		w.objects[uid] = o
	}
	o.series++
	s := &series{urgent: o.urgent}
	w.series[key] = s
	return s
}

// forget drops what is known of a series.
func (w *Writer) forget(key seriesKey) {
	if w.series[key] == nil {
		return
	}
	delete(w.series, key)
	if o := w.objects[key.uid]; o != nil {
		if o.series--; o.series == 0 {
			delete(w.objects, key.uid)
		}
	}
}

// evict forgets a series that has been written, if one is found quickly. If it continues,
// its Event is read and continued.
func (w *Writer) evict() bool {
	tries := 100
	for key, s := range w.series {
		if s.due.IsZero() && !s.writing {
			w.forget(key)
			return true
		}
		if tries--; tries == 0 {
			break
		}
	}
	return false
}

// Run writes until ctx ends, and then for a moment what has not been written yet.
func (w *Writer) Run(ctx context.Context) {
	writing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for w.next(writing) {
			}
		})
	}
	<-ctx.Done()
	timer := time.AfterFunc(flushTimeout, cancel)
	defer timer.Stop()
	w.flush()
	w.queue.ShutDown() // what is in the queue already is still handed out
	group.Wait()
}

// flush makes everything due that has not been written.
func (w *Writer) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for key, s := range w.series {
		if !s.due.IsZero() {
			s.due = now
			w.queue.Add(key)
		}
	}
}

// next handles a series that is due. It reports false when there will be no other.
func (w *Writer) next(ctx context.Context) bool {
	key, shutdown := w.queue.Get()
	if shutdown {
		return false
	}
	defer w.queue.Done(key)
	draft, ok := w.take(key)
	if !ok {
		return true
	}
	if err := w.limiter.Wait(ctx); err != nil { // the time to flush is over
		return true
	}
	bounded, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	adopted, err := w.tryWrite(bounded, draft)
	w.settle(key, draft, adopted, err)
	return true
}

// tryWrite is write, and makes a panic over one series an error of that series: without it
// the process would end, and the Event would end the next leader, too.
func (w *Writer) tryWrite(ctx context.Context, d *draft) (adopted *series, err error) {
	object := d.newest.Object
	task := model.Key{Namespace: object.Namespace, Name: object.Name, UID: string(object.UID)}
	if panicked := w.cfg.Recover.Do(recovery.OperationEvent, task, func() { adopted, err = w.write(ctx, d) }); panicked != nil {
		return nil, panicked
	}
	return adopted, err
}

// take returns a copy of what has to be written of a series now, if anything.
func (w *Writer) take(key seriesKey) (*draft, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, now := w.series[key], time.Now()
	switch {
	case s == nil:
		return nil, false
	case s.due.After(now):
		w.queue.AddAfter(key, s.due.Sub(now))
		return nil, false
	case s.due.IsZero() && key.end().After(now):
		w.queue.AddAfter(key, key.end().Sub(now))
		return nil, false
	case s.due.IsZero():
		w.forget(key)
		return nil, false
	}
	s.due, s.writing = time.Time{}, true
	return &draft{name: eventName(s.newest.Object.Name, key), series: *s}, true
}

// settle handles the result of a write. adopted is what an Event of an earlier manager
// held already.
func (w *Writer) settle(key seriesKey, d *draft, adopted *series, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, now := w.series[key], time.Now()
	if s == nil {
		return
	}
	s.writing = false
	s.continueFrom(adopted)
	switch {
	case err == nil:
		s.published, s.publishedText, s.publishedCount, s.failures = now, d.newest.Text, d.count, 0
		w.queue.AddAfter(key, max(key.end().Sub(now), 0))
	case isGone(err): // nobody will read it
		w.forget(key)
	case isRetryable(err) && s.failures < maxFailures:
		s.failures++
		s.due = now.Add(time.Second << s.failures)
		w.queue.AddAfter(key, s.due.Sub(now))
	default:
		w.cfg.Dropped(s.count - s.publishedCount)
		w.logs.Do(func() {
			w.cfg.Log.Error(err, "writing an Event; further errors within a minute are not logged",
				"namespace", key.namespace, "name", d.newest.Object.Name, "reason", key.reason, "message", d.newest.message())
		})
		w.forget(key)
	}
}
