package scheduler

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fair"
)

// panicky panics for the Task named "bad" in one operation. Otherwise it does what the process does.
type panicky struct {
	operation Operation
	store     Store
	pods      Executor
	sink      Sink
	once      sync.Once
}

func (p *panicky) check(operation Operation, name string) {
	if p.operation == operation && name == "bad" {
		panic("the " + string(operation) + " of bad data")
	}
}

func (p *panicky) Load(ctx context.Context, key Key) (Snapshot, error) {
	p.check(OperationLoad, key.Name)
	return p.store.Load(ctx, key)
}

func (p *panicky) Save(ctx context.Context, task Task, rec Record, version Version) (Version, error) {
	p.check(OperationSave, task.Name)
	var first error
	if p.operation == OperationLoad && task.Name == "bad" {
		p.once.Do(func() { first = ErrConflict }) // which is answered by a load
	}
	if first != nil {
		return "", first
	}
	return p.store.Save(ctx, task, rec, version)
}

func (p *panicky) Start(ctx context.Context, task Task, run Run) {
	p.check(OperationCommand, task.Name)
	p.pods.Start(ctx, task, run)
}

func (p *panicky) Adopt(ctx context.Context, task Task, run Run) { p.Start(ctx, task, run) }
func (p *panicky) Stop(ctx context.Context, task Task, run Run)  { p.pods.Stop(ctx, task, run) }
func (p *panicky) Prune(context.Context, Task, []Run)            {}

func (p *panicky) Report(task Task, events []Event) {
	p.check(OperationReport, task.Name)
	p.sink.Report(task, events)
}

// E2: a panic over the data of one Task delays that Task alone, wherever it happens.
func TestE2_PanicDelaysItsTaskAlone(t *testing.T) {
	t.Parallel()
	for operation, wantBad := range map[Operation]int64{
		OperationSave: 0, OperationLoad: 0, OperationCommand: 0,
		OperationReport: 6, // the run itself is not in question
	} {
		t.Run(string(operation), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				w.apply(nowTask(t, "bad", 10))
				w.apply(nowTask(t, "good", 10))
				var mu sync.Mutex
				var counted []Operation
				p := w.bootWith("one", time.Second, func(cfg *Config) {
					bad := &panicky{operation: operation, store: cfg.Store, pods: cfg.Pods, sink: cfg.Sink}
					cfg.Store, cfg.Pods, cfg.Sink = bad, bad, bad
					cfg.Recover.Panicked = func(operation Operation) {
						mu.Lock()
						defer mu.Unlock()
						counted = append(counted, operation)
					}
				})
				defer p.shutdown()
				sleepUntil(time.Minute + 5*time.Second)
				if got := w.record(Key{Namespace: "ns", Name: "good"}).Counts.Succeeded; got != 6 {
					t.Errorf("the good Task succeeded %d times, want 6", got)
				}
				if got := w.record(Key{Namespace: "ns", Name: "bad"}).Counts.Succeeded; got != wantBad {
					t.Errorf("the bad Task succeeded %d times, want %d", got, wantBad)
				}
				mu.Lock()
				defer mu.Unlock()
				if n := len(counted); n == 0 || n > 20 || slices.ContainsFunc(counted, func(o Operation) bool { return o != operation }) {
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
			bad = &panicky{operation: OperationCommand, store: cfg.Store, pods: cfg.Pods, sink: cfg.Sink}
			cfg.Pods = bad
		})
		defer p.shutdown()
		sleepUntil(70 * time.Second)
		p.post(func() { bad.operation = "" })
		sleepUntil(110 * time.Second)
		rec := w.record(Key{Namespace: "ns", Name: "bad"})
		if want := (Counters{Succeeded: 1}); rec.Counts != want || len(w.starts()) != 1 {
			t.Errorf("counts %+v, begun %v; want one run that succeeded", rec.Counts, w.starts())
		}
	})
}

// hanging is a Store whose requests for the Task named "bad" are never answered.
type hanging struct{ Store }

func (h hanging) Save(ctx context.Context, task Task, rec Record, version Version) (Version, error) {
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
		if got := w.record(task.Key).State; got != Scheduled {
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
		if got := w.record(task.Key).State; got != Scheduled {
			t.Errorf("state %q after the edit, want Scheduled", got)
		}
	})
}

func TestRecovererReturnsThePanic(t *testing.T) {
	t.Parallel()
	err := Recoverer{}.Do(OperationSave, Key{}, func() { panic("gone wrong") })
	if panicked, ok := errors.AsType[*PanicError](err); !ok || panicked.Value != "gone wrong" || err.Error() != "panic: gone wrong" {
		t.Errorf("got %v, want the panic", err)
	}
	if err := (Recoverer{}).Do(OperationSave, Key{}, func() {}); err != nil {
		t.Errorf("got %v without a panic", err)
	}
}
