package dryrun

import (
	"context"
	"errors"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/internal/executor/pod"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
	"github.com/carillon-dev/carillon/internal/serviceaccount"
	"github.com/carillon-dev/carillon/trigger"
)

// Run sends the checks that are due until ctx ends, which must be when the lease is no
// longer held. It returns when none is in flight. A Checker can be run once.
func (c *Checker) Run(ctx context.Context) {
	defer c.group.Wait()
	stop := context.AfterFunc(ctx, c.later.ShutDown)
	defer stop()
	for {
		next, done := c.later.Get()
		if done {
			return
		}
		c.later.Done(next)
		if next.changed {
			c.publish(ctx, next.uid)
			continue
		}
		c.ready(next)
		c.dispatch(ctx)
	}
}

// publish reports that the verdict of a Task has changed.
func (c *Checker) publish(ctx context.Context, uid string) {
	c.mu.Lock()
	var key model.Key
	if known := c.tasks[uid]; known != nil {
		key = known.task.Key
	}
	c.mu.Unlock()
	if key.UID != "" {
		c.cfg.Changed(ctx, key)
	}
}

// ready queues a check whose time has come, or lets a namespace have its next turn.
func (c *Checker) ready(next item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if next.uid == "" {
		c.queue.release(next.namespace)
		return
	}
	if known := c.tasks[next.uid]; known != nil && !known.verdict.Accepted && !known.due {
		known.due = true
		c.queue.push(next.namespace, next.uid)
	}
}

// dispatch sends checks as long as there are some that may be sent.
func (c *Checker) dispatch(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.inFlight < c.cfg.MaxInFlight && c.slow < maxSlow && ctx.Err() == nil {
		namespace, uid, ok := c.queue.pop()
		if !ok {
			return
		}
		known := c.tasks[uid]
		if known == nil || known.verdict.Accepted { // deleted, or accepted by a run
			c.queue.release(namespace)
			continue
		}
		known.due = false
		c.inFlight++
		task := known.task
		c.group.Go(func() { c.check(ctx, task) })
	}
}

// check checks the template of one Task.
func (c *Checker) check(ctx context.Context, task model.Task) {
	answer := make(chan error, 1)
	c.group.Go(func() { answer <- c.ask(ctx, task) })
	timer := c.cfg.Clock.NewTimer(slowAfter)
	defer timer.Stop()
	select {
	case err := <-answer:
		c.answered(ctx, task, err, &c.inFlight)
	case <-timer.C():
		c.mu.Lock()
		c.inFlight--
		c.slow++
		c.mu.Unlock()
		c.dispatch(ctx)
		c.answered(ctx, task, <-answer, &c.slow)
	}
	c.dispatch(ctx)
}

// answered takes in the answer to a check, which counted is no longer to count.
func (c *Checker) answered(ctx context.Context, task model.Task, err error, counted *int) {
	if ctx.Err() == nil {
		if err != nil {
			c.cfg.Log.V(1).Info("the API server does not accept a Pod template", "task", task.Key.String(), "error", err.Error())
		}
		c.setVerdict(task, verdictOf(task, err))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	*counted--
	if errors.Is(err, context.DeadlineExceeded) {
		c.later.AddAfter(item{namespace: task.Namespace}, pauseAfterTimeout)
		return
	}
	c.queue.release(task.Namespace)
}

// ask is send, where a panic is an error that says nothing of the template.
func (c *Checker) ask(ctx context.Context, task model.Task) (err error) {
	if panicked := c.cfg.Recover.Do(recovery.OperationDryRun, task.Key, func() { err = c.send(ctx, task) }); panicked != nil {
		return panicked
	}
	return err
}

// send asks the API server to create the Pod of the Task's next run, and to keep nothing.
func (c *Checker) send(ctx context.Context, task model.Task) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	now := c.cfg.Clock.Now()
	slot := nextSlot(task, now)
	run := model.Run{Source: model.SourceScheduled, Slot: slot, Due: slot, Attempt: 1, Start: now}
	run.Name = model.AttemptName(task.Key, run.Ref(), run.Attempt, "")
	act := payload.Of(task)
	ctx = serviceaccount.As(ctx, accountOf(task))
	return c.cfg.Client.Create(ctx, pod.Render(pod.Request{ //nolint:wrapcheck // for judge
		Key: task.Key, Scheduler: act.Scheduler, Template: act.Pod, ServiceAccount: act.ServiceAccount, Run: run, Timeout: task.Timeout, Start: now,
	}), client.DryRunAll)
}

// nextSlot is the slot of the Task's next run, or now if there is none or it is far to
// seek.
func nextSlot(task model.Task, now time.Time) time.Time {
	if task.Trigger != nil {
		if found := task.Trigger.Search(now); found.Outcome == trigger.Found {
			return found.Slot
		}
	}
	return now.UTC().Truncate(time.Second)
}
