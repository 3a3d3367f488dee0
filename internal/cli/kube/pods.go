package kube

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// RunPod is a Pod of a run.
type RunPod struct {
	corev1.Pod

	// Slot is the run's, zero if the Pod does not say.
	Slot time.Time
	// Attempt is the number of the attempt, from 1.
	Attempt int
}

// RunPods reads the Pods of a Task's runs, the newest first.
func (c *Client) RunPods(ctx context.Context, task *v1alpha1.Task) ([]RunPod, error) {
	pods, err := c.Kubernetes.CoreV1().Pods(task.Namespace).List(ctx, metav1.ListOptions{LabelSelector: v1alpha1.LabelTaskUID + "=" + string(task.UID)})
	if err != nil {
		return nil, err //nolint:wrapcheck // for Explain
	}
	found := make([]RunPod, 0, len(pods.Items))
	for i := range pods.Items {
		annotations := pods.Items[i].Annotations
		slot, _ := time.Parse(time.RFC3339, annotations[v1alpha1.AnnotationScheduledTime]) // zero, as said
		attempt, _ := strconv.Atoi(annotations[v1alpha1.AnnotationAttempt])
		found = append(found, RunPod{Pod: pods.Items[i], Slot: slot, Attempt: attempt})
	}
	slices.SortFunc(found, func(a, b RunPod) int {
		return cmp.Or(b.CreationTimestamp.Compare(a.CreationTimestamp.Time), b.Slot.Compare(a.Slot), cmp.Compare(b.Attempt, a.Attempt))
	})
	return found, nil
}

// Pod reads a Pod, nil if it does not exist.
func (c *Client) Pod(ctx context.Context, namespace, name string) (*corev1.Pod, error) {
	pod, err := c.Kubernetes.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // as said
	}
	return pod, err //nolint:wrapcheck // for Explain
}

// Logs copies the log of a Pod.
func (c *Client) Logs(ctx context.Context, namespace, pod string, options *corev1.PodLogOptions, out io.Writer) error {
	stream, err := c.Kubernetes.CoreV1().Pods(namespace).GetLogs(pod, options).Stream(ctx)
	if err != nil {
		return err //nolint:wrapcheck // for Explain
	}
	defer func() { _ = stream.Close() }()
	_, err = io.Copy(out, stream)
	return err //nolint:wrapcheck // writing to the terminal
}

// defaultContainer names the container of a Pod that is meant where none is named.
const defaultContainer = "kubectl.kubernetes.io/default-container"

// Container is the one whose log is meant: the named one, or that of the annotation of
// kubectl, or the first.
func Container(pod *corev1.Pod, named string) string {
	return cmp.Or(named, pod.Annotations[defaultContainer], pod.Spec.Containers[0].Name)
}
