package translate

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/excerpt"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
	"github.com/carillon-dev/carillon/internal/store/status"
	"github.com/carillon-dev/carillon/internal/taskspec"
)

// Snapshot is a Task as the core takes it. A Task whose translation panics is Stalled (E2).
func Snapshot(task *v1alpha1.Task, sched *v1alpha1.Scheduler, env Options) model.Snapshot {
	snap := model.Snapshot{Record: status.Decode(task), Version: model.Version(task.ResourceVersion)}
	panicked := env.Recover.Do(recovery.OperationTranslate, status.KeyOf(task), func() { snap.Task = Translate(task, sched, env) })
	if panicked != nil {
		snap.Task = untranslated(task, snap.Record, env, panicked)
	}
	return snap
}

// Source makes Snapshots of Tasks that were read, with the Schedulers that a reader finds.
type Source struct {
	Reader client.Reader
	Env    Options
}

// Snapshot finds the Scheduler of a Task and returns the Task as the core takes it.
func (s Source) Snapshot(ctx context.Context, task *v1alpha1.Task) (model.Snapshot, error) {
	sched, err := FindScheduler(ctx, s.Reader, task)
	if err != nil {
		return model.Snapshot{}, err
	}
	return Snapshot(task, sched, s.Env), nil
}

// untranslated stands for a Task that cannot be translated. It starts nothing, and its slots
// wait. What already runs keeps its recorded settings.
func untranslated(task *v1alpha1.Task, rec model.Record, env Options, cause error) model.Task {
	settings, inProcess := rec.Settings, task.Spec.Action.Pod == nil
	if settings == (model.EffectiveSettings{}) { // a new Task
		defaults := taskspec.Defaults(nil)
		settings = model.EffectiveSettings{
			Coalesce: *defaults.Coalesce, MaxInstances: int(*defaults.MaxInstances), OverlapPolicy: model.OverlapPolicy(defaults.OverlapPolicy),
			Grace: defaults.MisfireGracePeriod.Duration, Executor: defaultExecutor(&task.Spec.Action),
		}
		settings.KeepSucceeded, settings.KeepFailed = taskspec.History(nil, nil)
	}
	t := model.Task{
		Key: status.KeyOf(task), Generation: task.Generation, Created: task.CreationTimestamp.Time,
		// A request to run waits until the fault is mended.
		Cancel:   CancelRequest(task),
		Coalesce: settings.Coalesce, CatchUpLimit: settings.CatchUpLimit, MaxInstances: settings.MaxInstances, OverlapPolicy: settings.OverlapPolicy,
		Retry: settings.Retry, Grace: settings.Grace, Executor: settings.Executor, Account: settings.Account, InProcess: inProcess,
		Timeout: settings.Timeout, StartTimeout: settings.StartTimeout, StopGrace: stopGrace(&task.Spec.Action),
		KeepSucceeded: settings.KeepSucceeded, KeepFailed: settings.KeepFailed,
		Missing: &model.Problem{Reason: v1alpha1.ReasonInternalError, Message: fmt.Sprintf(
			"The manager has a fault that this Task brings to light: %v. Its log has the details: report them. "+
				"Slots wait until the Task is edited, or the manager is replaced by a version without the fault.", excerpt.Of(fmt.Sprint(cause), 300))},
	}
	act := &payload.Action{Scheduler: task.SchedulerName(), ServiceAccount: env.ServiceAccounts.of(task)}
	if !inProcess { // an attempt that is being created goes on
		act.Pod = &task.Spec.Action.Pod.Template
	}
	t.Payload = act
	return t
}
