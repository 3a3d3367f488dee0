package pod

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/internal/runpod"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

// adopt reports what the attempt's Pod is doing, or that it is not there.
func (f *operation) adopt() {
	gone := false
	read := func() error {
		pod, seenAt, err := f.getOwn()
		if gone = pod == nil; err == nil && !gone {
			f.reportStatus(pod, seenAt)
		}
		return err
	}
	if f.retry(read) && gone {
		f.reportNotFound()
	}
}

// getOwn reads the attempt's Pod; nil stands for one that is not there.
func (f *operation) getOwn() (pod *corev1.Pod, seenAt time.Time, err error) {
	pod, seenAt, err = f.get()
	if apierrors.IsNotFound(err) || err == nil && !f.isOwn(pod) {
		return nil, seenAt, nil
	}
	return pod, seenAt, err
}

// pollInterval is how long after it was looked for a Pod that is to end is looked for again.
const pollInterval = 5 * time.Second

// remove deletes the attempt's Pod, and looks for it for as long as its end is waited
// for: a watch that was broken off reports nothing of a Pod that came and went meanwhile.
func (f *operation) remove() {
	for {
		var found removal
		step := func() (err error) {
			found, err = f.deletePod()
			return err
		}
		switch {
		case !f.retry(step) || found == reported:
			return
		case found == absent:
			f.reportNotFound()
			return
		case !f.cfg.Clock.Now().Add(pollInterval).Before(f.run.NotBefore) || !f.sleep(pollInterval):
			return
		}
	}
}

// removal is how far the removal of a Pod has come.
type removal int

const (
	deleting removal = iota // its end is still to be seen
	absent                  // it is not there
	reported                // there is nothing more to be seen of it
)

// deletePod deletes the attempt's Pod if that has not been done.
func (f *operation) deletePod() (removal, error) {
	pod, seenAt, err := f.getOwn()
	switch {
	case err != nil:
		return deleting, err
	case pod == nil:
		return absent, nil
	case runpod.Finished(pod), f.stopsOnlyUnstarted() && runs(pod):
		f.reportStatus(pod, seenAt)
		return reported, nil
	case pod.DeletionTimestamp != nil:
		return deleting, nil
	}
	preconditions := client.Preconditions{UID: &pod.UID}
	if f.stopsOnlyUnstarted() { // it must not have started since it was read
		preconditions.ResourceVersion = &pod.ResourceVersion
	}
	return deleting, f.delete(f.ctx, pod, preconditions)
}

// watchDelay is how long a watch may take to show what a live read has found already.
const watchDelay = time.Second

// reportNotFound reports that the Pod is not there any more. The watch may be about to show
// how it ended, which says more: it goes first.
func (f *operation) reportNotFound() {
	if f.sleep(watchDelay) {
		f.report(model.Observation{Phase: model.PhaseNotFound})
	}
}

// stopsOnlyUnstarted reports whether the Pod is to be deleted only if it has not started.
func (f *operation) stopsOnlyUnstarted() bool {
	return f.run.StopReason == model.ReasonStartTimeout || f.run.StopReason == model.ReasonRenewed
}

// runs reports whether a Pod has started and is kept from nothing.
func runs(pod *corev1.Pod) bool {
	obs, ok := runpod.Observe(pod)
	return ok && obs.Phase == model.PhaseRunning && pod.DeletionTimestamp == nil
}

// reportStatus reports what a live read shows of a Pod. What keeps it from starting is left to
// the watch.
func (f *operation) reportStatus(pod *corev1.Pod, seenAt time.Time) {
	obs, ok := runpod.ObserveProgress(pod)
	if !ok || obs.Phase == model.PhaseRunning && pod.DeletionTimestamp != nil {
		obs = model.Observation{Phase: model.PhaseExists, UID: string(pod.UID), Created: pod.CreationTimestamp.Time}
	}
	obs.SeenAt = seenAt
	f.report(obs)
}

// retry repeats a step until it brings no error. It reports false when the operation has
// ended before.
func (f *operation) retry(step func() error) bool {
	pace := newRetryBackoff()
	for f.acquire() {
		err := f.do(step)
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

// do makes a step, where a panic is an error, and releases what was acquired for it.
func (f *operation) do(step func() error) (err error) {
	defer f.release()
	if panicked := f.cfg.Recover.Do(recovery.OperationPod, f.task.Key, func() { err = step() }); panicked != nil {
		return panicked
	}
	return err
}

// delete deletes a Pod as it is, and no other of its name.
func (e *Executor) delete(ctx context.Context, pod *corev1.Pod, preconditions client.Preconditions) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return e.cfg.Client.Delete(ctx, pod, preconditions)
}
