package fairqueue

import (
	"container/heap"
	"slices"
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// order is the order of the requests in a work queue: round-robin between namespaces, and within
// one by priority, then as they came. It implements workqueue.Queue.
type order struct {
	mu sync.Mutex
	// ring are the namespaces with requests, the next one first.
	ring       []string
	namespaces map[string]*requests
	items      map[reconcile.Request]*item
	added      uint64
	// coming are the priorities of requests that are delayed, or that are added again while
	// they are processed; popped are those of requests that have just been handed out.
	coming, popped map[reconcile.Request]int
	// busy is how many workers process requests of a namespace.
	busy map[string]int
}

func newOrder() *order {
	return &order{
		namespaces: map[string]*requests{}, items: map[reconcile.Request]*item{},
		coming: map[reconcile.Request]int{}, popped: map[reconcile.Request]int{},
		busy: map[string]int{},
	}
}

// raise gives a request at least that priority. One that was not added has none.
func (o *order) raise(request reconcile.Request, priority int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if it := o.items[request]; it != nil {
		if priority > it.priority {
			it.priority, it.number = priority, o.next()
			heap.Fix(o.namespaces[request.Namespace], it.index)
		}
		return
	}
	if was, ok := o.coming[request]; !ok || priority > was {
		o.coming[request] = priority
	}
}

// priorityOf returns the priority that a request had when it was handed out.
func (o *order) priorityOf(request reconcile.Request) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	priority := o.popped[request]
	delete(o.popped, request)
	return priority
}

// Touch implements workqueue.Queue: the request has been raised already.
func (o *order) Touch(reconcile.Request) {}

// Push implements workqueue.Queue.
func (o *order) Push(request reconcile.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	it := &item{request: request, priority: o.coming[request], number: o.next()}
	delete(o.coming, request)
	o.items[request] = it
	all := o.namespaces[request.Namespace]
	if all == nil {
		all = &requests{}
		o.namespaces[request.Namespace] = all
		o.ring = append(o.ring, request.Namespace)
	}
	heap.Push(all, it)
}

// Len implements workqueue.Queue: it counts the requests that may be handed out.
func (o *order) Len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := len(o.items)
	for namespace, busy := range o.busy {
		if all := o.namespaces[namespace]; busy >= perNamespace && all != nil {
			n -= all.Len()
		}
	}
	return n
}

// Pop implements workqueue.Queue. It is called if Len is not 0.
func (o *order) Pop() reconcile.Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	next := slices.IndexFunc(o.ring, func(namespace string) bool { return o.busy[namespace] < perNamespace })
	namespace := o.ring[next]
	o.ring = slices.Delete(o.ring, next, next+1)
	o.busy[namespace]++
	all := o.namespaces[namespace]
	it := heap.Pop(all).(*item)
	if all.Len() > 0 {
		o.ring = append(o.ring, namespace)
	} else {
		delete(o.namespaces, namespace)
	}
	delete(o.items, it.request)
	o.popped[it.request] = it.priority
	return it.request
}

// done notes that a request has been processed.
func (o *order) done(request reconcile.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy[request.Namespace]--; o.busy[request.Namespace] <= 0 {
		delete(o.busy, request.Namespace)
	}
}

func (o *order) next() uint64 {
	o.added++
	return o.added
}

// item is a request in the queue.
type item struct {
	request  reconcile.Request
	priority int
	number   uint64 // counts the requests as they come
	index    int    // in requests
}

// requests is a heap of the requests of a namespace.
type requests []*item

func (r requests) Len() int { return len(r) }

func (r requests) Less(i, j int) bool {
	if r[i].priority != r[j].priority {
		return r[i].priority > r[j].priority
	}
	return r[i].number < r[j].number
}

func (r requests) Swap(i, j int) {
	r[i], r[j] = r[j], r[i]
	r[i].index, r[j].index = i, j
}

// Push implements heap.Interface.
func (r *requests) Push(x any) {
	it := x.(*item)
	it.index = len(*r)
	*r = append(*r, it)
}

// Pop implements heap.Interface.
func (r *requests) Pop() any {
	last := len(*r) - 1
	it := (*r)[last]
	(*r)[last] = nil
	*r = (*r)[:last]
	return it
}
