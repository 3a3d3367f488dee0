package translate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
	"github.com/carillon-dev/carillon/internal/store/status"
	"github.com/carillon-dev/carillon/internal/taskspec"
	"github.com/carillon-dev/carillon/trigger"
)

// Handlers says which handlers there are.
type Handlers interface {
	// Exists reports whether a handler of that name may be used in the namespace.
	Exists(name, namespace string) bool
	// Names are the handlers that may be used in the namespace, sorted.
	Names(namespace string) []string
}

// Options is what a translation needs to know of the manager.
type Options struct {
	Handlers Handlers
	// MaxWorkers is how many calls a pool makes at a time that does not say.
	MaxWorkers int
	// SecretHeaders says that headers of requests may come from Secrets that the manager
	// itself reads.
	SecretHeaders bool
	// ServiceAccounts says which Tasks act as a ServiceAccount.
	ServiceAccounts ServiceAccounts
	// Oversized are the Tasks whose records do not fit beside them. Optional.
	Oversized *status.Oversized
	// Checks knows which Pod templates the API server accepts. Nil if none is checked.
	Checks Checks
	// Recover contains panics over the data of a Task. Its zero value neither logs nor counts them.
	Recover recovery.Recoverer
	// Frequency holds the limits of Tasks. Nil if there are none.
	Frequency *Frequency
	// Population limits how many Tasks namespaces have. Nil if nothing does.
	Population *Population
}

// Translate makes of a Task what the core understands: every default resolved,
// the trigger compiled, what is missing named. sched is nil when the Task's
// Scheduler does not exist. It is a pure function.
func Translate(task *v1alpha1.Task, sched *v1alpha1.Scheduler, env Options) model.Task {
	spec, defaults := &task.Spec, taskspec.Defaults(sched)
	executor, capacity, noExecutor := ExecutorOf(task, sched, env)
	t := model.Task{
		Key:           status.KeyOf(task),
		Generation:    task.Generation,
		Created:       task.CreationTimestamp.Time,
		Paused:        spec.Paused,
		Coalesce:      *cmp.Or(spec.Coalesce, defaults.Coalesce),
		CatchUpLimit:  int(ptr.Deref(spec.CatchUpLimit, v1alpha1.DefaultCatchUpLimit)),
		MaxInstances:  int(*cmp.Or(spec.MaxInstances, defaults.MaxInstances)),
		OverlapPolicy: model.OverlapPolicy(cmp.Or(spec.OverlapPolicy, defaults.OverlapPolicy)),
		Retry:         taskspec.Retry(spec.RetryPolicy, defaults.RetryPolicy),
		Request:       Request(task),
		Cancel:        CancelRequest(task),
		Grace:         cmp.Or(spec.MisfireGracePeriod, defaults.MisfireGracePeriod).Duration,
		Executor:      executor,
		MaxConcurrent: capacity,
		InProcess:     spec.Action.Pod == nil,
		Timeout:       taskspec.Duration(cmp.Or(spec.Timeout, defaults.Timeout), 0),
		StartTimeout:  cmp.Or(spec.StartTimeout, defaults.StartTimeout).Duration,
		StopGrace:     stopGrace(&spec.Action),
		Missing:       cmp.Or(env.Oversized.ProblemOf(task), missing(task, sched, env.Handlers), noExecutor),
	}
	act, invalid := payloadOf(task, env)
	t.Payload, t.InvalidAction = act, invalid
	t.Account = act.ServiceAccount
	t.Missing = cmp.Or(t.Missing, env.ServiceAccounts.problem(task))
	t.ActionHash = actionHash(&spec.Action, act.ServiceAccount)
	t.KeepSucceeded, t.KeepFailed = taskspec.History(spec.History, defaults.History)
	// The zone may be the Scheduler's to say. Once it has said, it is in effect.
	inEffect := task.Status.Effective != nil && task.Status.Effective.TimeZone != ""
	t.ZoneUnresolved = sched == nil && task.Spec.Trigger.TimeZone == "" && !inEffect
	if sched != nil {
		t.SchedulerPaused = sched.Spec.Paused
		t.StartupDelay = taskspec.Duration(sched.Spec.StartupDelay, 0)
		t.SchedulerDeleted = status.TimeOf(sched.DeletionTimestamp)
		t.ShutdownTimeout = drain(sched.Spec.Shutdown)
	}
	t.Trigger, t.Warning, t.Invalid = compile(task, sched)
	for _, warning := range taskspec.ActionWarnings(&spec.Action) {
		t.Warning = joinWarnings(t.Warning, warning)
	}
	applyLimits(&t, task, sched, env.Frequency)
	t.Missing = cmp.Or(t.Missing, env.Population.Problem(task))
	applyVerdict(&t, task, env.Checks)
	return t
}

// drain is how long calls may go on when the manager ends.
func drain(shutdown *v1alpha1.Shutdown) *time.Duration {
	switch {
	case shutdown == nil:
		return new(v1alpha1.DefaultShutdownTimeout)
	case !ptr.Deref(shutdown.Wait, true):
		return new(time.Duration(0))
	default:
		return new(taskspec.Duration(shutdown.Timeout, v1alpha1.DefaultShutdownTimeout))
	}
}

// maxRequest is how many characters a request may have; a longer one is cut, so
// that it is a request all the same.
const maxRequest = 64

// Request is what a run is asked for with (R8), empty when none is.
func Request(task *v1alpha1.Task) string { return request(task, v1alpha1.AnnotationRunRequestedAt) }

// CancelRequest is what runs are cancelled with (R13), empty when none are.
func CancelRequest(task *v1alpha1.Task) string {
	return request(task, v1alpha1.AnnotationCancelRequestedAt)
}

func request(task *v1alpha1.Task, annotation string) string {
	asked := []rune(task.Annotations[annotation])
	return string(asked[:min(len(asked), maxRequest)])
}

// compile compiles the trigger in the zone of the Scheduler. The note is what may surprise about it, in one line. A trigger that can never fire is invalid.
func compile(task *v1alpha1.Task, sched *v1alpha1.Scheduler) (compiled *trigger.Trigger, note string, invalid *model.Problem) {
	compiled, err := taskspec.Compile(task, sched)
	if badZone := (*taskspec.ZoneError)(nil); errors.As(err, &badZone) {
		return nil, "", &model.Problem{Reason: v1alpha1.ReasonInvalidTimeZone, Message: err.Error()}
	} else if err != nil {
		return nil, "", &model.Problem{Reason: v1alpha1.ReasonInvalidTrigger, Message: err.Error()}
	}
	warnings := compiled.Warnings()
	lines := make([]string, 0, len(warnings))
	for _, w := range warnings {
		line := strings.TrimSuffix("spec.trigger."+w.Field, ".") + ": " + w.Text
		if w.Contradiction {
			return nil, "", &model.Problem{Reason: v1alpha1.ReasonInvalidTrigger, Message: line}
		}
		lines = append(lines, line)
	}
	return compiled, strings.Join(lines, "; "), nil
}

// missing says what the Task refers to and what does not exist (E1).
func missing(task *v1alpha1.Task, sched *v1alpha1.Scheduler, handlers Handlers) *model.Problem {
	act := &task.Spec.Action
	switch {
	case sched == nil && task.SchedulerName() == v1alpha1.DefaultSchedulerName && RecordedRefusal(task) != nil:
		return RecordedRefusal(task) // until it is created, or refused for another reason
	case sched == nil:
		return &model.Problem{Reason: v1alpha1.ReasonSchedulerNotFound, Message: fmt.Sprintf(
			"spec.schedulerName: there is no Scheduler %q in namespace %q: create it, or correct the name in a new Task.", task.SchedulerName(), task.Namespace)}
	case act.Handler != nil && !handlers.Exists(act.Handler.Name, task.Namespace):
		return &model.Problem{Reason: v1alpha1.ReasonUnknownHandler, Message: fmt.Sprintf(
			"spec.action.handler.name: there is no handler %q for namespace %q: write one of %q.", act.Handler.Name, task.Namespace, handlers.Names(task.Namespace))}
	default:
		return nil
	}
}

// payloadOf is what the executors need of the action.
func payloadOf(task *v1alpha1.Task, env Options) (*payload.Action, *model.Problem) {
	act := &payload.Action{Scheduler: task.SchedulerName(), ServiceAccount: env.ServiceAccounts.of(task)}
	switch spec := &task.Spec.Action; {
	case spec.Pod != nil:
		act.Pod = &spec.Pod.Template
	case spec.HTTP != nil:
		call, err := httpCall(spec.HTTP)
		if err != nil {
			return act, &model.Problem{Reason: v1alpha1.ReasonInvalidAction, Message: "spec.action.http.expectedStatus: " + err.Error()}
		}
		act.HTTP = call
		if i := slices.IndexFunc(call.Headers, func(h payload.Header) bool { return h.Secret != nil }); i >= 0 && !env.SecretHeaders && act.ServiceAccount == "" {
			return act, &model.Problem{Reason: v1alpha1.ReasonInvalidAction, Message: fmt.Sprintf(
				"spec.action.http.headers[%d].valueFrom: the manager may not read Secrets: write value, or spec.serviceAccountName with a ServiceAccount that may, or have the manager started with --http-secret-headers and the permission to read them.", i)}
		}
	case spec.Handler != nil:
		act.Handler = &payload.Handler{Name: spec.Handler.Name, Args: spec.Handler.Args}
	}
	return act, nil
}

func httpCall(spec *v1alpha1.HTTPAction) (*payload.HTTP, error) {
	expected, err := payload.ParseStatuses(cmp.Or(spec.ExpectedStatus, v1alpha1.DefaultExpectedStatus))
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller names the field
	}
	call := &payload.HTTP{Method: string(spec.Method), URL: spec.URL, Body: spec.Body, Expected: expected, Audience: spec.Auth.ServiceAccountToken.Audience}
	for _, h := range spec.Headers {
		header := payload.Header{Name: h.Name, Value: ptr.Deref(h.Value, "")}
		if ref := h.ValueFrom.SecretKeyRef; ref.Name != "" {
			header.Secret = &payload.SecretKey{Name: ref.Name, Key: ref.Key}
			header.Value = h.ValueFrom.Prefix
		}
		call.Headers = append(call.Headers, header)
	}
	return call, nil
}

// stopGrace is how long a Pod may take to end when it is asked to.
func stopGrace(act *v1alpha1.Action) time.Duration {
	if act.Pod == nil {
		return 0
	}
	seconds := ptr.Deref(act.Pod.Template.Spec.TerminationGracePeriodSeconds, int64(corev1.DefaultTerminationGracePeriodSeconds))
	return time.Duration(seconds) * time.Second
}
