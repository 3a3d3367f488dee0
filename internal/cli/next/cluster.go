package next

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/carillon-dev/carillon/internal/cli/taskfile"
)

// fromCluster reads Tasks and their Schedulers from the cluster. They are looked at as if
// they had been written in a file.
func (o *options) fromCluster(ctx context.Context, names []string) ([]taskfile.Object, error) {
	c, err := o.Client()
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	tasks, err := o.Tasks(ctx, c, o.scope, names)
	if err != nil {
		return nil, err //nolint:wrapcheck // for kube.Explain
	}
	schedulers, err := c.SchedulersOf(ctx, tasks)
	if err != nil {
		return nil, err //nolint:wrapcheck // for kube.Explain
	}
	var all []taskfile.Object
	for i := range tasks {
		m, err := manifestFrom(taskfile.KindTask, tasks[i].Namespace, tasks[i].Name, &tasks[i])
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	for key, sched := range schedulers {
		m, err := manifestFrom(taskfile.KindScheduler, key[0], key[1], sched)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

func manifestFrom(kind, namespace, name string, object any) (taskfile.Object, error) {
	data, err := json.Marshal(object)
	if err != nil {
		return taskfile.Object{}, fmt.Errorf("reading %s %s/%s: %w", kind, namespace, name, err)
	}
	return taskfile.Object{Kind: kind, Namespace: namespace, Name: name, Data: data}, nil
}
