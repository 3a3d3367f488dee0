package task

import (
	"fmt"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/executor/action"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

// Snapshot is a Task as the core takes it. A Task whose translation panics is Stalled (E2).
func Snapshot(task *v1alpha1.Task, sched *v1alpha1.Scheduler, env Env) model.Snapshot {
	snap := model.Snapshot{Record: RecordOf(task), Version: model.Version(task.ResourceVersion)}
	panicked := env.Recover.Do(recovery.OperationTranslate, KeyOf(task), func() { snap.Task = Translate(task, sched, env) })
	if panicked != nil {
		snap.Task = untranslated(task, snap.Record, env, panicked)
	}
	return snap
}

// untranslated stands for a Task that cannot be translated. It starts nothing, and its slots
// wait. What already runs is looked after by the settings on record.
func untranslated(task *v1alpha1.Task, rec model.Record, env Env, cause error) model.Task {
	settings, inProcess := rec.Settings, task.Spec.Action.Pod == nil
	if settings == (model.EffectiveSettings{}) { // a new Task
		defaults := defaultsOf(nil)
		settings = model.EffectiveSettings{
			Coalesce: *defaults.Coalesce, MaxInstances: int(*defaults.MaxInstances), OverlapPolicy: model.OverlapPolicy(defaults.OverlapPolicy),
			Grace: defaults.MisfireGracePeriod.Duration, Executor: defaultExecutor(&task.Spec.Action),
		}
		settings.KeepSucceeded, settings.KeepFailed = history(nil, nil)
	}
	t := model.Task{
		Key: KeyOf(task), Generation: task.Generation, Created: task.CreationTimestamp.Time,
		Coalesce: settings.Coalesce, CatchUpLimit: settings.CatchUpLimit, MaxInstances: settings.MaxInstances, OverlapPolicy: settings.OverlapPolicy,
		Retry: settings.Retry, Grace: settings.Grace, Executor: settings.Executor, Account: settings.Account, InProcess: inProcess,
		Timeout: settings.Timeout, StartTimeout: settings.StartTimeout, StopGrace: stopGrace(&task.Spec.Action),
		KeepSucceeded: settings.KeepSucceeded, KeepFailed: settings.KeepFailed,
		Missing: &model.Problem{Reason: v1alpha1.ReasonInternalError, Message: cutText(fmt.Sprintf(
			"The manager has a fault that this Task brings to light: %v. Its log has the details: report them. "+
				"Slots wait until the Task is edited, or the manager is replaced by a version without the fault.", cause), maxText)},
	}
	act := &action.Action{Scheduler: task.SchedulerName(), ServiceAccount: env.ServiceAccounts.of(task)}
	if !inProcess { // an attempt that is being created goes on
		act.Pod = &task.Spec.Action.Pod.Template
	}
	t.Payload = act
	return t
}
