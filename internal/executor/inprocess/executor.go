// Package inprocess carries out runs inside the manager: calls of registered
// functions and HTTP requests.
//
// A run that the manager was lost in the middle of is started again by the next
// one, with the same identity: what runs here runs at least once (see "The record" in docs/contract.md).
package inprocess

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/runinfo"
	"github.com/carillon-dev/carillon/internal/scheduler/engine"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// dedupeWindow is how long the outcome of an attempt is kept: an attempt that is
// started again while its outcome is on the way to the record must not run twice.
const dedupeWindow = time.Minute

// Config is what an Executor needs.
type Config struct {
	Clock  clock.Clock
	Report model.Report
	// Handlers are the functions that can be called.
	Handlers *handler.Registry
	// Held reports whether this process may still act: asked before each call,
	// since a process that was stopped for long wakes up in the middle of
	// things. Unset: it always may.
	Held func() bool
	// HTTP makes the requests.
	HTTP *httpcall.Caller
	// Trace takes attempts into their traces. Unset: nothing is traced.
	Trace runinfo.Trace
	Log   logr.Logger
}

// Executor carries out runs inside the manager. It implements
// [model.Executor]. How many there are at a time is the core's to say, see
// Places of [model.Task].
type Executor struct {
	cfg Config

	mu    sync.Mutex
	calls map[attempt]*operation
	ended []*operation // oldest first
}

var _ model.Executor = (*Executor)(nil)

// New returns an Executor. It needs no end: what it runs ends with the contexts
// that it is started under.
func New(cfg Config) *Executor {
	if cfg.Held == nil {
		cfg.Held = func() bool { return true }
	}
	return &Executor{cfg: cfg, calls: map[attempt]*operation{}}
}

// attempt tells attempts apart.
type attempt struct {
	uid string
	run model.RunRef
	n   int
}

// operation is an attempt that this process knows.
type operation struct {
	id     attempt
	task   model.Task
	run    model.Run
	right  context.Context // ends with the leadership
	ctx    context.Context // of the attempt: ends with right, and when it is stopped
	cancel context.CancelCauseFunc
	unlink func() bool // takes ctx off right

	began time.Time
	// outcome is how it ended, nil until it has; at is when that was.
	outcome *model.Observation
	at      time.Time
	// again makes the call that is to follow when this one, whose leadership
	// has ended, has returned.
	again func() *operation
}

func newOperation(ctx context.Context, task model.Task, run model.Run) *operation {
	c := &operation{id: idOf(task, run), task: task, run: run, right: ctx}
	// The function gets the cause in the words of the public package.
	c.ctx, c.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	c.unlink = context.AfterFunc(ctx, func() { c.cancel(causeOf(ctx)) })
	return c
}

// causeOf is why the leadership has ended: with the process, or with the Task.
func causeOf(right context.Context) error {
	if errors.Is(context.Cause(right), engine.ErrClosing) {
		return handler.ErrClosing
	}
	return handler.ErrStopped
}

func idOf(task model.Task, run model.Run) attempt {
	return attempt{uid: task.UID, run: run.Ref(), n: run.Attempt}
}

// Start implements [model.Executor]. An attempt that has ended a moment ago is
// not run again; its outcome is reported again.
func (e *Executor) Start(ctx context.Context, task model.Task, run model.Run) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dropOld()
	switch c := e.calls[idOf(task, run)]; {
	case c == nil:
		e.begin(newOperation(ctx, task, run))
	case c.outcome != nil:
		e.report(task, run, *c.outcome)
	case c.right.Err() != nil:
		c.again = func() *operation { return newOperation(ctx, task, run) }
	}
}

// Adopt implements [model.Executor]. What this process does not know did not
// begin here, or ended long ago.
func (e *Executor) Adopt(_ context.Context, task model.Task, run model.Run) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch c := e.calls[idOf(task, run)]; {
	case c == nil:
		e.report(task, run, model.Observation{Phase: model.PhaseNotFound})
	case c.outcome != nil:
		e.report(task, run, *c.outcome)
	default:
		e.report(task, run, model.Observation{Phase: model.PhaseRunning, Start: c.began})
	}
}

// Stop implements [model.Executor]: it ends the context of the attempt, with
// the cause [handler.ErrStopped]. How it ended is reported when it has returned.
func (e *Executor) Stop(ctx context.Context, task model.Task, run model.Run) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch c := e.calls[idOf(task, run)]; {
	case c == nil:
		e.report(task, run, model.Observation{Phase: model.PhaseNotFound})
	case c.outcome != nil:
		e.report(task, run, *c.outcome)
	default:
		c.right, c.again = ctx, nil // the stop is answered with how it ended
		c.cancel(handler.ErrStopped)
	}
}

// Prune implements [model.Executor]. Runs inside the manager leave nothing
// behind.
func (e *Executor) Prune(context.Context, model.Task, []model.Run) {}

// end gives up what a call holds.
func (c *operation) end() {
	c.unlink()
	c.cancel(nil)
}

// begin makes a call, unless the lease has been lost: then the new leader makes it.
func (e *Executor) begin(c *operation) {
	if c.right.Err() != nil || !e.cfg.Held() {
		c.end()
		return
	}
	e.calls[c.id] = c
	c.began = e.cfg.Clock.Now()
	go e.run(c)
}

// run makes the call. How it ended is taken in even if the call ends the goroutine.
func (e *Executor) run(c *operation) {
	outcome := endedGoroutine
	defer func() { e.finish(c, outcome) }()
	outcome = e.execute(c)
}

// finish handles the result of a run.
func (e *Executor) finish(c *operation, outcome model.Observation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c.right.Err() != nil { // nobody listens any more
		e.drop(c)
	} else {
		e.record(c, outcome)
	}
	c.end()
	e.dropOld()
}

// record notes and reports how a call ended.
func (e *Executor) record(c *operation, outcome model.Observation) {
	c.at = e.cfg.Clock.Now()
	if outcome.Phase == model.PhaseFinished {
		outcome.Start, outcome.Finish = c.began, c.at
	}
	c.outcome = &outcome
	e.ended = append(e.ended, c)
	e.report(c.task, c.run, outcome)
}

// drop forgets a call without an outcome, so that it can be started again.
func (e *Executor) drop(c *operation) {
	delete(e.calls, c.id)
	if c.again != nil {
		e.begin(c.again())
	}
}

// dropOld forgets calls that ended long ago.
func (e *Executor) dropOld() {
	for len(e.ended) > 0 && e.cfg.Clock.Since(e.ended[0].at) > dedupeWindow {
		delete(e.calls, e.ended[0].id)
		e.ended[0] = nil
		e.ended = e.ended[1:]
	}
}

// report reports an attempt to the core. It is called with the lock held, so
// that reports keep their order.
func (e *Executor) report(task model.Task, run model.Run, obs model.Observation) {
	obs.Run, obs.Attempt = run.Ref(), run.Attempt
	e.cfg.Report(payload.Of(task).Scheduler, task.Key, obs)
}
