package task

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

const (
	// maxLargeNamespaces is how many namespaces Load lists on their own.
	maxLargeNamespaces = 8
	// countTimeout is how long the cache may take to say which ones these are.
	countTimeout = time.Second
)

// scope is what one list of Load covers: a namespace, or all namespaces but some.
type scope struct {
	namespace string
	except    []string // only with an empty namespace
}

// options restrict a list to the scope.
func (s scope) options() []client.ListOption {
	options := []client.ListOption{client.InNamespace(s.namespace)}
	if len(s.except) > 0 {
		selectors := make([]fields.Selector, 0, len(s.except))
		for _, namespace := range s.except {
			selectors = append(selectors, fields.OneTermNotEqualSelector("metadata.namespace", namespace))
		}
		options = append(options, client.MatchingFieldsSelector{Selector: fields.AndSelectors(selectors...)})
	}
	return options
}

// scopes are the lists that Load makes. A list is in the order of the namespaces, and takes as long
// as it has pages: a namespace with more than a page of objects is listed on its own, beside the
// rest, so that no other one waits for its pages (E2). How many there are is what the cache says; if
// that is wrong, a list takes longer and holds the same.
func (r *Reconciler) scopes(ctx context.Context) []scope {
	if len(r.Namespaces) > 0 {
		scopes := make([]scope, 0, len(r.Namespaces))
		for _, namespace := range r.Namespaces {
			scopes = append(scopes, scope{namespace: namespace})
		}
		return scopes
	}
	large, err := r.largeNamespaces(ctx)
	if err != nil {
		log.FromContext(ctx).Error(err, "counting the cached objects of namespaces; listing all namespaces together")
	}
	scopes := []scope{{namespace: metav1.NamespaceAll, except: large}}
	for _, namespace := range large {
		scopes = append(scopes, scope{namespace: namespace})
	}
	return scopes
}

// largeNamespaces are those with more Tasks or Schedulers than a page holds, the largest first.
func (r *Reconciler) largeNamespaces(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, countTimeout)
	defer cancel()
	tasks, schedulers := &v1alpha1.TaskList{}, &v1alpha1.SchedulerList{}
	for _, list := range []client.ObjectList{tasks, schedulers} {
		// A write of one namespace that hangs, such as in a webhook, is not waited for.
		err := r.Client.List(ctx, list, client.UnsafeDisableDeepCopy, client.DisableReadYourWritesConsistency)
		if err != nil {
			return nil, err //nolint:wrapcheck // the caller says what was being done
		}
	}
	sizes, numbers := map[string]int{}, map[string]int{}
	for i := range tasks.Items {
		sizes[tasks.Items[i].Namespace]++
	}
	for i := range schedulers.Items {
		namespace := schedulers.Items[i].Namespace
		numbers[namespace]++
		sizes[namespace] = max(sizes[namespace], numbers[namespace])
	}
	maps.DeleteFunc(sizes, func(_ string, size int) bool { return size <= loadPage })
	large := slices.SortedFunc(maps.Keys(sizes), func(a, b string) int {
		return cmp.Or(cmp.Compare(sizes[b], sizes[a]), cmp.Compare(a, b))
	})
	return large[:min(len(large), maxLargeNamespaces)], nil
}
