package faults_test

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// fate is what becomes of a Pod that runs.
type fate int

const (
	succeeds fate = iota
	fails
	goesOn // until it is asked to stop
)

// node is the scheduler and the kubelet of one namespace: Pods are bound, run, and end
// as their fate says, one step for each thing that is seen.
type node struct {
	ledger *ledger
	fate   func(*corev1.Pod) fate
	// shuns keeps it from Pods that are not to run.
	shuns func(*corev1.Pod) bool
}

// work does the node's work until ctx ends.
func (n *node) work(ctx context.Context) error {
	for place := 0; ; {
		entries, changed := n.ledger.since(place)
		for _, e := range entries {
			pod, ok := e.obj.(*corev1.Pod)
			if !ok || e.kind == watch.Deleted || n.shuns(pod) {
				continue
			}
			err := n.tend(ctx, pod.DeepCopy())
			if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) && ctx.Err() == nil { // overtaken by what comes next
				return fmt.Errorf("tending pod %s: %w", pod.Name, err)
			}
		}
		place += len(entries)
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// tend takes a Pod one step further.
func (n *node) tend(ctx context.Context, pod *corev1.Pod) error {
	switch {
	case pod.DeletionTimestamp != nil:
		return admin.Delete(ctx, pod, client.GracePeriodSeconds(0), client.Preconditions{UID: &pod.UID})
	case pod.Spec.NodeName == "":
		binding := &corev1.Binding{Target: corev1.ObjectReference{Kind: "Node", Name: "node"}}
		return admin.SubResource("binding").Create(ctx, pod, binding)
	case pod.Status.Phase == corev1.PodPending:
		return n.report(ctx, pod, corev1.PodRunning, corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}})
	case pod.Status.Phase != corev1.PodRunning:
		return nil
	}
	switch began := pod.Status.ContainerStatuses[0].State.Running.StartedAt; n.fate(pod) {
	case succeeds:
		return n.report(ctx, pod, corev1.PodSucceeded, terminated(began, 0))
	case fails:
		return n.report(ctx, pod, corev1.PodFailed, terminated(began, 3))
	default:
		return nil
	}
}

func terminated(began metav1.Time, code int32) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, StartedAt: began, FinishedAt: metav1.Now()}}
}

func (n *node) report(ctx context.Context, pod *corev1.Pod, phase corev1.PodPhase, state corev1.ContainerState) error {
	pod.Status.Phase = phase
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", Image: "image", State: state}}
	return admin.Status().Update(ctx, pod)
}

// end has a Pod that runs succeed.
func (n *node) end(ctx context.Context, pod *corev1.Pod) error {
	err := n.report(ctx, pod.DeepCopy(), corev1.PodSucceeded, terminated(pod.Status.ContainerStatuses[0].State.Running.StartedAt, 0))
	if err != nil {
		return fmt.Errorf("ending pod %s: %w", pod.Name, err)
	}
	return nil
}
