package dryrun

// queue orders the checks that are due: namespaces take turns, and each has at most one
// check in flight, so that one with a slow admission webhook does not hold up the others.
type queue struct {
	due  map[string][]string // the UIDs of Tasks, by namespace
	turn []string            // the namespaces that may be next, in their order
	busy map[string]bool     // the namespaces that have a check in flight
}

func newQueue() queue {
	return queue{due: map[string][]string{}, busy: map[string]bool{}}
}

// push adds a Task, which must not be due already.
func (q *queue) push(namespace, uid string) {
	q.due[namespace] = append(q.due[namespace], uid)
	if len(q.due[namespace]) == 1 && !q.busy[namespace] {
		q.turn = append(q.turn, namespace)
	}
}

// pop removes and returns the next Task, and marks its namespace as busy.
func (q *queue) pop() (namespace, uid string, ok bool) {
	if len(q.turn) == 0 {
		return "", "", false
	}
	namespace, q.turn = q.turn[0], q.turn[1:]
	uid = q.due[namespace][0]
	if q.due[namespace] = q.due[namespace][1:]; len(q.due[namespace]) == 0 {
		delete(q.due, namespace)
	}
	q.busy[namespace] = true
	return namespace, uid, true
}

// release gives a namespace its next turn.
func (q *queue) release(namespace string) {
	if !q.busy[namespace] {
		return
	}
	delete(q.busy, namespace)
	if len(q.due[namespace]) > 0 {
		q.turn = append(q.turn, namespace)
	}
}
