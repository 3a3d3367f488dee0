package explain

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
)

// maxPods is how many Pods are looked at for one answer.
const maxPods = 5

// podKnowledge is what there is to know of the Pod of a run.
type podKnowledge struct {
	pod     *corev1.Pod // nil if it does not exist, or could not be read
	warning *kube.Event // the newest one about it, nil if there is none
	// unread is why the Events about it could not be read, nil if they could.
	unread error
}

// readPods reads what there is to know of the Pods of the unfinished runs, and of the
// newest one that has ended.
func readPods(ctx context.Context, c *kube.Client, task *v1alpha1.Task) map[string]podKnowledge {
	pods := map[string]podKnowledge{}
	read := func(name string) {
		if _, known := pods[name]; known || name == "" || len(pods) >= maxPods {
			return
		}
		var k podKnowledge
		k.pod, _ = c.Pod(ctx, task.Namespace, name) // without it there is less to say
		k.warning, k.unread = c.PodWarning(ctx, task.Namespace, name)
		pods[name] = k
	}
	for i := range task.Status.Active {
		read(task.Status.Active[i].PodName)
	}
	if len(task.Status.RecentRuns) > 0 {
		read(task.Status.RecentRuns[0].PodName)
	}
	return pods
}

// warning says what the kubelet or the scheduler warned of last about a run's Pod. Much
// of what keeps a Pod from starting is said in its Events alone.
func (k *knowledge) warning(a *Answer, pod string) {
	switch known, ok := k.pods[pod]; {
	case !ok:
	case apierrors.IsForbidden(known.unread):
		a.say("Its Events may say more. You are not allowed to read them: that takes the verb list for events in events.k8s.io.")
	case known.unread != nil:
		a.say("Its Events may say more. They could not be read: %s", known.unread)
	case known.warning != nil:
		a.say("The newest warning about it, of %s: %s: %s", k.at(known.warning.Time), known.warning.Reason, known.warning.Note)
	}
}

// deletion says that a Pod ought to have been gone, and how to let go of it.
func (k *knowledge) deletion(a *Answer, name string) {
	pod := k.pods[name].pod
	if pod == nil || pod.DeletionTimestamp == nil || !k.now.After(pod.DeletionTimestamp.Time) {
		return
	}
	a.say("It ought to have been gone since %s, and counts until it is. If its node %q is lost for good and nothing of it runs any more, "+
		"kubectl delete pod %s --namespace %s --grace-period=0 --force lets the run go; the runbook \"A Pod that does not go away\" says what that risks.",
		k.at(pod.DeletionTimestamp.Truncate(time.Second)), pod.Spec.NodeName, name, k.task.Namespace)
}
