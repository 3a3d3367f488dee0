package task

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

const (
	// slowTranslation is when a translation that is under way makes room for another one.
	slowTranslation = 250 * time.Millisecond
	// maxSlowTranslations is how many slow ones of a namespace are under way at once.
	maxSlowTranslations = 4
)

// translation is a Task that is to be translated and handed over.
type translation struct {
	task *v1alpha1.Task
	find findFunc
}

// translations translates Tasks, as many at a time as there are processors. Namespaces take
// turns, and so do the Schedulers of each. A slow translation is not counted, so that those
// of one namespace delay no other, even if they never end.
type translations struct {
	clock clock.WithDelayedExecution
	do    func(translation)

	mu         sync.Mutex
	workers    int // without those at a slow translation
	namespaces []*namespaceQueue
	byName     map[string]*namespaceQueue
	group      sync.WaitGroup
}

// namespaceQueue are the Tasks of a namespace, by Scheduler. Both take turns: the next one is
// the first.
type namespaceQueue struct {
	schedulers []string
	tasks      map[string][]translation
	slow       int
}

func newTranslations(clk clock.WithDelayedExecution, do func(translation)) *translations {
	return &translations{clock: clk, do: do, byName: map[string]*namespaceQueue{}}
}

// maxWorkers is how many translations are under way at once, without slow ones.
func maxWorkers() int { return max(2, runtime.GOMAXPROCS(0)) }

// add queues a Task. It does not block.
func (t *translations) add(item translation) {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := t.byName[item.task.Namespace]
	if q == nil {
		q = &namespaceQueue{tasks: map[string][]translation{}}
		t.byName[item.task.Namespace] = q
		t.namespaces = append(t.namespaces, q)
	}
	name := item.task.SchedulerName()
	if len(q.tasks[name]) == 0 {
		q.schedulers = append(q.schedulers, name)
	}
	q.tasks[name] = append(q.tasks[name], item)
	t.dispatch()
}

// wait waits until all Tasks have been handed over, or ctx ends.
func (t *translations) wait(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		t.group.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// dispatch starts a worker if there is work for one more.
func (t *translations) dispatch() {
	if t.workers >= maxWorkers() || !slices.ContainsFunc(t.namespaces, (*namespaceQueue).isReady) {
		return
	}
	t.workers++
	t.group.Go(t.work)
}

// work translates Tasks until there are none, or another worker has taken over.
func (t *translations) work() {
	for {
		q, item, ok := t.next()
		if !ok || t.translate(q, item) {
			return
		}
	}
}

// translate translates a Task, and reports whether that was slow: the worker is not counted
// any more then.
func (t *translations) translate(q *namespaceQueue, item translation) (slow bool) {
	ended := false
	timer := t.clock.AfterFunc(slowTranslation, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if ended {
			return
		}
		slow = true
		q.slow++
		t.workers--
		t.dispatch()
	})
	t.do(item)
	timer.Stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	if ended = true; slow {
		q.slow--
		t.dispatch()
	}
	return slow
}

// next takes the next Task. If there is none, the worker is not counted any more.
func (t *translations) next() (*namespaceQueue, translation, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.namespaces, (*namespaceQueue).isReady)
	if i < 0 {
		t.workers--
		return nil, translation{}, false
	}
	q := t.namespaces[i]
	t.namespaces = append(slices.Delete(t.namespaces, i, i+1), q)
	t.dispatch()
	return q, q.pop(), true
}

// isReady reports whether a Task of the namespace may be translated now.
func (q *namespaceQueue) isReady() bool {
	return len(q.schedulers) > 0 && q.slow < maxSlowTranslations
}

func (q *namespaceQueue) pop() translation {
	name := q.schedulers[0]
	q.schedulers = q.schedulers[1:]
	item := q.tasks[name][0]
	if q.tasks[name] = q.tasks[name][1:]; len(q.tasks[name]) > 0 {
		q.schedulers = append(q.schedulers, name)
	} else {
		delete(q.tasks, name)
	}
	return item
}
