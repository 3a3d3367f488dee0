package kubeevents

import "k8s.io/client-go/util/workqueue"

// fairQueue hands out series round-robin by namespace, so that one namespace with
// thousands of failing Tasks does not delay the Events of another (E2). The workqueue
// locks it.
type fairQueue struct {
	byNamespace map[string][]seriesKey
	// order are the namespaces that have series, the next one first.
	order []string
	size  int
}

var _ workqueue.Queue[seriesKey] = (*fairQueue)(nil)

func newFairQueue() *fairQueue { return &fairQueue{byNamespace: map[string][]seriesKey{}} }

// Touch implements workqueue.Queue.
func (*fairQueue) Touch(seriesKey) {}

// Push implements workqueue.Queue.
func (q *fairQueue) Push(key seriesKey) {
	waiting := q.byNamespace[key.namespace]
	if len(waiting) == 0 {
		q.order = append(q.order, key.namespace)
	}
	q.byNamespace[key.namespace] = append(waiting, key)
	q.size++
}

// Len implements workqueue.Queue.
func (q *fairQueue) Len() int { return q.size }

// Pop implements workqueue.Queue.
func (q *fairQueue) Pop() seriesKey {
	namespace := q.order[0]
	q.order = q.order[1:]
	waiting := q.byNamespace[namespace]
	key := waiting[0]
	q.size--
	if waiting = waiting[1:]; len(waiting) > 0 {
		q.byNamespace[namespace] = waiting
		q.order = append(q.order, namespace)
	} else {
		delete(q.byNamespace, namespace)
	}
	return key
}
