package runpod

import (
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// KindTask is the kind of a Pod's owner.
const KindTask = "Task"

// Identity is which attempt of which run a Pod carries out.
type Identity struct {
	// Key is the Task, Scheduler the name of the Scheduler that serves it.
	Key       model.Key
	Scheduler string
	// Run is the run, RunID its identity in text.
	Run   model.RunRef
	RunID string
	// Attempt counts from 1.
	Attempt int
	// Nonce is the random text that was saved when the attempt was decided.
	Nonce string
}

// IdentityOf reads a Pod's identity. It reports false for a Pod that is not
// ours: one that no Task controls, or whose labels, annotations and name do not
// belong together, so that nobody takes a copied or edited Pod for a run.
func IdentityOf(pod *corev1.Pod) (Identity, bool) {
	owner := metav1.GetControllerOf(pod)
	if owner == nil || owner.Kind != KindTask || owner.APIVersion != v1alpha1.GroupVersion.String() {
		return Identity{}, false
	}
	slot, errSlot := time.Parse(time.RFC3339, pod.Annotations[v1alpha1.AnnotationScheduledTime])
	attempt, errAttempt := strconv.Atoi(pod.Annotations[v1alpha1.AnnotationAttempt])
	number, errNumber := requestNumber(pod)
	if errSlot != nil || errAttempt != nil || errNumber != nil {
		return Identity{}, false
	}
	id := Identity{
		Key:       model.Key{Namespace: pod.Namespace, Name: owner.Name, UID: string(owner.UID)},
		Scheduler: pod.Labels[v1alpha1.LabelScheduler],
		Run: model.RunRef{
			Source: model.Source(pod.Annotations[v1alpha1.AnnotationSource]), Slot: slot.Unix(),
			Request: pod.Annotations[v1alpha1.AnnotationRequest], RequestNumber: number,
		},
		RunID:   pod.Labels[v1alpha1.LabelRunID],
		Attempt: attempt,
		Nonce:   pod.Annotations[v1alpha1.AnnotationNonce],
	}
	consistent := id.Key.UID == pod.Labels[v1alpha1.LabelTaskUID] &&
		id.RunID == model.RunID(id.Key.UID, id.Run) &&
		pod.Name == model.AttemptName(id.Key, id.Run, id.Attempt, id.Nonce)
	return id, consistent
}

// requestNumber is which request a Pod's run answers. Zero: it is not a manual one, or an
// older manager made it, see [model.RunID].
func requestNumber(pod *corev1.Pod) (int64, error) {
	text, ok := pod.Annotations[v1alpha1.AnnotationRequestNumber]
	if !ok {
		return 0, nil
	}
	return strconv.ParseInt(text, 10, 64) //nolint:wrapcheck // that there is one is all that matters
}

// Matches reports whether a Pod carries out this attempt of the Task's run.
func Matches(pod *corev1.Pod, task model.Task, run model.Run) bool {
	id, ok := IdentityOf(pod)
	return ok && id.Key == task.Key && id.Run == run.Ref() && id.Attempt == run.Attempt && id.Nonce == run.Nonce &&
		(run.UID == "" || string(pod.UID) == run.UID)
}
