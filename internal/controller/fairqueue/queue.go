// Package fairqueue makes work queues for controllers that take turns between namespaces.
package fairqueue

import (
	"time"

	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// A controller has so many workers, of which the requests of one namespace occupy at most
// perNamespace at once: a webhook may delay all writes in a namespace.
const (
	workers      = 4
	perNamespace = workers - 1
)

// Options returns the options of a controller that takes turns between namespaces.
func Options() controller.Options {
	return controller.Options{MaxConcurrentReconciles: workers, NewQueue: newQueue}
}

type limiter = workqueue.TypedRateLimiter[reconcile.Request]

// queue is a work queue of client-go, with requests in another order. Duplicates, delays, rate
// limits and metrics are those of client-go. Like the priority queue of controller-runtime it
// keeps the priority of a request, and hands out nothing any more once it has been shut down.
type queue struct {
	workqueue.TypedRateLimitingInterface[reconcile.Request]
	limiter limiter
	order   *order
}

var _ priorityqueue.PriorityQueue[reconcile.Request] = (*queue)(nil)

// newQueue returns a queue in which the requests of one namespace wait for at most one of each
// other namespace. Within a namespace those of a higher priority go first.
func newQueue(name string, limiter limiter) workqueue.TypedRateLimitingInterface[reconcile.Request] {
	o := newOrder()
	return &queue{
		limiter: limiter, order: o,
		TypedRateLimitingInterface: workqueue.NewTypedRateLimitingQueueWithConfig(limiter, workqueue.TypedRateLimitingQueueConfig[reconcile.Request]{
			Name: name,
			DelayingQueue: workqueue.NewTypedDelayingQueueWithConfig(workqueue.TypedDelayingQueueConfig[reconcile.Request]{
				Name:  name,
				Queue: workqueue.NewTypedWithConfig(workqueue.TypedQueueConfig[reconcile.Request]{Name: name, Queue: o}),
			}),
		}),
	}
}

// AddWithOpts implements priorityqueue.PriorityQueue.
func (q *queue) AddWithOpts(opts priorityqueue.AddOpts, requests ...reconcile.Request) {
	for _, request := range requests {
		q.order.raise(request, ptr.Deref(opts.Priority, 0))
		after := opts.After
		if opts.RateLimited {
			if limited := q.limiter.When(request); after == 0 || limited < after {
				after = limited
			}
		}
		q.TypedRateLimitingInterface.AddAfter(request, after)
	}
}

// Add implements workqueue.TypedInterface.
func (q *queue) Add(request reconcile.Request) { q.AddWithOpts(priorityqueue.AddOpts{}, request) }

// AddAfter implements workqueue.TypedDelayingInterface.
func (q *queue) AddAfter(request reconcile.Request, after time.Duration) {
	q.AddWithOpts(priorityqueue.AddOpts{After: after}, request)
}

// AddRateLimited implements workqueue.TypedRateLimitingInterface.
func (q *queue) AddRateLimited(request reconcile.Request) {
	q.AddWithOpts(priorityqueue.AddOpts{RateLimited: true}, request)
}

// GetWithPriority implements priorityqueue.PriorityQueue.
func (q *queue) GetWithPriority() (request reconcile.Request, priority int, shutdown bool) {
	request, shutdown = q.TypedRateLimitingInterface.Get()
	if shutdown || q.ShuttingDown() { // client-go's would hand out what is left
		return reconcile.Request{}, 0, true
	}
	return request, q.order.priorityOf(request), false
}

// Done implements workqueue.TypedInterface. The worker that calls it asks for the next request,
// so that one which has waited for the end of this one is handed out.
func (q *queue) Done(request reconcile.Request) {
	q.order.done(request)
	q.TypedRateLimitingInterface.Done(request)
}

// Get implements workqueue.TypedInterface.
func (q *queue) Get() (request reconcile.Request, shutdown bool) {
	request, _, shutdown = q.GetWithPriority()
	return request, shutdown
}
