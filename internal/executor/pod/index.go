package pod

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// taskIndex finds the Pods of a Task by its UID. A list by the label looks at every Pod of the
// namespace, for each run that ends.
const taskIndex = "taskUID"

// IndexByTask makes a cache of Pods one for Config.Cache.
func IndexByTask(ctx context.Context, indexer client.FieldIndexer) error {
	if err := indexer.IndexField(ctx, &corev1.Pod{}, taskIndex, taskUID); err != nil {
		return fmt.Errorf("indexing pods by task: %w", err)
	}
	return nil
}

// taskUID is the UID of the Task whose run a Pod says that it carries out.
func taskUID(pod client.Object) []string {
	if uid := pod.GetLabels()[v1alpha1.LabelTaskUID]; uid != "" {
		return []string{uid}
	}
	return nil
}
