package pod

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/excerpt"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
	"github.com/carillon-dev/carillon/internal/serviceaccount"
)

// maxError is how many bytes of an error a message takes in.
const maxError = 800

// creator is the way of an attempt from its decision to its Pod.
type creator struct {
	*operation
	pace retryBackoff
	// firstSent is when a create was sent first that may have been carried out
	// without our knowing.
	firstSent time.Time
	// knownAbsent: the Pod was looked for and not found, so that no predecessor of
	// ours has created it.
	knownAbsent bool
	// missing: after the last refusal there was no Pod.
	missing bool
	// last is why it could not be created so far, and since when.
	last  error
	since time.Time
	// reported is what was reported of that last.
	reported string
	// roomAfter is when finished Pods may be deleted to make room for this one, and
	// roomWait how long it was put off last.
	roomAfter time.Time
	roomWait  time.Duration
}

// create creates the attempt's Pod, trying again while the reason to refuse it
// may pass, until the grace period or the start timeout is over (E2).
func (f *operation) create() {
	c := &creator{operation: f, pace: newRetryBackoff()}
	for !f.ended() && !c.iterate() {
		wait, ok := c.wait()
		if ok {
			c.delayed(wait)
		}
		if !ok || !f.sleep(wait) {
			return
		}
	}
}

// iterate is try, where a panic is a reason to try again later.
func (c *creator) iterate() (done bool) {
	if panicked := c.cfg.Recover.Do(recovery.OperationPod, c.task.Key, func() { done = c.attempt() }); panicked != nil {
		c.last = panicked
		return false
	}
	return done
}

// attempt makes one step and reports whether that was the last.
func (c *creator) attempt() (done bool) {
	if !c.acquire() {
		return true
	}
	defer c.release()
	now := c.cfg.Clock.Now()
	if outcome := c.checkDeadline(now); outcome != nil {
		return c.resolve(*outcome)
	}
	switch uid, err := c.send(now); {
	case err == nil:
		c.cfg.Created(c.task)
		c.report(model.Observation{Phase: model.PhaseCreated, UID: uid, Start: now, SeenAt: now})
		return true
	case c.ctx.Err() != nil:
		return true
	case apierrors.IsAlreadyExists(err):
		return c.onAlreadyExists()
	default:
		return c.refused(err, now)
	}
}

// refused deals with an error of a create that was sent at now.
func (c *creator) refused(err error, now time.Time) (done bool) {
	if c.last = err; isAmbiguous(err) && c.firstSent.IsZero() {
		c.firstSent = now
	}
	seen := notThere
	if c.mayExist() {
		seen = c.lookup()
	}
	c.missing = seen == notThere
	switch {
	case seen == settled:
		return true
	case c.forbidden(err):
		return true
	case IsRetryable(err):
		c.makeRoom(err)
		return false
	default:
		c.report(c.rejection(excerpt.Of(err.Error(), maxError)))
		return true
	}
}

// forbidden ends the attempt if the Task's ServiceAccount, or the manager for it, lacks a
// right. Another attempt would not have it: the next run may.
func (c *creator) forbidden(err error) bool {
	forbidden := accountOf(c.task).Forbidden(err)
	if forbidden == nil {
		return false
	}
	obs := c.failure(v1alpha1.ReasonServiceAccountForbidden, excerpt.Of(forbidden.Error(), maxError))
	obs.Permanent = true
	c.report(obs)
	return true
}

// accountOf returns the ServiceAccount that a Task acts as.
func accountOf(task model.Task) serviceaccount.Account {
	return serviceaccount.Account{Namespace: task.Namespace, Name: payload.Of(task).ServiceAccount}
}

// reportAfter is how long a Pod must have been refused until that is reported. Many a
// refusal passes at once, such as the conflict of two Pods over one quota, and is not
// worth a write.
const reportAfter = 2 * time.Second

// delayed reports the last refusal, if the next try comes late enough for people to ask
// what keeps the run from starting, and if it says something new (A8).
func (c *creator) delayed(wait time.Duration) {
	now := c.cfg.Clock.Now()
	if c.last == nil {
		return
	}
	if c.since.IsZero() {
		c.since = now
	}
	text := excerpt.Of(Words(c.last), maxError)
	if errors.Is(c.last, context.DeadlineExceeded) {
		text = fmt.Sprintf("the API server did not answer within %s", requestTimeout)
	}
	if now.Add(wait).Sub(c.since) < reportAfter || text == c.reported {
		return
	}
	c.reported = text
	c.report(model.Observation{Phase: model.PhaseDelayed, NotCreated: c.missing, Message: "The Pod could not be created so far: " + text})
}

// checkDeadline says how the attempt ends if there is no use in sending it, nil if
// there is.
func (c *creator) checkDeadline(now time.Time) *model.Observation {
	switch late := now.Sub(c.run.Due); {
	case payload.Of(c.task).Pod == nil: // decided before the Task's action was changed
		return new(c.rejection("The Task's action is no longer a Pod."))
	case c.hasGrace() && late > c.task.Grace:
		return &model.Observation{Phase: model.PhaseMisfired, Message: c.lateMessage(late)}
	default:
		return nil
	}
}

// hasGrace reports whether the run can be too late to start: a later attempt
// cannot (R3).
func (c *creator) hasGrace() bool { return c.task.Grace > 0 && c.run.Attempt == 1 }

// send sends the Pod, and returns the UID that the API server gave it.
func (c *creator) send(now time.Time) (uid string, err error) {
	act := payload.Of(c.task)
	_, traceParent := c.cfg.Trace.Enter(c.ctx, c.task.Key, c.run)
	pod := Render(Request{
		Key: c.task.Key, Scheduler: act.Scheduler, Template: act.Pod, ServiceAccount: act.ServiceAccount,
		Run: c.run, Timeout: c.run.Timeout, Start: now,
		TraceParent: traceParent, Token: c.token(types.NamespacedName{Namespace: c.task.Namespace, Name: c.run.Name}),
	})
	ctx, cancel := context.WithTimeout(serviceaccount.As(c.ctx, accountOf(c.task)), requestTimeout)
	defer cancel()
	err = c.cfg.Client.Create(ctx, pod)
	return string(pod.UID), err //nolint:wrapcheck // the caller looks into it
}

// onAlreadyExists deals with a name that is in use.
func (c *creator) onAlreadyExists() bool {
	switch c.lookup() {
	case settled:
		return true
	case notThere:
		// Deleted a moment ago. If it was ours, it must not run a second time.
		c.report(model.Observation{Phase: model.PhaseNotFound})
		return true
	default:
		return false
	}
}

// resolve ends a creation that is not to be tried any more: if the Pod is there
// all the same it is adopted, else it ended as outcome says. It reports false
// when that cannot be told now.
func (c *creator) resolve(outcome model.Observation) bool {
	seen := c.lookup()
	if seen == notThere {
		c.report(outcome)
	}
	return seen != unknown
}

// mayExist reports whether the Pod may exist although it could not be created:
// sent by us, or by our predecessor. Trying again does not always find out: a
// quota that the Pod itself has used up refuses it before its name is looked at.
func (c *creator) mayExist() bool { return !c.knownAbsent || !c.firstSent.IsZero() }

// lookupResult is what looking for the Pod brought.
type lookupResult int

const (
	unknown  lookupResult = iota // no answer
	notThere                     // nothing has the name
	settled                      // something has the name, and what that means was reported
)

// lookup looks for the Pod past every cache and takes it over if it is there.
func (c *creator) lookup() lookupResult {
	pod, seenAt, err := c.get()
	switch {
	case apierrors.IsNotFound(err):
		c.knownAbsent = true
		return notThere
	case err != nil:
		c.last = err
		return unknown
	case c.isOwn(pod):
		c.adoptFound(pod, seenAt)
	default:
		c.report(c.nameTaken())
	}
	return settled
}

// nameTaken is the outcome of an attempt whose name somebody else's Pod has. It says nothing
// of the work: the next attempt has another name, and follows at once (R11).
func (c *creator) nameTaken() model.Observation {
	obs := c.failure(v1alpha1.ReasonNameTaken, fmt.Sprintf(
		"A Pod named %s that is not the run's exists already; the next attempt has another name.", c.run.Name))
	obs.Disrupted = true
	return obs
}

// adoptFound takes the Pod over. It began now only if it was us who sent it.
func (c *creator) adoptFound(pod *corev1.Pod, seenAt time.Time) {
	start := c.firstSent
	if start.IsZero() && c.run.New {
		start = c.cfg.Clock.Now() // the client sent it twice
	}
	if !start.IsZero() {
		c.report(model.Observation{Phase: model.PhaseCreated, UID: string(pod.UID), Start: start})
	}
	c.reportStatus(pod, seenAt)
}

// wait is how long to wait before the next step. It reports false when that
// would be too late: the attempt has failed then, before the core gives it up
// for a reason that it cannot know.
func (c *creator) wait() (time.Duration, bool) {
	now, wait := c.cfg.Clock.Now(), c.pace.next(c.last)
	if left := c.run.Due.Add(c.task.Grace).Sub(now); c.hasGrace() && left > 0 {
		wait = min(wait, left) // a last chance in time
	}
	if c.task.StartTimeout > 0 && !now.Add(wait).Before(c.run.Start.Add(c.task.StartTimeout)) {
		c.resolve(c.failure(v1alpha1.ReasonStartTimeout, fmt.Sprintf(
			"It could not be created within the startTimeout of %s: %s", c.task.StartTimeout, excerpt.Of(Words(c.last), maxError))))
		return 0, false
	}
	return wait, true
}

func (c *creator) lateMessage(late time.Duration) string {
	text := model.GraceMessage(late, c.task.Grace)
	if c.last != nil {
		text += " It could not be created before: " + excerpt.Of(Words(c.last), maxError)
	}
	return text
}
