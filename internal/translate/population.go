package translate

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// Population keeps namespaces from having more Tasks than their limits. The oldest Tasks are
// within the limit; one that is deleted makes room for the oldest of the others.
type Population struct {
	mu         sync.Mutex
	fallback   int
	own        map[string]int
	namespaces map[string]*population
	changed    map[types.NamespacedName]struct{}
	wake       chan struct{}
}

// population are the Tasks of a namespace, the oldest first, and when each was created.
type population struct {
	byAge   []resident
	created map[string]int64
}

// resident is a Task, with the Unix time of its creation.
type resident struct {
	created int64
	name    string
}

func compareAges(a, b resident) int {
	return cmp.Or(cmp.Compare(a.created, b.created), cmp.Compare(a.name, b.name))
}

// NewPopulation returns a Population with a limit for namespaces that have none of their own; 0:
// no limit.
func NewPopulation(limit int) *Population {
	return &Population{
		fallback: limit, own: map[string]int{}, namespaces: map[string]*population{},
		changed: map[types.NamespacedName]struct{}{}, wake: make(chan struct{}, 1),
	}
}

// SetLimit gives a namespace a limit of its own; 0: none.
func (p *Population) SetLimit(namespace string, limit int) {
	p.limit(namespace, func() { p.own[namespace] = limit })
}

// ResetLimit takes its own limit from a namespace.
func (p *Population) ResetLimit(namespace string) {
	p.limit(namespace, func() { delete(p.own, namespace) })
}

func (p *Population) limit(namespace string, set func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.limitOf(namespace)
	set()
	if all := p.namespaces[namespace]; all != nil {
		from, to := all.bound(before), all.bound(p.limitOf(namespace))
		p.note(namespace, all.byAge[min(from, to):max(from, to)])
	}
}

// Add counts a Task.
func (p *Population) Add(task *v1alpha1.Task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.namespaces[task.Namespace]
	if all == nil {
		all = &population{created: map[string]int64{}}
		p.namespaces[task.Namespace] = all
	}
	is := resident{task.CreationTimestamp.Unix(), task.Name}
	if created, known := all.created[task.Name]; known && created == is.created {
		return
	}
	p.remove(task.Namespace, task.Name)
	all.created[is.name] = is.created
	i, _ := slices.BinarySearchFunc(all.byAge, is, compareAges)
	all.byAge = slices.Insert(all.byAge, i, is)
	if limit := p.limitOf(task.Namespace); i < limit && len(all.byAge) > limit {
		p.note(task.Namespace, all.byAge[limit:limit+1]) // it makes room
	}
}

// Forget makes room for another Task.
func (p *Population) Forget(key model.Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remove(key.Namespace, key.Name)
	if all := p.namespaces[key.Namespace]; all != nil && len(all.byAge) == 0 {
		delete(p.namespaces, key.Namespace)
	}
}

func (p *Population) remove(namespace, name string) {
	all := p.namespaces[namespace]
	if all == nil {
		return
	}
	created, known := all.created[name]
	if !known {
		return
	}
	delete(all.created, name)
	i, _ := slices.BinarySearchFunc(all.byAge, resident{created, name}, compareAges)
	all.byAge = slices.Delete(all.byAge, i, i+1)
	if limit := p.limitOf(namespace); i < limit && len(all.byAge) >= limit {
		p.note(namespace, all.byAge[limit-1:limit]) // it has room
	}
}

// bound is how many of the Tasks are within a limit.
func (all *population) bound(limit int) int {
	if limit == 0 {
		return len(all.byAge)
	}
	return min(limit, len(all.byAge))
}

// note has Run hand over Tasks.
func (p *Population) note(namespace string, tasks []resident) {
	for _, task := range tasks {
		p.changed[types.NamespacedName{Namespace: namespace, Name: task.name}] = struct{}{}
	}
	if len(tasks) > 0 {
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
}

// Problem returns what keeps a Task from being scheduled; nil: nothing. A nil Population has no
// limit.
func (p *Population) Problem(task *v1alpha1.Task) *model.Problem {
	if p == nil {
		return nil
	}
	p.Add(task)
	p.mu.Lock()
	defer p.mu.Unlock()
	limit, all := p.limitOf(task.Namespace), p.namespaces[task.Namespace]
	rank, _ := slices.BinarySearchFunc(all.byAge, resident{task.CreationTimestamp.Unix(), task.Name}, compareAges)
	if limit == 0 || rank < limit {
		return nil
	}
	return limitExceeded("The namespace has more Tasks than its limit of %d, and only the oldest are scheduled: delete others, or ask an administrator for a higher limit (label %s of the namespace).",
		limit, v1alpha1.LabelLimitTasks)
}

// Run hands over the Tasks that have come within their limit, or no longer are, until ctx ends.
func (p *Population) Run(ctx context.Context, changed func(context.Context, model.Key)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		}
		p.mu.Lock()
		tasks := p.changed
		p.changed = map[types.NamespacedName]struct{}{}
		p.mu.Unlock()
		for task := range tasks {
			changed(ctx, model.Key{Namespace: task.Namespace, Name: task.Name})
		}
	}
}

func (p *Population) limitOf(namespace string) int {
	if own, ok := p.own[namespace]; ok {
		return own
	}
	return p.fallback
}
