package rig

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// Witness watches Pods and notes by its own clock when each was seen first, for all candidates alike.
type Witness struct {
	mu       sync.Mutex
	created  map[string]time.Time
	finished map[string]bool
}

// Watch starts a witness, which watches until ctx ends.
func (c *Cluster) Watch(ctx context.Context) (*Witness, error) {
	pods := c.Typed.CoreV1().Pods(Namespace)
	list, err := pods.List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing Pods: %w", err)
	}
	watcher, err := watchtools.NewRetryWatcherWithContext(ctx, list.ResourceVersion, &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return pods.Watch(ctx, options)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("watching Pods: %w", err)
	}
	w := &Witness{created: map[string]time.Time{}, finished: map[string]bool{}}
	go func() {
		for event := range watcher.ResultChan() {
			if pod, ok := event.Object.(*corev1.Pod); ok {
				w.note(event.Type, pod, time.Now())
			}
		}
	}()
	return w, nil
}

// note takes in what was seen of a Pod.
func (w *Witness) note(kind watch.EventType, pod *corev1.Pod, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.created[pod.Name]; !known {
		w.created[pod.Name] = now
	}
	if kind == watch.Deleted || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		w.finished[pod.Name] = true
	}
}

// Created returns when each Pod was seen first.
func (w *Witness) Created() []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Values(w.created))
}

// AwaitCreated waits until n Pods have been seen.
func (w *Witness) AwaitCreated(ctx context.Context, n int, limit time.Duration) error {
	return w.await(ctx, n, limit, "Pods to be created", func() int { return len(w.created) })
}

// AwaitFinished waits until n Pods have finished.
func (w *Witness) AwaitFinished(ctx context.Context, n int, limit time.Duration) error {
	return w.await(ctx, n, limit, "Pods to finish", func() int { return len(w.finished) })
}

func (w *Witness) await(ctx context.Context, n int, limit time.Duration, what string, count func() int) error {
	return Await(ctx, limit, what, func(context.Context) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if got := count(); got < n {
			return fmt.Errorf("%d of %d", got, n)
		}
		return nil
	})
}
