package kube

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

// completionPatience is how long a shell waits for names.
const completionPatience = 3 * time.Second

// Completion completes an argument in a shell.
type Completion = func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective)

// CompleteTasks completes names of Tasks. At most is how many arguments there may be;
// 0 is any number.
func (f *Factory) CompleteTasks(atMost int) Completion {
	return f.complete(atMost, (*Client).taskNames)
}

// CompleteRefs completes names of Tasks, and of Schedulers after scheduler/. At most is how many
// arguments there may be; 0 is any number.
func (f *Factory) CompleteRefs(atMost int) Completion {
	return f.complete(atMost, func(c *Client, ctx context.Context, namespace string) ([]string, error) {
		names, err := c.taskNames(ctx, namespace)
		if err != nil {
			return nil, err
		}
		found, err := c.Schedulers(ctx, namespace)
		for i := range found {
			names = append(names, "scheduler/"+found[i].Name)
		}
		return names, err
	})
}

func (f *Factory) complete(atMost int, names func(*Client, context.Context, string) ([]string, error)) Completion {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if atMost > 0 && len(args) >= atMost {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completionPatience)
		defer cancel()
		namespace, err := f.Namespace()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		c, err := f.Client()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		all, err := names(c, ctx, namespace)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return slices.DeleteFunc(all, func(name string) bool { return slices.Contains(args, name) }), cobra.ShellCompDirectiveNoFileComp
	}
}

// CompleteNamespaces completes names of namespaces.
func (f *Factory) CompleteNamespaces() Completion {
	return f.complete(0, func(c *Client, ctx context.Context, _ string) ([]string, error) {
		return c.namespaceNames(ctx)
	})
}
