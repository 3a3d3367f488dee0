package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fair"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

// panicky panics for the Task named "bad" in one operation. Otherwise it does what the process does.
type panicky struct {
	operation recovery.Operation
	store     model.Store
	pods      model.Executor
	sink      model.Sink
	once      sync.Once
}

func (p *panicky) check(operation recovery.Operation, name string) {
	if p.operation == operation && name == "bad" {
		panic("the " + string(operation) + " of bad data")
	}
}

func (p *panicky) Load(ctx context.Context, key model.Key) (model.Snapshot, error) {
	p.check(recovery.OperationLoad, key.Name)
	return p.store.Load(ctx, key)
}

func (p *panicky) Save(ctx context.Context, task model.Task, rec model.Record, version model.Version) (model.Version, error) {
	p.check(recovery.OperationSave, task.Name)
	var first error
	if p.operation == recovery.OperationLoad && task.Name == "bad" {
		p.once.Do(func() { first = model.ErrConflict }) // which is answered by a load
	}
	if first != nil {
		return "", first
	}
	return p.store.Save(ctx, task, rec, version)
}

func (p *panicky) Start(ctx context.Context, task model.Task, run model.Run) {
	p.check(recovery.OperationCommand, task.Name)
	p.pods.Start(ctx, task, run)
}

func (p *panicky) Adopt(ctx context.Context, task model.Task, run model.Run) { p.Start(ctx, task, run) }

func (p *panicky) Stop(ctx context.Context, task model.Task, run model.Run) {
	p.pods.Stop(ctx, task, run)
}
func (p *panicky) Prune(context.Context, model.Task, []model.Run) {}

func (p *panicky) Report(task model.Task, events []model.Event) {
	p.check(recovery.OperationReport, task.Name)
	p.sink.Report(task, events)
}

// E2: a panic over the data of one Task delays that Task alone, wherever it happens.
func TestE2_PanicDelaysItsTaskAlone(t *testing.T) {
	t.Parallel()
	for operation, wantBad := range map[recovery.Operation]int64{
		recovery.OperationSave: 0, recovery.OperationLoad: 0, recovery.OperationCommand: 0,
		recovery.OperationReport: 6, // the run itself is not in question
	} {
		t.Run(string(operation), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				w.apply(nowTask(t, "bad", 10))
				w.apply(nowTask(t, "good", 10))
				var mu sync.Mutex
				var counted []recovery.Operation
				p := w.bootWith("one", time.Second, func(cfg *Config) {
					bad := &panicky{operation: operation, store: cfg.Store, pods: cfg.Pods, sink: cfg.Sink}
					cfg.Store, cfg.Pods, cfg.Sink = bad, bad, bad
					cfg.Recover.Panicked = func(operation recovery.Operation) {
						mu.Lock()
						defer mu.Unlock()
						counted = append(counted, operation)
					}
				})
				defer p.shutdown()
				sleepUntil(time.Minute + 5*time.Second)
				if got := w.record(model.Key{Namespace: "ns", Name: "good"}).Counts.Succeeded; got != 6 {
					t.Errorf("the good Task succeeded %d times, want 6", got)
				}
				if got := w.record(model.Key{Namespace: "ns", Name: "bad"}).Counts.Succeeded; got != wantBad {
					t.Errorf("the bad Task succeeded %d times, want %d", got, wantBad)
				}
				mu.Lock()
				defer mu.Unlock()
				if n := len(counted); n == 0 || n > 20 || slices.ContainsFunc(counted, func(o recovery.Operation) bool { return o != operation }) {
					t.Errorf("counted %d panics, %v; want a few of operation %s", n, counted, operation)
				}
			})
		})
	}
}

// A Task that has panicked while a command was executed is read again, and carries on where
// its record stands.
func TestE2_PanickedCommandIsRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.apply(nowTask(t, "bad", 60))
		var bad *panicky
		p := w.bootWith("one", time.Second, func(cfg *Config) {
			bad = &panicky{operation: recovery.OperationCommand, store: cfg.Store, pods: cfg.Pods, sink: cfg.Sink}
			cfg.Pods = bad
		})
		defer p.shutdown()
		sleepUntil(70 * time.Second)
		p.post(func() { bad.operation = "" })
		sleepUntil(110 * time.Second)
		rec := w.record(model.Key{Namespace: "ns", Name: "bad"})
		if want := (model.Counters{Succeeded: 1}); rec.Counts != want || len(w.starts()) != 1 {
			t.Errorf("counts %+v, begun %v; want one run that succeeded", rec.Counts, w.starts())
		}
	})
}

// hanging is a Store whose requests for the Task named "bad" are never answered.
type hanging struct{ model.Store }

func (h hanging) Save(ctx context.Context, task model.Task, rec model.Record, version model.Version) (model.Version, error) {
	if task.Name == "bad" {
		<-ctx.Done()
		return "", ctx.Err()
	}
	return h.Store.Save(ctx, task, rec, version)
}

// E2: a save that is not answered does not hold its place among the requests for ever.
func TestE2_HangingSavesGiveUpTheirPlaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		w.apply(nowTask(t, "bad", 3600))
		p := w.bootWith("one", time.Second, func(cfg *Config) {
			cfg.Store, cfg.Saves = hanging{cfg.Store}, fair.NewSemaphore(1)
		})
		defer p.shutdown()
		settle()
		task := nowTask(t, "good", 3600)
		w.apply(task)
		p.Upsert(w.snapshot(task.Key))
		time.Sleep(storeTimeout - 10*time.Millisecond)
		if got := w.record(task.Key).State; got != "" {
			t.Errorf("state %q while the only place is taken, want none", got)
		}
		time.Sleep(20 * time.Millisecond)
		if got := w.record(task.Key).State; got != model.Scheduled {
			t.Errorf("state %q after the timeout of the other save, want Scheduled", got)
		}
	})
}

// A Task whose record could not be saved for long is tried rarely, and at once when it is edited.
func TestEditEndsTheBackoffAfterErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		task := nowTask(t, "a", 3600)
		w.apply(task)
		broken := true
		w.fail = func(int) (error, bool) {
			if broken {
				return errors.New("the record is refused"), false
			}
			return nil, false
		}
		p := w.boot("one", time.Second)
		defer p.shutdown()
		sleepUntil(10 * time.Minute)
		if got := w.saved(); got > 30 {
			t.Errorf("%d saves in 10 minutes, want them to become rare", got)
		}
		w.mu.Lock()
		broken = false
		w.mu.Unlock()
		w.apply(task)
		p.Upsert(w.snapshot(task.Key))
		settle()
		if got := w.record(task.Key).State; got != model.Scheduled {
			t.Errorf("state %q after the edit, want Scheduled", got)
		}
	})
}

func TestRecovererReturnsThePanic(t *testing.T) {
	t.Parallel()
	err := recovery.Recoverer{}.Do(recovery.OperationSave, model.Key{}, func() { panic("gone wrong") })
	if panicked, ok := errors.AsType[*recovery.PanicError](err); !ok || panicked.Value != "gone wrong" || err.Error() != "panic: gone wrong" {
		t.Errorf("got %v, want the panic", err)
	}
	if err := (recovery.Recoverer{}).Do(recovery.OperationSave, model.Key{}, func() {}); err != nil {
		t.Errorf("got %v without a panic", err)
	}
}
