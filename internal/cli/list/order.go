package list

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// byName is the order of Tasks without a flag.
const byName = "name"

// orders are the values of --sort-by.
var orders = map[string]func(a, b v1alpha1.Task) int{
	byName: compareNames,
	"state": func(a, b v1alpha1.Task) int {
		return cmp.Or(strings.Compare(string(a.Status.State), string(b.Status.State)), compareNames(a, b))
	},
	// What runs first comes first, and what does not run last.
	"next": func(a, b v1alpha1.Task) int {
		return cmp.Or(compareTimes(a.Status.NextRunTime, b.Status.NextRunTime), compareNames(a, b))
	},
	// What ran last comes first, and what never ran last.
	"last": func(a, b v1alpha1.Task) int {
		if a.Status.LastRunTime != nil && b.Status.LastRunTime != nil {
			return cmp.Or(compareTimes(b.Status.LastRunTime, a.Status.LastRunTime), compareNames(a, b))
		}
		return cmp.Or(compareTimes(a.Status.LastRunTime, b.Status.LastRunTime), compareNames(a, b))
	},
}

func orderNames() []string { return slices.Sorted(maps.Keys(orders)) }

func compareNames(a, b v1alpha1.Task) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
}

// compareTimes puts a time that is not there behind all others.
func compareTimes(a, b *metav1.Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	default:
		return a.Compare(b.Time)
	}
}
