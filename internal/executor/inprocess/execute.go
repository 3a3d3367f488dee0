package inprocess

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/excerpt"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/runinfo"
	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/serviceaccount"
)

// maxMessage is how many bytes of what a run said are kept.
const maxMessage = 800

// Bounds of how long an attempt can ask to be waited for the next one.
const (
	minPostpone = time.Second
	maxPostpone = 24 * time.Hour
)

// endedGoroutine is the outcome of a function that did not return at all.
var endedGoroutine = failed(v1alpha1.ReasonFailed, "the handler ended its goroutine instead of returning")

func failed(reason, message string) model.Observation {
	return model.Observation{
		Phase: model.PhaseFinished, Outcome: model.Failed, Reason: reason, Message: excerpt.Of(message, maxMessage),
	}
}

// execute does the work of an attempt, if it is not too late for that (R3), and says
// how it went.
func (e *Executor) execute(c *operation) model.Observation {
	late := c.began.Sub(c.run.Due)
	if grace := c.task.Grace; grace > 0 && c.run.Attempt == 1 && late > grace {
		return model.Observation{Phase: model.PhaseMisfired, Message: model.GraceMessage(late, grace)}
	}
	e.reportStarted(c)
	ctx, timeout := c.ctx, timeoutOf(c.task)
	if timeout > 0 {
		bounded, cancel := context.WithTimeoutCause(ctx, timeout, handler.ErrTimeout)
		defer cancel()
		ctx = bounded
	}
	message, err := e.callAction(ctx, c)
	var panicked *panicError
	switch {
	case err == nil:
		return model.Observation{
			Phase: model.PhaseFinished, Outcome: model.Succeeded, Reason: v1alpha1.ReasonSucceeded, Message: excerpt.Of(message, maxMessage),
		}
	case errors.As(err, &panicked):
		e.cfg.Log.Error(nil, "a run panicked", "task", c.task.Key.String(), "panic", panicked.Error(), "stack", panicked.stack)
		return failed(v1alpha1.ReasonPanicked, panicked.Error())
	case errors.Is(context.Cause(ctx), handler.ErrTimeout):
		message := fmt.Sprintf("It ran longer than its timeout of %s.", timeout)
		if unfinished, ok := errors.AsType[*httpcall.UnfinishedError](err); ok {
			message += " " + unfinished.Error()
		}
		return failed(v1alpha1.ReasonTimeout, message)
	default:
		return classifyError(err)
	}
}

// classifyError is a failure with what the error says of another attempt (R5).
func classifyError(err error) model.Observation {
	obs := failed(v1alpha1.ReasonFailed, err.Error())
	if _, ok := errors.AsType[*serviceaccount.ForbiddenError](err); ok {
		obs.Reason, obs.Permanent = v1alpha1.ReasonServiceAccountForbidden, true
	}
	if later, ok := errors.AsType[*handler.LaterError](err); ok {
		obs.Postpone = min(max(later.After, minPostpone), maxPostpone)
	}
	if _, ok := errors.AsType[*handler.PermanentError](err); ok {
		obs.Permanent = true
	}
	if busy, ok := errors.AsType[*httpcall.BusyError](err); ok {
		obs.RetryAfter = min(busy.RetryAfter, decide.MaxRetryAfter)
	}
	return obs
}

// reportStarted reports that the attempt begins, and that it runs: here that is the
// same.
func (e *Executor) reportStarted(c *operation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.report(c.task, c.run, model.Observation{Phase: model.PhaseCreated, Start: c.began, Timeout: c.task.Timeout})
	e.report(c.task, c.run, model.Observation{Phase: model.PhaseRunning, Start: c.began})
}

// timeoutOf is how long an attempt may take, zero for as long as it likes. A
// request always has a bound.
func timeoutOf(task model.Task) time.Duration {
	if task.Timeout == 0 && payload.Of(task).HTTP != nil {
		return httpcall.DefaultTimeout
	}
	return task.Timeout
}

// panicError is a panic as an error (E2).
type panicError struct {
	value any
	stack string
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// callAction makes the call that the Task's action says.
func (e *Executor) callAction(ctx context.Context, c *operation) (message string, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value: value, stack: string(debug.Stack())}
		}
	}()
	facts := runinfo.Of(c.task.Key, c.run, c.began)
	facts.ServiceAccount = payload.Of(c.task).ServiceAccount
	ctx, facts.TraceParent = e.cfg.Trace.Enter(ctx, c.task.Key, c.run)
	switch act := payload.Of(c.task); {
	case act.HTTP != nil:
		return e.cfg.HTTP.Call(ctx, act.HTTP, facts)
	case act.Handler != nil:
		do, ok := e.cfg.Handlers.Lookup(act.Handler.Name, c.task.Namespace)
		if !ok {
			return "", fmt.Errorf("no handler %q is registered for the namespace %s", act.Handler.Name, c.task.Namespace)
		}
		ctx, said := handler.WithMessage(ctx)
		err := do(ctx, toHandlerRun(facts, act.Handler.Args))
		return said(), err
	default: // decided before the Task's action was changed
		return "", errors.New("the Task's action is no longer one of the manager")
	}
}

// toHandlerRun returns the run info that a handler gets (R6).
func toHandlerRun(facts runinfo.RunInfo, args map[string]string) handler.Run {
	return handler.Run{
		Namespace: facts.Namespace, Task: facts.Task, ServiceAccount: facts.ServiceAccount, ID: facts.ID, Source: facts.Source,
		ScheduledTime: facts.ScheduledTime, DueTime: facts.DueTime, StartTime: facts.StartTime,
		Request: facts.Request, Attempt: facts.Attempt, Coalesced: facts.Coalesced, TraceParent: facts.TraceParent, Args: args,
	}
}
