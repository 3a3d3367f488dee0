package run

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

// lookEvery is how often a Task is read that is waited for.
const lookEvery = 500 * time.Millisecond

// waitForAll waits for the runs one after the other, and says how each has ended. The
// error says how many have not succeeded.
func (o *options) waitForAll(ctx context.Context, c *kube.Client, asked []*request) error {
	failed := 0
	for _, r := range asked {
		run, err := o.waitFor(ctx, c, r)
		if err != nil {
			return err
		}
		fmt.Fprintf(o.ErrOut, "%s: %s\n", r.name, text.Line(ending(run)))
		if run.Outcome != v1alpha1.OutcomeSucceeded {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d runs have not succeeded", failed, len(asked))
	}
	return nil
}

// ending says how a run has ended.
func ending(run *v1alpha1.RecentRun) string {
	said := text.Outcome(run)
	if run.StartTime != nil && run.FinishTime != nil {
		said += ", after " + text.Duration(run.FinishTime.Sub(run.StartTime.Time))
	}
	if message := strings.TrimSpace(run.Message); message != "" {
		said += ": " + message
	}
	return said
}

// waitFor waits until a run has ended, and prints its logs meanwhile if that was asked for.
func (o *options) waitFor(ctx context.Context, c *kube.Client, r *request) (*v1alpha1.RecentRun, error) {
	var ended *v1alpha1.RecentRun
	printed := map[string]bool{}
	err := wait.PollUntilContextCancel(ctx, lookEvery, true, func(ctx context.Context) (bool, error) {
		task, err := c.Task(ctx, r.namespace, r.name)
		if err != nil {
			return false, err //nolint:wrapcheck // for kube.Explain
		}
		ended = r.observe(task)
		if o.logs && r.slot != nil && ended == nil {
			pods, err := c.RunPods(ctx, task)
			if err != nil {
				return false, err //nolint:wrapcheck // for kube.Explain
			}
			r.find(pods)
		}
		if o.logs && r.pod != "" && !printed[r.pod] {
			if printed[r.pod], err = o.printLog(ctx, c, r, ended != nil); err != nil {
				return false, err
			}
		}
		return ended != nil, nil
	})
	if kube.IsTimeout(err) {
		return nil, fmt.Errorf("the run of %s has not ended within %s; it goes on: see kubectl carillon get %s", r.name, o.timeout, r.name)
	}
	return ended, err //nolint:wrapcheck // for kube.Explain
}

// printLog prints the log of an attempt until it ends. It reports false if it has not
// begun yet.
func (o *options) printLog(ctx context.Context, c *kube.Client, r *request, over bool) (bool, error) {
	pod, err := c.Kubernetes.CoreV1().Pods(r.namespace).Get(ctx, r.pod, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return true, nil // There is nothing to be printed any more.
	}
	if err != nil {
		return false, err //nolint:wrapcheck // for kube.Explain
	}
	if pod.Status.Phase == corev1.PodPending && !over {
		return false, nil
	}
	err = c.Logs(ctx, r.namespace, r.pod, &corev1.PodLogOptions{Container: kube.Container(pod, ""), Follow: true}, o.Raw)
	if apierrors.IsBadRequest(err) {
		return over, nil // Its containers have not started, or never did.
	}
	return true, err //nolint:wrapcheck // for kube.Explain
}
