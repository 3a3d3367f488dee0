package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

// How many requests a command may send, as kubectl has it.
const (
	queriesPerSecond = 50
	burst            = 300
)

// Factory is what all commands are made with: where they read and print, a clock, and
// the flags by which kubectl finds a cluster.
type Factory struct {
	// IOStreams are for people: what a terminal would obey is escaped in their output.
	genericiooptions.IOStreams

	// Raw is the output for programs, such as JSON, and for logs. It is written as it is.
	Raw io.Writer

	// Flags are --kubeconfig, --context, --namespace and the others of kubectl.
	Flags *genericclioptions.ConfigFlags
	// Now is the clock.
	Now func() time.Time
}

// NewFactory returns a factory.
func NewFactory(streams genericiooptions.IOStreams, now func() time.Time) *Factory {
	raw := streams.Out
	streams.Out, streams.ErrOut = text.Escape(streams.Out), text.Escape(streams.ErrOut)
	return &Factory{
		IOStreams: streams,
		Raw:       raw,
		Flags:     genericclioptions.NewConfigFlags(true).WithWarningPrinter(streams),
		Now:       now,
	}
}

// Client returns a client for the cluster that the flags and the kubeconfig name.
func (f *Factory) Client() (*Client, error) {
	config, err := f.Config()
	if err != nil {
		return nil, err
	}
	return newClient(config)
}

// Config says how to reach the cluster that the flags and the kubeconfig name.
func (f *Factory) Config() (*rest.Config, error) {
	config, err := f.Flags.ToRESTConfig()
	if err != nil {
		return nil, fmt.Errorf("finding the cluster: %w", err)
	}
	// A command sends few requests, and nobody is to wait for a limit of its own.
	config.QPS, config.Burst = queriesPerSecond, burst
	return config, nil
}

// Namespace is that of --namespace, or else of the context.
func (f *Factory) Namespace() (string, error) {
	namespace, _, err := f.Flags.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return "", fmt.Errorf("finding the namespace: %w", err)
	}
	return namespace, nil
}

// Scope is which Tasks a command is about, by its flags.
type Scope struct {
	AllNamespaces bool
	Selector      string
}

// AddFlags adds --all-namespaces and --selector.
func (s *Scope) AddFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&s.AllNamespaces, "all-namespaces", "A", false, "The Tasks of all namespaces.")
	cmd.Flags().StringVarP(&s.Selector, "selector", "l", "", "The Tasks with these labels, such as team=reports.")
}

// Tasks reads the Tasks that are named, or else those of the scope.
func (f *Factory) Tasks(ctx context.Context, c *Client, scope Scope, names []string) ([]v1alpha1.Task, error) {
	namespace, err := f.Namespace()
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		if scope.AllNamespaces {
			namespace = ""
		}
		return c.Tasks(ctx, namespace, scope.Selector)
	}
	if scope.AllNamespaces || scope.Selector != "" {
		return nil, errors.New("Tasks are named, and chosen by -A or -l as well: leave one of the two out")
	}
	found := make([]v1alpha1.Task, 0, len(names))
	for _, text := range names {
		name, err := ParseTask(text)
		if err != nil {
			return nil, err
		}
		task, err := c.Task(ctx, namespace, name)
		if err != nil {
			return nil, err
		}
		found = append(found, *task)
	}
	return found, nil
}

// SchedulersOf reads the Schedulers that the Tasks name and that exist, by namespace
// and name.
func (c *Client) SchedulersOf(ctx context.Context, of []v1alpha1.Task) (Schedulers, error) {
	found := Schedulers{}
	namespaces := map[string]bool{}
	for i := range of {
		namespaces[of[i].Namespace] = true
	}
	namespace := ""
	if len(namespaces) == 1 {
		namespace = of[0].Namespace
	}
	if len(namespaces) == 0 {
		return found, nil
	}
	all, err := c.Schedulers(ctx, namespace)
	if err != nil {
		return nil, err
	}
	for i := range all {
		found[[2]string{all[i].Namespace, all[i].Name}] = &all[i]
	}
	return found, nil
}

// Schedulers are Schedulers by namespace and name.
type Schedulers map[[2]string]*v1alpha1.Scheduler

// Of returns the Scheduler that serves a Task, or nil if it does not exist.
func (s Schedulers) Of(task *v1alpha1.Task) *v1alpha1.Scheduler {
	return s[[2]string{task.Namespace, task.SchedulerName()}]
}

// Task reads the Task that is named, in the namespace of the flags.
func (f *Factory) Task(ctx context.Context, c *Client, name string) (*v1alpha1.Task, error) {
	found, err := f.Tasks(ctx, c, Scope{}, []string{name})
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}

// SchedulerOf reads the Scheduler that a Task names. It is nil if that does not exist.
func (c *Client) SchedulerOf(ctx context.Context, task *v1alpha1.Task) (*v1alpha1.Scheduler, error) {
	sched, err := c.Scheduler(ctx, task.Namespace, task.SchedulerName())
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // as said
	}
	return sched, err
}

// OneTask is for commands about one Task.
func OneTask(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 1:
		return nil
	case 0:
		return fmt.Errorf("write %s; kubectl carillon list shows the Tasks that there are", cmd.UseLine())
	default:
		return fmt.Errorf("write %s: one Task, not %d", cmd.UseLine(), len(args))
	}
}
