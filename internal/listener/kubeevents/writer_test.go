package kubeevents

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/carillon-dev/carillon/internal/scheduler/recovery"
)

// world is a Writer and the API server that it writes to, in simulated time, which begins
// at midnight.
type world struct {
	t       *testing.T
	client  *fake.Clientset
	dropped int64

	mu     sync.Mutex
	writes []time.Time
	panics int
	// refuse fails a write before it reaches the API server, if it returns an error.
	refuse func(verb string) error
	stop   func()
	writer *Writer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, client: fake.NewClientset()}
	w.client.PrependReactor("*", "events", func(action clienttesting.Action) (bool, runtime.Object, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if action.GetVerb() == "get" || action.GetVerb() == "list" {
			return false, nil, nil
		}
		w.writes = append(w.writes, time.Now())
		if w.refuse != nil {
			if err := w.refuse(action.GetVerb()); err != nil {
				return true, nil, err
			}
		}
		return false, nil, nil
	})
	w.boot("one")
	return w
}

// boot starts a Writer, as another process.
func (w *world) boot(instance string) {
	w.writer = New(Config{
		Client: w.client.CoreV1(), Component: "carillon-manager", Instance: instance, Log: logr.Discard(),
		Dropped: func(n int64) { w.dropped += n },
		Recover: recovery.Recoverer{Panicked: func(recovery.Operation) { w.panics++ }},
	})
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.writer.Run(ctx)
	}()
	w.stop = func() {
		cancel()
		<-done
	}
}

// written returns how many writes there have been, and forgets them.
func (w *world) written() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.writes)
	w.writes = nil
	return n
}

// events returns the Events of a namespace.
func (w *world) events(namespace string) []corev1.Event {
	w.t.Helper()
	synctest.Wait()
	list, err := w.client.CoreV1().Events(namespace).List(w.t.Context(), metav1.ListOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	return list.Items
}

// only returns the one Event of the namespace "ns".
func (w *world) only() corev1.Event {
	w.t.Helper()
	all := w.events("ns")
	if len(all) != 1 {
		w.t.Fatalf("%d Events, want 1", len(all))
	}
	return all[0]
}

func skipped(namespace, task string, text string) Event {
	now := time.Now().UTC().Truncate(time.Second)
	return Event{
		Object: corev1.ObjectReference{Kind: "Task", Namespace: namespace, Name: task, UID: types.UID(namespace + task)},
		Type:   corev1.EventTypeWarning, Reason: "RunSkipped", Action: "Run", Cause: "MaxInstancesReached",
		Prefix: "Slot " + now.Format(time.RFC3339) + ": ", Text: text,
		Slots: &Slots{First: now, Last: now, Count: 1},
	}
}

func TestA8_TheNewestTextIsShownWithinSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.stop()
		for range 10 {
			w.writer.Report(skipped("ns", "a", "status 500"))
			time.Sleep(time.Minute)
		}
		w.writer.Report(skipped("ns", "a", "status 404"))
		changed := time.Now().UTC()
		time.Sleep(2 * time.Second)
		event := w.only()
		if want := "Slot " + changed.Format(time.RFC3339) + ": status 404"; event.Message != want {
			t.Errorf("the message is %q, want %q", event.Message, want)
		}
		if event.Count != 11 || event.Series == nil || event.Series.Count != 11 || !event.Series.LastObservedTime.Time.Equal(changed) {
			t.Errorf("count %d, series %+v, want 11 at %s", event.Count, event.Series, changed)
		}
	})
}

func TestA8_ATaskThatKeepsFailingMakesFewEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.stop()
		report := func(d time.Duration) {
			for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(5 * time.Second) {
				w.writer.Report(skipped("ns", "a", "1 of 1 instances still running"))
			}
		}
		report(90 * time.Second)
		if event := w.only(); event.Count < 13 {
			t.Errorf("the count is %d after 18 occurrences, want at least 13", event.Count)
		}
		if n := w.written(); n > 15 {
			t.Errorf("%d writes in 90 seconds, want at most 15", n)
		}
		report(time.Hour - 90*time.Second - 5*time.Second)
		if n := w.written(); n > 25 {
			t.Errorf("%d writes in the rest of the first hour, want at most 25", n)
		}
		report(time.Hour)
		if all := w.events("ns"); len(all) != 2 {
			t.Errorf("%d Events after two hours, want one an hour", len(all))
		}
	})
}

func TestTextsThatAlwaysDifferAreNotWrittenEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.stop()
		for i := range 1000 {
			w.writer.Report(skipped("ns", "a", fmt.Sprintf("token %d", i)))
			time.Sleep(2 * time.Second)
		}
		if n := w.written(); n > 60 {
			t.Errorf("%d writes for 1000 texts in 33 minutes, want at most 60", n)
		}
	})
}

func TestOneTaskWithManyReasonsIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.stop()
		for i := range 100 {
			e := skipped("ns", "a", "text")
			e.Cause = fmt.Sprint("Cause", i)
			w.writer.Report(e)
		}
		time.Sleep(time.Minute)
		if n := w.written(); n != urgentBurst {
			t.Errorf("%d writes within a minute, want %d", n, urgentBurst)
		}
	})
}

func TestE2_AnotherNamespaceIsNotDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.stop()
		for i := range 1500 {
			w.writer.Report(skipped("loud", fmt.Sprint("task-", i), "text"))
		}
		time.Sleep(30 * time.Second)
		if n := w.written(); n > 30*writesPerSec+writesBurst+workers {
			t.Errorf("%d writes in 30 seconds, want at most %d a second", n, writesPerSec)
		}
		w.writer.Report(skipped("quiet", "a", "text"))
		time.Sleep(2 * time.Second)
		if all := w.events("quiet"); len(all) != 1 {
			t.Errorf("%d Events of the quiet namespace after 2 seconds, want 1", len(all))
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.stop()
		w.refuse = func(string) error { return errors.New("connection refused") }
		for i := range 3 * maxSeries {
			w.writer.Report(skipped("ns", fmt.Sprint("task-", i), "text"))
		}
		if n := len(w.writer.series); n > maxSeries {
			t.Errorf("%d series, want at most %d", n, maxSeries)
		}
		if w.dropped != 2*maxSeries {
			t.Errorf("%d occurrences were counted as dropped, want %d", w.dropped, 2*maxSeries)
		}
	})
}

func TestWhatIsOverIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.stop()
		w.writer.Report(skipped("ns", "a", "text"))
		time.Sleep(61 * time.Minute)
		synctest.Wait()
		w.writer.mu.Lock()
		defer w.writer.mu.Unlock()
		if len(w.writer.series) != 0 || len(w.writer.objects) != 0 {
			t.Errorf("%d series and %d objects are kept after the hour", len(w.writer.series), len(w.writer.objects))
		}
	})
}

func TestANewLeaderContinuesTheCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		start := time.Now().UTC()
		for range 20 {
			w.writer.Report(skipped("ns", "a", "text"))
			time.Sleep(time.Second)
		}
		w.stop() // what has not been written yet is written now
		w.boot("two")
		defer w.stop()
		w.writer.Report(skipped("ns", "a", "text"))
		time.Sleep(time.Second)
		event := w.only()
		got := map[string]any{
			"count": event.Count, "series": event.Series.Count, "slots": event.Annotations["carillon.dev/slots"],
			"first": event.Annotations["carillon.dev/first-slot"], "last": event.Annotations["carillon.dev/last-slot"],
		}
		want := map[string]any{
			"count": int32(21), "series": int32(21), "slots": "21",
			"first": start.Format(time.RFC3339), "last": start.Add(20 * time.Second).Format(time.RFC3339),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestWritesThatFail(t *testing.T) {
	t.Parallel()
	terminating := &apierrors.StatusError{ErrStatus: metav1.Status{
		Code: 403, Reason: metav1.StatusReasonForbidden,
		Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{Type: corev1.NamespaceTerminatingCause}}},
	}}
	for name, tc := range map[string]struct {
		err   error
		times int // how often the API server fails
		// wantCount is that of the Event at the end, zero for none.
		wantCount   int32
		wantDropped int64
	}{
		"no answer twice":            {errors.New("connection refused"), 2, 3, 0},
		"too many requests":          {apierrors.NewTooManyRequests("later", 1), 3, 3, 0},
		"an internal error":          {apierrors.NewInternalError(errors.New("etcd is away")), 3, 3, 0},
		"never an answer":            {errors.New("connection refused"), 1000, 0, 3},
		"forbidden":                  {apierrors.NewForbidden(corev1.Resource("events"), "a", errors.New("no")), 1000, 0, 3},
		"the namespace terminates":   {terminating, 1000, 0, 0},
		"the namespace is not there": {apierrors.NewNotFound(corev1.Resource("namespaces"), "ns"), 1000, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer w.stop()
				left := tc.times
				w.refuse = func(string) error {
					if left--; left >= 0 {
						return tc.err
					}
					return nil
				}
				for range 3 {
					w.writer.Report(skipped("ns", "a", "text"))
				}
				time.Sleep(10 * time.Minute)
				count := int32(0)
				for _, event := range w.events("ns") {
					count += event.Count
				}
				if count != tc.wantCount || w.dropped != tc.wantDropped {
					t.Errorf("count %d and %d dropped, want %d and %d", count, w.dropped, tc.wantCount, tc.wantDropped)
				}
			})
		})
	}
}

// E2: without containment a panic over the Event of one Task would end the manager.
func TestE2_PanicDelaysTheEventsOfOneTaskAlone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		times int // how often writing the Event of the Task panics
		// wantEvents, wantPanics and wantDropped are what there is at the end.
		wantEvents, wantPanics int
		wantDropped            int64
	}{
		"once":   {times: 1, wantEvents: 2, wantPanics: 1},
		"always": {times: 1000, wantEvents: 1, wantPanics: maxFailures + 1, wantDropped: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer w.stop()
				left := tc.times
				w.client.PrependReactor("create", "events", func(action clienttesting.Action) (bool, runtime.Object, error) {
					event := action.(clienttesting.CreateAction).GetObject().(*corev1.Event)
					if event.InvolvedObject.Name != "bad" {
						return false, nil, nil
					}
					if left--; left >= 0 {
						panic("bad data")
					}
					return false, nil, nil
				})
				w.writer.Report(skipped("ns", "bad", "text"))
				for i := range 2 * workers { // more than could hold all workers
					w.writer.Report(skipped("other", fmt.Sprint("task-", i), "text"))
				}
				time.Sleep(2 * time.Second)
				if all := w.events("other"); len(all) != 2*workers {
					t.Errorf("%d Events of other Tasks after 2 seconds, want %d", len(all), 2*workers)
				}
				w.writer.Report(skipped("ns", "good", "text"))
				time.Sleep(10 * time.Minute)
				if all := w.events("ns"); len(all) != tc.wantEvents || w.panics != tc.wantPanics || w.dropped != tc.wantDropped {
					t.Errorf("%d Events, %d panics and %d dropped, want %d, %d and %d",
						len(all), w.panics, w.dropped, tc.wantEvents, tc.wantPanics, tc.wantDropped)
				}
			})
		})
	}
}

// A create whose answer was lost is not counted twice.
func TestUnknownCreateIsCountedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.stop()
		lost := false
		w.client.PrependReactor("create", "events", func(action clienttesting.Action) (bool, runtime.Object, error) {
			if lost {
				return false, nil, nil
			}
			lost = true
			event := action.(clienttesting.CreateAction).GetObject().(*corev1.Event)
			if err := w.client.Tracker().Add(event); err != nil {
				t.Error(err)
			}
			return true, nil, errors.New("the answer was lost")
		})
		w.writer.Report(skipped("ns", "a", "text"))
		w.writer.Report(skipped("ns", "a", "text"))
		time.Sleep(time.Minute)
		if event := w.only(); event.Count != 2 {
			t.Errorf("the count is %d, want 2", event.Count)
		}
	})
}

func TestAnEventThatHasExpiredIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.stop()
		w.writer.Report(skipped("ns", "a", "text"))
		time.Sleep(time.Second)
		event := w.only()
		if err := w.client.Tracker().Delete(corev1.SchemeGroupVersion.WithResource("events"), "ns", event.Name); err != nil {
			t.Fatal(err)
		}
		w.writer.Report(skipped("ns", "a", "another text"))
		time.Sleep(5 * time.Second)
		if again := w.only(); again.Name != event.Name || again.Count != 2 {
			t.Errorf("%s with a count of %d, want %s with 2", again.Name, again.Count, event.Name)
		}
	})
}
