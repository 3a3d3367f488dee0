package kube

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// WatchTasks hands over the Tasks of a namespace, or with "" of all, that a label selector admits, and
// then each change of one, until ctx ends or the watch is lost. A watch that ends is begun again.
func (c *Client) WatchTasks(ctx context.Context, namespace, selector string, listed func([]v1alpha1.Task) error, changed func(task *v1alpha1.Task, deleted bool) error) error {
	all, version, err := c.tasksAt(ctx, namespace, selector)
	if err != nil {
		return err
	}
	if err := listed(all); err != nil {
		return err
	}
	source := cache.ToWatcherWithContext(&cache.ListWatch{WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
		options.LabelSelector, options.Watch = selector, true
		return c.rest.Get().NamespaceIfScoped(namespace, namespace != "").Resource(tasks).VersionedParams(&options, metav1.ParameterCodec).Watch(ctx)
	}})
	watcher, err := watchtools.NewRetryWatcherWithContext(ctx, version, source)
	if err != nil {
		return fmt.Errorf("watching the Tasks: %w", err)
	}
	defer watcher.Stop()
	for event := range watcher.ResultChan() {
		task, ok := event.Object.(*v1alpha1.Task)
		switch {
		case event.Type == watch.Error:
			return apierrors.FromObject(event.Object) //nolint:wrapcheck // for Explain
		case !ok || event.Type == watch.Bookmark:
			continue
		}
		task.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Task"))
		if err := changed(task, event.Type == watch.Deleted); err != nil {
			return err
		}
	}
	return ctx.Err() //nolint:wrapcheck // the user has ended it
}
