package engine

import (
	"errors"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/scheduler/fair"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/quota"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

// ErrClosing is the cause with which the contexts of runs are cancelled when
// the process gives up its leadership.
var ErrClosing = errors.New("the scheduler is shutting down")

// Config is what a Scheduler needs.
type Config struct {
	// Holder names this process; another process, or this one after a
	// restart, has another name.
	Holder string
	Clock  clock.Clock
	// Elapsed is time that passes evenly, whatever happens to the wall clock,
	// counted from any fixed instant. Defaults to that of Clock.
	Elapsed func() time.Duration
	// ConfirmTime reports whether a clock outside this process agrees that it is now. After a
	// jump of the wall clock it ends the wait for the clock to be steady (R10). It must not
	// block. Default: nothing confirms the time.
	ConfirmTime func(now time.Time) bool
	Store       model.Store
	// Pods carries out runs that live outside this process, InProcess those
	// that end with it.
	Pods, InProcess model.Executor
	Sink            model.Sink
	Log             logr.Logger
	// Saves bounds the saves and loads that are under way at once, and shares them among
	// namespaces. Schedulers may have it in common.
	Saves *fair.Semaphore
	// InProcessRuns bounds the in-process runs of all Schedulers that have it in common,
	// beneath the capacity of their executors, and shares them among namespaces. Default: no
	// bound.
	InProcessRuns *fair.Semaphore
	// PodQuota and InProcessQuota limit the runs of each kind that the namespace has, beneath
	// the capacity of its executors. Default: no limits.
	PodQuota, InProcessQuota *quota.Share
	// Searches works off the searches for far slots; it may be shared. Default: one of the
	// Scheduler's own.
	Searches *Searches
	// Lost is closed when the leadership is lost before its time: then
	// nothing is waited for. Unset: it never is.
	Lost <-chan struct{}
	// DrainTimeout is how long in-process runs may go on after Drain.
	DrainTimeout time.Duration
	// OnWakeup is called with how long after its time a Task was looked at, whenever the
	// time had come. It must not block. Optional.
	OnWakeup func(late time.Duration)
	// ObservationDropped is called when an observation is about a Task that is not known
	// here. It must not block. Optional.
	ObservationDropped func()
	// Nonce returns a random text that is different each time, for Run.Nonce. Without it, names
	// of objects follow from the identity of the attempt alone.
	Nonce func() string
	// Recover contains panics of the Store, the executors, the Sink and Decide. Its zero value
	// neither logs nor counts them.
	Recover recovery.Recoverer
}

// observationDropped calls ObservationDropped, if it is set.
func (c *Config) observationDropped() {
	if c.ObservationDropped != nil {
		c.ObservationDropped()
	}
}
