package kube

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// pageSize is how many objects are asked for at a time: as many as a page of some megabytes has. Each
// page waits for its turn at an API server that is busy.
const pageSize = 2500

// The names of the kinds in paths.
const (
	tasks      = "tasks"
	schedulers = "schedulers"
)

// Scheme knows the kinds of Carillon.
var Scheme = func() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	metav1.AddToGroupVersion(scheme, v1alpha1.GroupVersion)
	return scheme
}()

// Client reads Tasks and Schedulers and patches them. Errors are those of the API
// server as they are; Explain makes more of them.
type Client struct {
	// Kubernetes is for everything else.
	Kubernetes kubernetes.Interface

	rest rest.Interface
}

// newClient returns a client for a cluster.
func newClient(config *rest.Config) (*Client, error) {
	typed, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	ours := rest.CopyConfig(config)
	ours.GroupVersion, ours.APIPath = &v1alpha1.GroupVersion, "/apis"
	ours.NegotiatedSerializer = serializer.NewCodecFactory(Scheme).WithoutConversion()
	client, err := rest.RESTClientFor(ours)
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	return &Client{Kubernetes: typed, rest: client}, nil
}

// Task reads a Task.
func (c *Client) Task(ctx context.Context, namespace, name string) (*v1alpha1.Task, error) {
	task := &v1alpha1.Task{}
	err := c.rest.Get().Namespace(namespace).Resource(tasks).Name(name).Do(ctx).Into(task)
	task.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Task"))
	return task, err //nolint:wrapcheck // for Explain
}

// Scheduler reads a Scheduler.
func (c *Client) Scheduler(ctx context.Context, namespace, name string) (*v1alpha1.Scheduler, error) {
	sched := &v1alpha1.Scheduler{}
	err := c.rest.Get().Namespace(namespace).Resource(schedulers).Name(name).Do(ctx).Into(sched)
	sched.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Scheduler"))
	return sched, err //nolint:wrapcheck // for Explain
}

// Tasks reads the Tasks of a namespace, or with "" of all, that a label selector admits.
func (c *Client) Tasks(ctx context.Context, namespace, selector string) ([]v1alpha1.Task, error) {
	all, _, err := c.tasksAt(ctx, namespace, selector)
	return all, err
}

// tasksAt is Tasks, with the version of the list.
func (c *Client) tasksAt(ctx context.Context, namespace, selector string) (all []v1alpha1.Task, version string, err error) {
	for options := (metav1.ListOptions{LabelSelector: selector, Limit: pageSize}); ; {
		page := &v1alpha1.TaskList{}
		if err := c.list(ctx, tasks, namespace, options, page); err != nil {
			return nil, "", err
		}
		all, version = append(all, page.Items...), page.ResourceVersion
		if options.Continue = page.Continue; options.Continue == "" {
			break
		}
	}
	for i := range all {
		all[i].SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Task"))
	}
	return all, version, nil
}

// Schedulers reads the Schedulers of a namespace, or with "" of all.
func (c *Client) Schedulers(ctx context.Context, namespace string) ([]v1alpha1.Scheduler, error) {
	var all []v1alpha1.Scheduler
	for options := (metav1.ListOptions{Limit: pageSize}); ; {
		page := &v1alpha1.SchedulerList{}
		if err := c.list(ctx, schedulers, namespace, options, page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if options.Continue = page.Continue; options.Continue == "" {
			break
		}
	}
	for i := range all {
		all[i].SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Scheduler"))
	}
	return all, nil
}

func (c *Client) list(ctx context.Context, resource, namespace string, options metav1.ListOptions, into runtime.Object) error {
	return c.rest.Get().NamespaceIfScoped(namespace, namespace != "").Resource(resource). //nolint:wrapcheck // for Explain
												VersionedParams(&options, metav1.ParameterCodec).Do(ctx).Into(into)
}

// Patch merges a patch into an object and returns what came of it. With dryRun the API
// server answers as if it had been, and changes nothing.
func (c *Client) Patch(ctx context.Context, ref Ref, patch []byte, dryRun bool, into runtime.Object) error {
	options := metav1.PatchOptions{FieldManager: FieldManager}
	if dryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	return c.rest.Patch(types.MergePatchType).Namespace(ref.Namespace).Resource(ref.resource()).Name(ref.Name). //nolint:wrapcheck // for Explain
															VersionedParams(&options, metav1.ParameterCodec).Body(patch).Do(ctx).Into(into)
}
