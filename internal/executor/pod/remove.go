package pod

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/internal/scheduler"
)

// adopt reports what the attempt's Pod is doing, or that it is not there.
func (f *flight) adopt() {
	f.persist(func() error {
		pod, err := f.get()
		switch {
		case apierrors.IsNotFound(err):
			f.tell(scheduler.Observation{Phase: scheduler.Vanished})
		case err != nil:
			return err
		case !f.ours(pod):
			f.tell(scheduler.Observation{Phase: scheduler.Vanished})
		default:
			f.show(pod)
		}
		return nil
	})
}

// remove deletes the attempt's Pod.
func (f *flight) remove() {
	f.persist(func() error {
		pod, err := f.get()
		switch {
		case apierrors.IsNotFound(err):
			f.tell(scheduler.Observation{Phase: scheduler.Vanished})
			return nil
		case err != nil:
			return err
		case !f.ours(pod):
			f.tell(scheduler.Observation{Phase: scheduler.Vanished})
			return nil
		case finished(pod):
			f.show(pod)
			return nil
		case pod.DeletionTimestamp != nil:
			return nil
		}
		return f.delete(f.ctx, pod)
	})
}

// show reports what can be seen of a Pod.
func (f *flight) show(pod *corev1.Pod) {
	if obs, ok := Observe(pod); ok {
		f.tell(obs)
	}
}

// persist repeats a step until it brings no error.
func (f *flight) persist(step func() error) {
	pace := newPace()
	for f.acquire() {
		err := step()
		f.release()
		if err == nil || f.ended() {
			return
		}
		f.cfg.Log.Info("a request about a Pod did not succeed; trying again",
			"namespace", f.task.Namespace, "pod", f.run.Name, "error", err.Error())
		if !f.sleep(pace.next(err)) {
			return
		}
	}
}

// delete deletes this very Pod and no other of its name.
func (e *Executor) delete(ctx context.Context, pod *corev1.Pod) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return e.cfg.Client.Delete(ctx, pod, client.Preconditions{UID: &pod.UID})
}
