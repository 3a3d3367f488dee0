package fairqueue

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func request(namespace, name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}
}

// queueOf returns a queue without metrics that retries after 1 s, 2 s, 4 s…
func queueOf(t *testing.T) *queue {
	t.Helper()
	q := newQueue("", workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](time.Second, time.Hour)).(*queue)
	t.Cleanup(q.ShutDown)
	return q
}

// handOut returns the next requests, in the words of their names, until none is ready.
func (q *queue) handOut() (names []string) {
	for q.Len() > 0 {
		r, _ := q.Get()
		names = append(names, r.String())
		q.Done(r)
	}
	return names
}

func low(q *queue, requests ...reconcile.Request) {
	q.AddWithOpts(priorityqueue.AddOpts{Priority: new(handler.LowPriority)}, requests...)
}

// E2: ten thousand updates in one namespace delay the one of another by a single reconcile.
func TestQueue_TakesTurnsBetweenNamespaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := queueOf(t)
		for i := range 10_000 {
			q.Add(request("a", fmt.Sprint("task-", i)))
		}
		first, _ := q.Get()
		q.Add(request("b", "single"))
		q.Done(first)
		if got := q.handOut(); slices.Index(got, "b/single") > 1 || len(got) != 10_000 {
			t.Errorf("the request of b was handed out as number %d of %d", slices.Index(got, "b/single"), len(got))
		}
	})
}

// E2: reconciles of one namespace that hang do not occupy every worker. Those that have waited for
// them are handed out when they end.
func TestQueue_LeavesAWorkerToOtherNamespaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := queueOf(t)
		hang, done := make(chan struct{}), make(chan string, 20)
		for range workers {
			go func() {
				for {
					r, shutdown := q.Get()
					if shutdown {
						return
					}
					if r.Namespace == "a" {
						<-hang
					}
					done <- r.String()
					q.Done(r)
				}
			}()
		}
		for i := range 10 {
			q.Add(request("a", fmt.Sprint("task-", i)))
		}
		synctest.Wait()
		for range 2 {
			q.Add(request("b", "single"))
			synctest.Wait()
		}
		if len(done) != 2 {
			t.Errorf("%d requests were processed, want the two of b", len(done))
		}
		close(hang)
		synctest.Wait()
		if len(done) != 12 {
			t.Errorf("%d requests were processed in the end, want all 12", len(done))
		}
	})
}

func TestQueue_KeepsPriorities(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := queueOf(t)
		low(q, request("a", "one"), request("a", "two"), request("a", "three"))
		q.Add(request("a", "changed"))
		q.Add(request("a", "three")) // it waits with a low priority already
		low(q, request("a", "changed"))
		if got, want := q.handOut(), []string{"a/changed", "a/three", "a/one", "a/two"}; !slices.Equal(got, want) {
			t.Errorf("handed out %v, want %v", got, want)
		}
	})
}

// A controller adds what it has to do again with the priority that it was handed out with.
func TestQueue_ReturnsThePriority(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, one := queueOf(t), request("a", "one")
		low(q, one)
		for _, want := range []int{handler.LowPriority, 0, 0} {
			got, priority, _ := q.GetWithPriority()
			if got != one || priority != want {
				t.Errorf("handed out %v with priority %d, want %d", got, priority, want)
			}
			q.Add(one) // while it is processed
			low(q, one)
			q.Done(one)
		}
	})
}

func TestQueue_HandsOutARequestOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, one := queueOf(t), request("a", "one")
		for range 3 {
			q.Add(one)
		}
		if _, shutdown := q.Get(); shutdown || q.Len() != 0 {
			t.Errorf("%d requests are left, want none", q.Len())
		}
		for range 3 {
			q.Add(one)
		}
		if q.Len() != 0 {
			t.Error("a request was handed out while it was processed")
		}
		q.Done(one)
		if got := q.handOut(); len(got) != 1 {
			t.Errorf("handed out %v, want it once again", got)
		}
	})
}

func TestQueue_Delays(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		opts priorityqueue.AddOpts
		want time.Duration // for the second time
	}{
		"at once":                                {want: 0},
		"after a time":                           {opts: priorityqueue.AddOpts{After: time.Minute}, want: time.Minute},
		"limited":                                {opts: priorityqueue.AddOpts{RateLimited: true}, want: 2 * time.Second},
		"the shorter of both, when it is limit":  {opts: priorityqueue.AddOpts{RateLimited: true, After: time.Minute}, want: 2 * time.Second},
		"the shorter of both, when it is a time": {opts: priorityqueue.AddOpts{RateLimited: true, After: time.Millisecond}, want: time.Millisecond},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q, one := queueOf(t), request("a", "one")
				for i := range 2 {
					time.Sleep(time.Hour)
					tc.opts.Priority = new(handler.LowPriority)
					begun := time.Now()
					q.AddWithOpts(tc.opts, one)
					_, priority, _ := q.GetWithPriority()
					q.Done(one)
					if i == 1 && time.Since(begun) != tc.want || priority != handler.LowPriority {
						t.Errorf("handed out after %s with priority %d, want %s and %d", time.Since(begun), priority, tc.want, handler.LowPriority)
					}
				}
			})
		})
	}
}

// What is left is not worked off when the controller ends: another manager may be the leader.
func TestQueue_HandsOutNothingAfterItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := queueOf(t)
		q.Add(request("a", "one"))
		q.ShutDown()
		if _, shutdown := q.Get(); !shutdown {
			t.Error("a request was handed out")
		}
	})
}

// Whatever is added, each request is handed out once, and one of a namespace waits for at most
// one of each other namespace.
func TestOrder_NobodyStarves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o, queued := newOrder(), map[reconcile.Request]bool{}
		passed := map[string]map[string]int{} // how often another was served while one waits
		draw := func(t *rapid.T) (reconcile.Request, int) {
			namespace := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "namespace")
			return request(namespace, rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "name")), rapid.IntRange(-1, 1).Draw(t, "priority")
		}
		pop := func(t *rapid.T) {
			highest := map[string]int{}
			for r := range queued {
				if p, ok := highest[r.Namespace]; !ok || o.items[r].priority > p {
					highest[r.Namespace] = o.items[r].priority
				}
			}
			r := o.Pop()
			o.done(r)
			if priority := o.priorityOf(r); !queued[r] || priority != highest[r.Namespace] {
				t.Fatalf("%v was handed out, queued: %t, priority %d of at most %d", r, queued[r], priority, highest[r.Namespace])
			}
			delete(queued, r)
			delete(passed, r.Namespace)
			for waiting, counts := range passed {
				if counts[r.Namespace]++; counts[r.Namespace] > 1 {
					t.Fatalf("%s was served twice while %s was waiting", r.Namespace, waiting)
				}
			}
			for other := range queued {
				if other.Namespace == r.Namespace {
					passed[r.Namespace] = map[string]int{}
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				r, priority := draw(t)
				o.raise(r, priority)
				if !queued[r] {
					o.Push(r)
				}
				if queued[r] = true; passed[r.Namespace] == nil {
					passed[r.Namespace] = map[string]int{}
				}
			},
			"pop": func(t *rapid.T) {
				if len(queued) > 0 {
					pop(t)
				}
			},
			"": func(t *rapid.T) {
				if o.Len() != len(queued) {
					t.Fatalf("%d requests, want %d", o.Len(), len(queued))
				}
			},
		})
		for len(queued) > 0 {
			pop(t)
		}
		if len(o.ring) > 0 || len(o.namespaces) > 0 || len(o.coming) > 0 || len(o.popped) > 0 || len(o.busy) > 0 {
			t.Fatalf("%v, %v, %v, %v, %v are left, want nothing", o.ring, o.namespaces, o.coming, o.popped, o.busy)
		}
	})
}
