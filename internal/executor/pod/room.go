package pod

import (
	"cmp"
	"regexp"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/runpod"
)

// quotaDelay is how long a quota may take to notice that a Pod was deleted.
const quotaDelay = 2 * time.Second

// roomAgain is how long an attempt for which room was made waits until it makes room
// again: another Pod may have taken the room, or the quota not have noticed it. The wait
// doubles, so that a quota that never notices costs little history.
const roomAgain = 10 * time.Second

// makeRoom deletes the oldest finished Pods of Carillon in the namespace, as many as
// it takes, when a quota that counts finished Pods refuses the attempt's Pod (R7): those
// of the Task first, then those of others. It deletes only Pods whose outcome is
// recorded, and only if that is enough.
func (c *creator) makeRoom(refusal error) {
	missing, ok := missingPods(refusal)
	now := c.cfg.Clock.Now()
	if !ok || now.Before(c.roomAfter) || c.cfg.Recorded == nil || c.prunedRecently() {
		return
	}
	chosen, err := c.choose(missing)
	defer c.unclaim(chosen)
	if err != nil {
		c.cfg.Log.Info("could not find finished Pods to make room in a quota", "task", c.task.Key.String(), "error", err.Error())
		return
	}
	if len(chosen) < missing {
		return
	}
	c.roomWait = max(roomAgain, 2*c.roomWait)
	c.roomAfter, c.pace = now.Add(c.roomWait), newRetryBackoff()
	for _, pod := range chosen {
		switch err := c.delete(c.ctx, pod, client.Preconditions{UID: &pod.UID}); {
		case err == nil:
			c.cfg.Log.Info("deleted the Pod of a finished run to make room in a quota", "task", c.task.Key.String(), "pod", pod.Name)
		case apierrors.IsNotFound(err), apierrors.IsConflict(err): // somebody else was faster, whose room it is
			c.roomAfter = now
		default:
			c.cfg.Log.Info("could not delete a finished Pod to make room in a quota", "task", c.task.Key.String(), "pod", pod.Name, "error", err.Error())
			return
		}
	}
}

// choose claims the Pods to delete, at most so many.
func (c *creator) choose(missing int) (chosen []*corev1.Pod, err error) {
	finished, err := c.finishedPods()
	if err != nil {
		return nil, err
	}
	if len(finished) < missing {
		return nil, nil
	}
	for _, old := range finished {
		if len(chosen) == missing {
			break
		}
		if !c.claim(old.pod) {
			continue
		}
		chosen = append(chosen, old.pod)
		recorded, err := c.cfg.Recorded(c.ctx, old.id.Key, old.id.Run)
		if err != nil {
			return chosen, err
		}
		if !recorded {
			c.unclaim(chosen[len(chosen)-1:])
			chosen = chosen[:len(chosen)-1]
		}
	}
	return chosen, nil
}

// oldPod is a finished Pod of Carillon.
type oldPod struct {
	pod *corev1.Pod
	id  runpod.Identity
}

// finishedPods lists the finished Pods of the namespace: those of the Task first, and the
// oldest first.
func (c *creator) finishedPods() ([]oldPod, error) {
	var pods corev1.PodList
	err := c.cfg.Cache.List(c.ctx, &pods, client.InNamespace(c.task.Namespace),
		client.HasLabels{v1alpha1.LabelTaskUID}, client.UnsafeDisableDeepCopy) // only read
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what failed
	}
	var old []oldPod
	for i := range pods.Items {
		pod := &pods.Items[i]
		if id, ok := runpod.IdentityOf(pod); ok && runpod.Finished(pod) && pod.DeletionTimestamp == nil {
			old = append(old, oldPod{pod, id})
		}
	}
	other := func(o oldPod) int {
		if o.id.Key == c.task.Key {
			return 0
		}
		return 1
	}
	slices.SortFunc(old, func(a, b oldPod) int {
		return cmp.Or(cmp.Compare(other(a), other(b)), cmp.Compare(a.id.Run.Slot, b.id.Run.Slot),
			cmp.Compare(a.id.Attempt, b.id.Attempt), cmp.Compare(a.pod.Name, b.pod.Name))
	})
	return old, nil
}

// claim reserves a Pod, and reports whether no other attempt has.
func (c *creator) claim(pod *corev1.Pod) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.claimed[pod.UID] {
		return false
	}
	c.claimed[pod.UID] = true
	return true
}

func (c *creator) unclaim(pods []*corev1.Pod) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, pod := range pods {
		delete(c.claimed, pod.UID)
	}
}

// prunedRecently reports whether a Pod of the namespace was pruned so recently that the
// quota may not have noticed.
func (c *creator) prunedRecently() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	pruned, ok := c.pruned[c.task.Namespace]
	if ok && c.cfg.Clock.Since(pruned) >= quotaDelay {
		delete(c.pruned, c.task.Namespace)
		return false
	}
	return ok
}

// exceeded is how the admission plugin ResourceQuota refuses an object. It names the
// resources that are exceeded and no others. The resource "pods" does not count finished
// Pods, count/pods counts every Pod.
var exceeded = regexp.MustCompile(`exceeded quota: \S+, requested: count/pods=(\S+), used: count/pods=(\S+), limited: count/pods=(\S+)$`)

// missingPods returns how many Pods have to go before a quota has room for another one.
// It reports false for any other refusal.
func missingPods(refusal error) (missing int, ok bool) {
	match := exceeded.FindStringSubmatch(refusal.Error())
	if match == nil || !apierrors.IsForbidden(refusal) {
		return 0, false
	}
	var numbers [3]int64 // requested, used, limited
	for i, text := range match[1:] {
		quantity, err := resource.ParseQuantity(text)
		if err != nil {
			return 0, false
		}
		numbers[i] = quantity.Value()
	}
	missing = int(numbers[0] + numbers[1] - numbers[2])
	return missing, missing > 0
}
