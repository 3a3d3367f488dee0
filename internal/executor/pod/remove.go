package pod

import (
	"context"
	"time"

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

// lookAgain is how long after it was looked for a Pod that is to end is looked for again.
const lookAgain = 5 * time.Second

// remove deletes the attempt's Pod, and looks for it for as long as its end is waited
// for: a watch that was broken off tells nothing of a Pod that came and went meanwhile.
func (f *flight) remove() {
	for {
		gone := false
		if !f.persist(func() (err error) { gone, err = f.expel(); return err }) || gone {
			return
		}
		if !f.cfg.Clock.Now().Add(lookAgain).Before(f.run.NotBefore) || !f.sleep(lookAgain) {
			return
		}
	}
}

// expel deletes the attempt's Pod if that has not been done. It reports true when there
// is nothing more to be seen of it.
func (f *flight) expel() (gone bool, err error) {
	pod, err := f.get()
	switch {
	case apierrors.IsNotFound(err):
		f.tell(scheduler.Observation{Phase: scheduler.Vanished})
		return true, nil
	case err != nil:
		return false, err
	case !f.ours(pod):
		f.tell(scheduler.Observation{Phase: scheduler.Vanished})
		return true, nil
	case finished(pod):
		f.show(pod)
		return true, nil
	case pod.DeletionTimestamp != nil:
		return false, nil
	}
	return false, f.delete(f.ctx, pod)
}

// show reports what can be seen of a Pod.
func (f *flight) show(pod *corev1.Pod) {
	if obs, ok := observeProgress(pod); ok {
		f.tell(obs)
	}
}

// persist repeats a step until it brings no error. It reports false when the flight has
// ended before.
func (f *flight) persist(step func() error) bool {
	pace := newPace()
	for f.acquire() {
		err := step()
		f.release()
		if err == nil || f.ended() {
			return err == nil
		}
		f.cfg.Log.Info("a request about a Pod did not succeed; trying again",
			"namespace", f.task.Namespace, "pod", f.run.Name, "error", err.Error())
		if !f.sleep(pace.next(err)) {
			return false
		}
	}
	return false
}

// delete deletes this very Pod and no other of its name.
func (e *Executor) delete(ctx context.Context, pod *corev1.Pod) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return e.cfg.Client.Delete(ctx, pod, client.Preconditions{UID: &pod.UID})
}
