package pod

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/runinfo"
	"github.com/carillon-dev/carillon/internal/runpod"
	"github.com/carillon-dev/carillon/internal/scheduler/fair"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

// requestTimeout bounds one request to the API server. A create that takes
// longer may have been carried out; it is sent again under the same name.
const requestTimeout = 30 * time.Second

// Config is what an Executor needs. All of it is required but Trace, Recorded, Created and Recover.
type Config struct {
	// Client writes Pods, in a context that says as which ServiceAccount.
	Client client.Client
	// Cache lists the Pods of all Tasks, as runpod.Trim leaves them. It has the index of
	// IndexByTask, and waits for no write: what it does not show yet is removed next time.
	Cache client.Reader
	// Reader reads Pods past every cache.
	Reader client.Reader
	Clock  clock.Clock
	Report model.Report
	// Recorded reports whether the outcome of a Task's run has been saved, by a read past
	// every cache. Unset: no Pod is deleted to make room in a quota.
	Recorded func(ctx context.Context, key model.Key, run model.RunRef) (bool, error)
	// Created is called when a Pod has been created for a Task. It must not block.
	// Optional.
	Created func(task model.Task)
	// Requests bounds the requests that are under way at once, and shares them among
	// namespaces; Deletes does so for those that remove Pods of finished runs, which no create
	// is to wait for.
	Requests, Deletes *fair.Semaphore
	// Trace takes attempts into their traces. Unset: nothing is traced.
	Trace runinfo.Trace
	// Recover contains panics over the data of a Task. Its zero value neither logs nor counts them.
	Recover recovery.Recoverer
	Log     logr.Logger
}

// Executor carries out runs as Pods. It implements [model.Executor].
//
// It keeps nothing that matters: what it has begun is found again by name.
type Executor struct {
	cfg Config
	// key is for the tokens of the Pods that this process creates.
	key [sha256.Size]byte

	mu      sync.Mutex
	flights map[attempt]*operation
	prunes  map[string]*prune // by Task UID
	// pruned is when a Pod of a namespace was last pruned.
	pruned map[string]time.Time
	// claimed are the Pods that an attempt is about to delete to make room for its own.
	claimed map[types.UID]bool
}

var _ model.Executor = (*Executor)(nil)

// New returns an Executor.
func New(cfg Config) *Executor {
	if cfg.Created == nil {
		cfg.Created = func(model.Task) {}
	}
	e := &Executor{
		cfg:     cfg,
		flights: map[attempt]*operation{},
		prunes:  map[string]*prune{},
		pruned:  map[string]time.Time{},
		claimed: map[types.UID]bool{},
	}
	_, _ = rand.Read(e.key[:]) // never fails
	return e
}

// attempt tells attempts apart.
type attempt struct {
	uid string
	run model.RunRef
	n   int
}

// operation is the work that is under way for one attempt. There is at most one:
// asking for the same again changes nothing, nor does a Start after a Stop; a
// Stop follows on what it halts, also on one that spares what has started.
type operation struct {
	*Executor
	task model.Task
	run  model.Run
	ctx  context.Context // ends with the leadership
	stop bool            // the work is to stop the attempt

	// working ends with ctx, and by halt when the attempt is to be stopped by another operation.
	working context.Context
	halt    context.CancelFunc
	done    chan struct{} // closed when it sends no further request
}

// Start implements [model.Executor]: it creates the Pod, or adopts the one
// that is there already.
func (e *Executor) Start(ctx context.Context, task model.Task, run model.Run) {
	e.start(&operation{ctx: ctx, task: task, run: run}, (*operation).create)
}

// Adopt implements [model.Executor].
func (e *Executor) Adopt(ctx context.Context, task model.Task, run model.Run) {
	e.start(&operation{ctx: ctx, task: task, run: run}, (*operation).adopt)
}

// Stop implements [model.Executor]: it deletes the Pod. The
// controller that watches Pods reports that it is gone, see runpod.ObserveDeleted.
func (e *Executor) Stop(ctx context.Context, task model.Task, run model.Run) {
	e.start(&operation{ctx: ctx, task: task, run: run, stop: true}, (*operation).remove)
}

// start does work in a goroutine of its own, after what is under way for the
// same attempt, or not at all if that is the same.
func (e *Executor) start(f *operation, work func(*operation)) {
	f.Executor, f.done = e, make(chan struct{})
	id := attempt{uid: f.task.UID, run: f.run.Ref(), n: f.run.Attempt}
	e.mu.Lock()
	defer e.mu.Unlock()
	before := e.flights[id]
	if before != nil {
		if before.ctx.Err() == nil && !f.goesFurther(before) {
			return
		}
		before.halt()
	}
	f.working, f.halt = context.WithCancel(f.ctx)
	e.flights[id] = f
	go func() {
		if before != nil {
			<-before.done
		}
		defer e.finish(id, f)
		_ = e.cfg.Recover.Do(recovery.OperationPod, f.task.Key, func() { work(f) }) // logged and counted
	}()
}

// goesFurther reports whether an operation ends more than the one before it.
func (f *operation) goesFurther(before *operation) bool {
	return f.stop && (!before.stop || before.stopsOnlyUnstarted() && !f.stopsOnlyUnstarted())
}

func (e *Executor) finish(id attempt, f *operation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.flights[id] == f {
		delete(e.flights, id)
	}
	f.halt()
	close(f.done)
}

// ended reports whether nothing more is to be done for the operation. A request
// that is under way when it is halted is waited for: broken off, it might still
// be carried out.
func (f *operation) ended() bool { return f.working.Err() != nil }

// sleep waits for a while and reports whether to go on then.
func (f *operation) sleep(wait time.Duration) bool {
	timer := f.cfg.Clock.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C():
		return !f.ended()
	case <-f.working.Done():
		return false
	}
}

// acquire waits for a permit to send requests and reports whether it got one. It is given back
// with release.
func (f *operation) acquire() bool {
	return f.cfg.Requests.Acquire(f.working, f.task.Namespace) == nil
}

func (f *operation) release() { f.cfg.Requests.Release(f.task.Namespace) }

// get reads the attempt's Pod, or whatever else has its name, past every cache. seenAt
// is when the request was sent.
func (f *operation) get() (pod *corev1.Pod, seenAt time.Time, err error) {
	seenAt = f.cfg.Clock.Now()
	ctx, cancel := context.WithTimeout(f.ctx, requestTimeout)
	defer cancel()
	pod = &corev1.Pod{}
	err = f.cfg.Reader.Get(ctx, client.ObjectKey{Namespace: f.task.Namespace, Name: f.run.Name}, pod)
	return pod, seenAt, err
}

// isOwn reports whether a Pod carries out the attempt. If only this process can have created
// the Pod, it must have.
func (f *operation) isOwn(pod *corev1.Pod) bool {
	return runpod.Matches(pod, f.task, f.run) && (!f.run.New || f.isCreator(pod))
}

// report reports what was seen of the attempt, unless the lease has been lost:
// then the new leader observes it anew.
func (f *operation) report(obs model.Observation) {
	if f.ctx.Err() != nil {
		return
	}
	obs.Run, obs.Attempt = f.run.Ref(), f.run.Attempt
	f.cfg.Report(payload.Of(f.task).Scheduler, f.task.Key, obs)
}

// failure is the outcome of an attempt that failed without having begun.
func (f *operation) failure(reason, message string) model.Observation {
	return model.Observation{
		Phase: model.PhaseFinished, Outcome: model.Failed, Reason: reason, Message: message, Finish: f.cfg.Clock.Now(),
		NotCreated: true,
	}
}

// rejection is the outcome of an attempt that another attempt would share.
func (f *operation) rejection(message string) model.Observation {
	obs := f.failure(v1alpha1.ReasonPodRejected, message)
	obs.Permanent = true
	return obs
}
