package next

import (
	"context"
	"encoding/json"
	"fmt"
)

// fromCluster reads Tasks and their Schedulers from the cluster. They are looked at as if
// they had been written in a file.
func (o *options) fromCluster(ctx context.Context, names []string) ([]manifest, error) {
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
	var all []manifest
	for i := range tasks {
		m, err := manifestFrom(kindTask, tasks[i].Namespace, tasks[i].Name, &tasks[i])
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	for key, sched := range schedulers {
		m, err := manifestFrom(kindScheduler, key[0], key[1], sched)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

func manifestFrom(kind, namespace, name string, object any) (manifest, error) {
	data, err := json.Marshal(object)
	if err != nil {
		return manifest{}, fmt.Errorf("reading %s %s/%s: %w", kind, namespace, name, err)
	}
	return manifest{kind: kind, namespace: namespace, name: name, data: data}, nil
}
