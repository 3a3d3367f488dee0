package inprocess_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/executor/inprocess"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/scheduler/engine"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var theKey = model.Key{Namespace: "reports", Name: "newsletter", UID: "uid-1"}

// bench is an Executor with one handler, and what it reported.
type bench struct {
	*inprocess.Executor
	mu      sync.Mutex
	reports []model.Observation
	logs    []string
}

// newBench returns an Executor whose Tasks call do.
func newBench(t *testing.T, do handler.Func) *bench {
	t.Helper()
	b := &bench{}
	handlers := handler.NewRegistry()
	if err := handlers.Register("do", do, "reports"); err != nil {
		t.Fatal(err)
	}
	caller := httpcall.New(guard.New(guard.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}), nil)
	t.Cleanup(caller.Close)
	b.Executor = inprocess.New(inprocess.Config{
		Clock: clock.RealClock{}, Handlers: handlers, HTTP: caller,
		Log: funcr.New(func(_, line string) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.logs = append(b.logs, line)
		}, funcr.Options{}),
		Report: func(name string, key model.Key, obs model.Observation) {
			if name != "default" || key != theKey {
				t.Errorf("reported to the Scheduler %q about %v", name, key)
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			b.reports = append(b.reports, obs)
		},
	})
	return b
}

// wantReports waits until nothing moves and compares what was reported since the
// last time.
func (b *bench) wantReports(t *testing.T, want ...model.Observation) {
	t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if diff := cmp.Diff(want, b.reports); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
	b.reports = nil
}

func taskOf(set ...func(*model.Task)) model.Task {
	task := model.Task{Key: theKey, InProcess: true, Payload: &payload.Action{
		Scheduler: "default", Handler: &payload.Handler{Name: "do", Args: map[string]string{"to": "all"}},
	}}
	for _, s := range set {
		s(&task)
	}
	return task
}

func timeout(d time.Duration) func(*model.Task) { return func(t *model.Task) { t.Timeout = d } }

func grace(d time.Duration) func(*model.Task) { return func(t *model.Task) { t.Grace = d } }

func runAt(slot time.Time) model.Run {
	return model.Run{
		Source: model.SourceScheduled, Slot: slot, Due: slot, Attempt: 1, State: model.Starting, Start: slot, Holder: "me",
	}
}

// What an Executor may see of an attempt.
func began(run model.Run, at time.Time) []model.Observation {
	return []model.Observation{
		{Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseCreated, Start: at},
		{Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseRunning, Start: at},
	}
}

func ended(run model.Run, outcome model.Outcome, reason, message string, from, to time.Time) model.Observation {
	return model.Observation{
		Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseFinished,
		Outcome: outcome, Reason: reason, Message: message, Start: from, Finish: to,
	}
}

func succeeded(run model.Run, from, to time.Time) model.Observation {
	return ended(run, model.Succeeded, v1alpha1.ReasonSucceeded, "", from, to)
}

func vanished(run model.Run) model.Observation {
	return model.Observation{Run: run.Ref(), Attempt: run.Attempt, Phase: model.PhaseNotFound}
}

func lasting(d time.Duration) handler.Func {
	return func(context.Context, handler.Run) error { time.Sleep(d); return nil }
}

// untilTold runs until its context ends.
func untilTold(ctx context.Context, _ handler.Run) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

func TestR6_HandlerIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		var got handler.Run
		b := newBench(t, func(_ context.Context, run handler.Run) error { got = run; return nil })
		run := runAt(time.Now())
		run.Due, run.Attempt, run.Coalesced = run.Slot.Add(time.Second), 2, 3
		time.Sleep(4 * time.Second)
		b.Start(ctx, taskOf(), run)
		synctest.Wait()
		want := handler.Run{
			Namespace: "reports", Task: "newsletter", ID: model.RunID("uid-1", run.Ref()), Source: "Scheduled",
			ScheduledTime: run.Slot, DueTime: run.Due, StartTime: time.Now(), Attempt: 2, Coalesced: 3,
			Args: map[string]string{"to": "all"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the handler was told (-want +got):\n%s", diff)
		}
	})
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		do      handler.Func
		task    func(*model.Task)
		took    time.Duration
		outcome model.Outcome
		reason  string
		message string
	}{
		"success": {
			do: lasting(3 * time.Second), took: 3 * time.Second, outcome: model.Succeeded, reason: v1alpha1.ReasonSucceeded,
		},
		"error": {
			do:      func(context.Context, handler.Run) error { return errors.New("no such\nledger") },
			outcome: model.Failed, reason: v1alpha1.ReasonFailed, message: "no such ledger",
		},
		"E2: panic": {
			do:      func(context.Context, handler.Run) error { panic("out of cheese") },
			outcome: model.Failed, reason: v1alpha1.ReasonPanicked, message: "panic: out of cheese",
		},
		"E2: panic with an error": {
			do:      func(_ context.Context, run handler.Run) error { return []error{}[run.Coalesced] },
			outcome: model.Failed, reason: v1alpha1.ReasonPanicked, message: "panic: runtime error: index out of range [0] with length 0",
		},
		"E2: no return": {
			do:      func(context.Context, handler.Run) error { runtime.Goexit(); return nil },
			outcome: model.Failed, reason: v1alpha1.ReasonFailed, message: "the handler ended its goroutine instead of returning",
		},
		"timeout": {
			do: untilTold, task: timeout(time.Minute), took: time.Minute,
			outcome: model.Failed, reason: v1alpha1.ReasonTimeout, message: "It ran longer than its timeout of 1m0s.",
		},
		"failure before the timeout": {
			do:   func(context.Context, handler.Run) error { time.Sleep(59 * time.Second); return errors.New("no") },
			task: timeout(time.Minute), took: 59 * time.Second,
			outcome: model.Failed, reason: v1alpha1.ReasonFailed, message: "no",
		},
		"success in spite of the timeout": {
			do: lasting(2 * time.Minute), task: timeout(time.Minute), took: 2 * time.Minute,
			outcome: model.Succeeded, reason: v1alpha1.ReasonSucceeded,
		},
		"handler gone": {
			task:    func(task *model.Task) { payload.Of(*task).Handler.Name = "gone" },
			outcome: model.Failed, reason: v1alpha1.ReasonFailed, message: `no handler "gone" is registered for the namespace reports`,
		},
		"action changed": {
			task:    func(task *model.Task) { task.Payload = &payload.Action{Scheduler: "default"} },
			outcome: model.Failed, reason: v1alpha1.ReasonFailed, message: "the Task's action is no longer one of the manager",
		},
		"long message": {
			do:      func(context.Context, handler.Run) error { return errors.New(strings.Repeat("x", 5000)) },
			outcome: model.Failed, reason: v1alpha1.ReasonFailed, message: strings.Repeat("x", 797) + "…",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tc.do == nil {
					tc.do = func(context.Context, handler.Run) error { t.Error("the handler was called"); return nil }
				}
				if tc.task == nil {
					tc.task = func(*model.Task) {}
				}
				b, run := newBench(t, tc.do), runAt(time.Now())
				b.Start(ctx, taskOf(tc.task), run)
				time.Sleep(time.Hour)
				want := append(began(run, run.Slot),
					ended(run, tc.outcome, tc.reason, tc.message, run.Slot, run.Slot.Add(tc.took)))
				want[0].Timeout = taskOf(tc.task).Timeout
				b.wantReports(t, want...)

				next := runAt(time.Now()) // whatever happened, the worker is free again
				b.Start(ctx, taskOf(tc.task), next)
				time.Sleep(time.Hour)
				synctest.Wait()
				if n := len(b.reports); n != 3 {
					t.Errorf("the next run was reported %d times, want 3", n)
				}
			})
		})
	}
}

func TestPanicIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		b := newBench(t, func(context.Context, handler.Run) error { panic("out of cheese") })
		b.Start(ctx, taskOf(), runAt(time.Now()))
		synctest.Wait()
		if len(b.logs) != 1 || !strings.Contains(b.logs[0], "out of cheese") || !strings.Contains(b.logs[0], "executor_test.go") {
			t.Errorf("log %q, want the panic and where it was", b.logs)
		}
	})
}

func TestR3_GraceIsJudgedWhenItStarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		b := newBench(t, lasting(time.Second))
		slot := time.Now()
		late, retried := runAt(slot), runAt(slot)
		retried.Attempt = 2 // only a first attempt can be late
		time.Sleep(31 * time.Second)
		b.Start(ctx, taskOf(grace(30*time.Second)), late)
		b.wantReports(t, model.Observation{
			Run: late.Ref(), Attempt: 1, Phase: model.PhaseMisfired, Message: model.GraceMessage(31*time.Second, 30*time.Second),
		})
		b.Start(ctx, taskOf(grace(30*time.Second)), retried)
		time.Sleep(time.Minute)
		then := slot.Add(31 * time.Second)
		b.wantReports(t, append(began(retried, then), succeeded(retried, then, then.Add(time.Second)))...)
	})
}

func TestGraceIsInclusive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		b, run := newBench(t, lasting(0)), runAt(time.Now())
		time.Sleep(30 * time.Second)
		b.Start(ctx, taskOf(grace(30*time.Second)), run)
		b.wantReports(t, append(began(run, time.Now()), succeeded(run, time.Now(), time.Now()))...)
	})
}

func TestStartAgainChangesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		calls := 0
		b := newBench(t, func(context.Context, handler.Run) error { calls++; time.Sleep(time.Minute); return nil })
		slot := time.Now()
		run := runAt(slot)
		for range 3 {
			b.Start(ctx, taskOf(), run)
			synctest.Wait()
		}
		b.wantReports(t, began(run, slot)...)
		time.Sleep(time.Minute)
		b.wantReports(t, succeeded(run, slot, slot.Add(time.Minute)))
		b.Start(ctx, taskOf(), run) // its outcome is on the way to the record
		b.wantReports(t, succeeded(run, slot, slot.Add(time.Minute)))
		if calls != 1 {
			t.Errorf("%d calls, want 1", calls)
		}
	})
}

// R5: another attempt of the same run is another call.
func TestR5_NextAttemptIsCarriedOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		var ids []string
		b := newBench(t, func(_ context.Context, run handler.Run) error { ids = append(ids, run.ID); return nil })
		run := runAt(time.Now())
		b.Start(ctx, taskOf(), run)
		synctest.Wait()
		run.Attempt = 2
		b.Start(ctx, taskOf(), run)
		synctest.Wait()
		if len(ids) != 2 || ids[0] != ids[1] {
			t.Errorf("called for %v, want one identity twice", ids)
		}
	})
}

// What ended long ago is forgotten.
func TestForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		b, run := newBench(t, lasting(0)), runAt(time.Now())
		b.Start(ctx, taskOf(), run)
		b.wantReports(t, append(began(run, run.Slot), succeeded(run, run.Slot, run.Slot))...)
		time.Sleep(2 * time.Minute)
		b.Start(ctx, taskOf(), runAt(time.Now())) // makes room
		synctest.Wait()
		b.reports = nil
		b.Adopt(ctx, taskOf(), run)
		b.wantReports(t, vanished(run))
	})
}

func TestClosing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		var causes []error
		b := newBench(t, func(ctx context.Context, run handler.Run) error {
			err := untilTold(ctx, run)
			causes = append(causes, err)
			time.Sleep(time.Second)
			return err
		})
		right, end := context.WithCancelCause(ctx)
		run, late := runAt(time.Now()), runAt(time.Now().Add(time.Second))
		b.Start(right, taskOf(timeout(time.Hour)), run)
		want := began(run, run.Slot)
		want[0].Timeout = time.Hour
		b.wantReports(t, want...)
		end(engine.ErrClosing)
		b.Start(right, taskOf(), late) // has come too late, and is not begun
		time.Sleep(time.Minute)
		b.wantReports(t)
		if len(causes) != 1 || !errors.Is(causes[0], handler.ErrClosing) {
			t.Errorf("cancelled with %v, want once with %v", causes, handler.ErrClosing)
		}
	})
}

// A core that is built anew in the same process starts its runs again, but not
// beside what still runs.
func TestStartAfterClosing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		running := 0
		b := newBench(t, func(context.Context, handler.Run) error {
			if running++; running > 1 {
				t.Error("the run runs twice at a time")
			}
			time.Sleep(time.Minute)
			running--
			return nil
		})
		right, end := context.WithCancelCause(ctx)
		run := runAt(time.Now())
		b.Start(right, taskOf(), run)
		b.wantReports(t, began(run, run.Slot)...)
		end(engine.ErrClosing)
		b.Start(ctx, taskOf(), run)
		b.Start(ctx, taskOf(), run)
		time.Sleep(time.Hour)
		from := run.Slot.Add(time.Minute)
		b.wantReports(t, append(began(run, from), succeeded(run, from, from.Add(time.Minute)))...)
	})
}

func TestStop(t *testing.T) {
	t.Parallel()
	errStubborn := errors.New("not yet")
	tests := map[string]struct {
		do   handler.Func
		want func(run model.Run) []model.Observation
	}{
		"running": {untilTold, func(run model.Run) []model.Observation {
			return []model.Observation{ended(run, model.Failed, v1alpha1.ReasonFailed, handler.ErrStopped.Error(), run.Slot, run.Slot.Add(time.Second))}
		}},
		"takes its time": {
			func(ctx context.Context, _ handler.Run) error {
				<-ctx.Done()
				time.Sleep(9 * time.Second)
				return errStubborn
			},
			func(run model.Run) []model.Observation {
				return []model.Observation{ended(run, model.Failed, v1alpha1.ReasonFailed, "not yet", run.Slot, run.Slot.Add(10*time.Second))}
			},
		},
		"makes it to success": {lasting(5 * time.Second), func(run model.Run) []model.Observation {
			return []model.Observation{succeeded(run, run.Slot, run.Slot.Add(5*time.Second))}
		}},
		"ended before": {lasting(0), func(run model.Run) []model.Observation {
			over := succeeded(run, run.Slot, run.Slot)
			return []model.Observation{over, over, over} // as it ended, and for each Stop
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				b, run := newBench(t, tc.do), runAt(time.Now())
				b.Start(ctx, taskOf(), run)
				time.Sleep(time.Second)
				b.Stop(ctx, taskOf(), run)
				b.Stop(ctx, taskOf(), run)
				time.Sleep(30 * time.Second)
				b.wantReports(t, append(began(run, run.Slot), tc.want(run)...)...)
			})
		})
	}
}

func TestStopOfWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, unknown := newBench(t, lasting(time.Minute)), runAt(time.Now())
		b.Stop(t.Context(), taskOf(), unknown)
		b.wantReports(t, vanished(unknown))
	})
}

// A stop reports how the run ended, also if the run was started under a lease that has
// been lost since.
func TestStopAfterClosing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		b, run := newBench(t, lasting(time.Minute)), runAt(time.Now())
		right, end := context.WithCancelCause(ctx)
		b.Start(right, taskOf(), run)
		b.wantReports(t, began(run, run.Slot)...)
		end(engine.ErrClosing)
		b.Start(ctx, taskOf(), run)
		b.Stop(ctx, taskOf(), run)
		time.Sleep(time.Hour)
		b.wantReports(t, succeeded(run, run.Slot, run.Slot.Add(time.Minute)))
	})
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		b := newBench(t, lasting(time.Minute))
		slot := time.Now()
		run, unknown := runAt(slot), runAt(slot.Add(time.Second))
		b.Start(ctx, taskOf(), run)
		b.wantReports(t, began(run, slot)...)
		b.Adopt(ctx, taskOf(), run)
		b.wantReports(t, began(run, slot)[1])
		b.Adopt(ctx, taskOf(), unknown)
		b.wantReports(t, vanished(unknown))
		time.Sleep(time.Minute)
		synctest.Wait()
		b.reports = nil
		b.Adopt(ctx, taskOf(), run)
		b.wantReports(t, succeeded(run, slot, slot.Add(time.Minute)))
		time.Sleep(time.Minute)
	})
}

// Prune has nothing to remove: no run inside the manager leaves anything behind.
func TestR7_PruneReportsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		b := newBench(t, lasting(0))
		b.Prune(ctx, taskOf(), nil)
		b.wantReports(t)
	})
}

// httpRun starts a server and runs a Task that calls it, in real time.
func httpRun(t *testing.T, answer http.HandlerFunc, set func(*model.Task)) model.Observation {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	task := taskOf(func(task *model.Task) {
		task.Payload = &payload.Action{Scheduler: "default", HTTP: &payload.HTTP{URL: server.URL}}
	}, set)
	reports := make(chan model.Observation, 8)
	caller := httpcall.New(guard.New(guard.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}), nil)
	t.Cleanup(caller.Close)
	e := inprocess.New(inprocess.Config{
		Clock: clock.RealClock{}, HTTP: caller, Handlers: handler.NewRegistry(),
		Report: func(_ string, _ model.Key, obs model.Observation) { reports <- obs },
	})
	e.Start(t.Context(), task, runAt(time.Now()))
	for obs := range reports {
		if obs.Phase == model.PhaseFinished {
			return obs
		}
	}
	return model.Observation{}
}

func TestHTTPAction(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer  http.HandlerFunc
		task    func(*model.Task)
		outcome model.Outcome
		reason  string
		message string
	}{
		"success": {
			answer:  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "done") },
			outcome: model.Succeeded, reason: v1alpha1.ReasonSucceeded, message: "200 OK",
		},
		"failure": {
			answer:  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
			outcome: model.Failed, reason: v1alpha1.ReasonFailed, message: "the answer was not in 200-299 but 418 I'm a teapot",
		},
		"timeout": {
			answer:  func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			task:    timeout(50 * time.Millisecond),
			outcome: model.Failed, reason: v1alpha1.ReasonTimeout, message: "It ran longer than its timeout of 50ms.",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.task == nil {
				tc.task = func(*model.Task) {}
			}
			got := httpRun(t, tc.answer, tc.task)
			if got.Outcome != tc.outcome || got.Reason != tc.reason || got.Message != tc.message {
				t.Errorf("%s, %s, %q, want %s, %s, %q", got.Outcome, got.Reason, got.Message, tc.outcome, tc.reason, tc.message)
			}
		})
	}
}

func TestTimeoutOf(t *testing.T) {
	t.Parallel()
	request := func(task *model.Task) { task.Payload = &payload.Action{HTTP: &payload.HTTP{}} }
	tests := map[string]struct {
		task model.Task
		want time.Duration
	}{
		"a request":                 {taskOf(request), 30 * time.Second},
		"a request with a timeout":  {taskOf(request, timeout(time.Hour)), time.Hour},
		"a function":                {taskOf(), 0},
		"a function with a timeout": {taskOf(timeout(time.Hour)), time.Hour},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := inprocess.TimeoutOf(tc.task); got != tc.want {
				t.Errorf("timeout %s, want %s", got, tc.want)
			}
		})
	}
}
