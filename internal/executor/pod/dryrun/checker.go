package dryrun

import (
	"context"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

const (
	// firstDelay is how long a new template waits for its check. A run that is due at
	// once, or the ServiceAccount that is applied after its Task, makes it unnecessary.
	firstDelay = 2 * time.Second
	// firstRecheck is when a template that was not accepted is checked again. The delay
	// doubles up to lastRecheck.
	firstRecheck = 5 * time.Second
	lastRecheck  = 5 * time.Minute
	// requestTimeout bounds a check. It is longer than an admission webhook may take by
	// default, so that the API server can say which one did not answer.
	requestTimeout = 15 * time.Second
	// slowAfter is when a check in flight makes room for another one: it waits for an
	// admission webhook of its namespace. maxSlow limits how many do.
	slowAfter = 2 * time.Second
	maxSlow   = 30
	// pauseAfterTimeout is how long a namespace whose check got no answer waits for the
	// next one, so that many such namespaces stay below maxSlow.
	pauseAfterTimeout = time.Minute
)

// Config is what a Checker needs. All fields but Recover are required.
type Config struct {
	// Client creates the Pods, in a context that says as which ServiceAccount.
	Client client.Client
	Clock  clock.WithTicker
	// MaxInFlight limits how many checks are in flight at once, but for slow ones. A
	// namespace has at most one.
	MaxInFlight int
	// Changed is called when the verdict of a Task is another one than before. It may
	// block for a short time, and until ctx ends.
	Changed func(ctx context.Context, key model.Key)
	// Recover contains panics over the data of a Task. Its zero value neither logs nor counts them.
	Recover recovery.Recoverer
	Log     logr.Logger
}

// Checker checks the Pod templates of Tasks. Its methods may be called from any
// goroutine; they do not block.
type Checker struct {
	cfg Config
	// later holds the checks that are not due yet.
	later workqueue.TypedDelayingInterface[item]

	mu       sync.Mutex
	tasks    map[string]*check // by UID
	names    map[string]string // the UID of namespace/name
	queue    queue
	inFlight int // without the slow ones
	slow     int
	group    sync.WaitGroup
}

// item is a Task to check, a Task whose verdict has changed, or without a UID a namespace
// that may have its next turn.
type item struct {
	namespace, uid string
	changed        bool
}

// check is what is known of a Task's template.
type check struct {
	task     model.Task      // without its payload once it is accepted
	verdict  payload.Verdict // the zero value while there is none
	due      bool            // in the queue
	failures int             // how often in a row it was not accepted
}

// New returns a Checker that sends nothing until it is run.
func New(cfg Config) *Checker {
	return &Checker{
		cfg: cfg, tasks: map[string]*check{}, names: map[string]string{}, queue: newQueue(),
		later: workqueue.NewTypedDelayingQueueWithConfig(workqueue.TypedDelayingQueueConfig[item]{Clock: cfg.Clock}),
	}
}

// Ensure has the template of a Task checked unless the record says that it is accepted, or
// a check of it is known or on its way.
func (c *Checker) Ensure(snap model.Snapshot) {
	task := snap.Task
	c.mu.Lock()
	defer c.mu.Unlock()
	if payload.Of(task).Pod == nil || task.ActionHash == snap.Record.AcceptedAction {
		c.forget(task.Key)
		return
	}
	if known := c.tasks[task.UID]; known != nil && known.task.ActionHash == task.ActionHash {
		if !known.verdict.Accepted {
			known.task = task
		}
		return
	}
	c.forget(model.Key{Namespace: task.Namespace, Name: task.Name})
	c.tasks[task.UID] = &check{task: task}
	c.names[task.Key.String()] = task.UID
	c.later.AddAfter(item{namespace: task.Namespace, uid: task.UID}, firstDelay)
}

// Forget drops what is known of a Task. An empty UID stands for any Task of that name.
func (c *Checker) Forget(key model.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(key)
}

func (c *Checker) forget(key model.Key) {
	uid := c.names[key.String()]
	if uid == "" || key.UID != "" && key.UID != uid {
		return
	}
	delete(c.names, key.String())
	delete(c.tasks, uid)
}

// Verdict returns what is known of a Task's action, identified by its hash.
func (c *Checker) Verdict(uid, actionHash string) (payload.Verdict, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.tasks[uid]
	if known == nil || known.task.ActionHash != actionHash || known.verdict == (payload.Verdict{}) {
		return payload.Verdict{}, false
	}
	return known.verdict, true
}

// Accept notes that the API server has created a Pod from a Task's template, which needs
// no check then.
func (c *Checker) Accept(task model.Task) { c.setVerdict(task, payload.Verdict{Accepted: true}) }

// setVerdict notes a verdict, and when to check again if it is not a good one. The zero value
// says that a check brought none.
func (c *Checker) setVerdict(task model.Task, verdict payload.Verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.tasks[task.UID]
	if known == nil || known.task.ActionHash != task.ActionHash {
		return // deleted or edited meanwhile
	}
	if verdict != (payload.Verdict{}) && verdict != known.verdict {
		known.verdict = verdict
		c.later.Add(item{namespace: task.Namespace, uid: task.UID, changed: true})
	}
	if verdict.Accepted {
		known.task.Payload = nil
		return
	}
	c.later.AddAfter(item{namespace: task.Namespace, uid: task.UID}, min(firstRecheck<<min(known.failures, 10), lastRecheck))
	known.failures++
}
