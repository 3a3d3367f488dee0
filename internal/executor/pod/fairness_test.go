package pod_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// webhook answers creates in one namespace as an API server with a slow admission webhook does.
type webhook struct {
	client.Client
	namespace string
	answer    func(context.Context) error
}

// Create implements client.Client.
func (w webhook) Create(ctx context.Context, obj client.Object, opts ...client.CreateOption) error {
	if obj.GetNamespace() == w.namespace {
		if err := w.answer(ctx); err != nil {
			return err
		}
	}
	return w.Client.Create(ctx, obj, opts...)
}

// in moves the Task of the tests to another namespace.
func in(namespace, name string) func(*model.Task) {
	return func(task *model.Task) {
		task.Namespace, task.Name, task.UID = namespace, name, "uid-"+namespace+"-"+name
	}
}

// start starts a run of a Task that falls due now.
func start(t *testing.T, e model.Executor, task model.Task) {
	t.Helper()
	run := runAt(time.Now())
	run.Name = model.AttemptName(task.Key, run.Ref(), run.Attempt, run.Nonce)
	e.Start(t.Context(), task, run)
}

// C5: creates of one namespace that wait for a webhook do not delay those of another.
func TestE2_SlowWebhookDoesNotDelayAnotherNamespace(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(context.Context) error{
		"creates that take a second": func(ctx context.Context) error {
			select {
			case <-time.After(time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		"creates that are never answered": func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.Client = webhook{s.Client, "slow", answer}
				e := s.executor(t, 50)
				for i := range 200 {
					start(t, e, taskOf(in("slow", fmt.Sprint("task-", i))))
				}
				for range 4 {
					time.Sleep(time.Second)
					begun := time.Now()
					start(t, e, taskOf(in("other", "single")))
					synctest.Wait()
					if at := s.begunIn("other"); len(at) == 0 || at[len(at)-1].Before(begun) {
						t.Errorf("Pods of the other namespace were created at %v, want one at %v", at, begun)
					}
				}
			})
		})
	}
}

// What is deleted and read is bounded together with the creates: it waits for a permit of its
// own namespace alone, too.
func TestE2_SlowWebhookDelaysNoPruneOfAnotherNamespace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		run := runAt(time.Now())
		s := newServer(t, podOf(run, phase(corev1.PodSucceeded)))
		s.Client = webhook{s.Client, "slow", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		e := s.executor(t, 5)
		for i := range 10 {
			start(t, e, taskOf(in("slow", fmt.Sprint("task-", i))))
		}
		synctest.Wait()
		e.Prune(t.Context(), taskOf(func(task *model.Task) { task.KeepSucceeded = 0 }), nil)
		synctest.Wait()
		if got := len(s.deleted()); got != 1 {
			t.Errorf("%d deletes, want one at once", got)
		}
	})
}

// begunIn returns when Pods of a namespace were reported to have been created.
func (s *server) begunIn(namespace string) (at []time.Time) {
	for _, r := range s.take(model.PhaseCreated, false) {
		if r.Key.Namespace == namespace {
			at = append(at, r.At)
		}
	}
	return at
}
