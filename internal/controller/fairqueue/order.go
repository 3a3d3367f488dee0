package fairqueue

import (
	"cmp"
	"slices"
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/carillon-dev/carillon/internal/scheduler/indexedheap"
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
			o.namespaces[request.Namespace].Set(it)
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
		all = newRequests()
		o.namespaces[request.Namespace] = all
		o.ring = append(o.ring, request.Namespace)
	}
	all.Set(it)
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
	it := all.Pop()
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
	position int    // in requests
}

// requests are those of a namespace, the next one first.
type requests = indexedheap.Heap[*item]

func newRequests() *requests {
	compare := func(a, b *item) int {
		return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.number, b.number))
	}
	return indexedheap.New(compare, func(it *item) *int { return &it.position })
}
