package engine

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
)

// logLines is a sink of log lines.
type logLines struct {
	mu    sync.Mutex
	lines []string
}

func (l *logLines) Init(logr.RuntimeInfo)                  {}
func (l *logLines) Enabled(int) bool                       { return true }
func (l *logLines) WithValues(...any) logr.LogSink         { return l }
func (l *logLines) WithName(string) logr.LogSink           { return l }
func (l *logLines) Info(_ int, msg string, args ...any)    { l.add(msg, args) }
func (l *logLines) Error(_ error, msg string, args ...any) { l.add(msg, args) }

func (l *logLines) add(msg string, args []any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprint(msg, args))
}

// count returns how many lines contain a text.
func (l *logLines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, line := range l.lines {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// E2: an iteration of the loop ends after a number of steps, or a time, and what has arrived
// meanwhile is taken in. The loop shows that it makes progress all the while.
func TestE2_LoopTakesInMessagesBetweenManySteps(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		tasks int
		step  time.Duration // how long a step takes
		want  int           // the most steps before a message is taken in
	}{
		"many cheap Tasks":    {tasks: 5 * maxSteps, want: 2 * maxSteps},
		"some expensive ones": {tasks: 60, step: 5 * time.Second, want: 3},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				var s *Engine
				steps, takenIn := 0, 0
				woke := func(time.Duration) {
					time.Sleep(tc.step)
					if steps++; steps == 1 {
						s.post(func() { takenIn = steps })
					}
					if silence := time.Since(s.LastIteration()); silence > tc.step {
						t.Errorf("a silence of %s, want at most one step of %s", silence, tc.step)
					}
				}
				f, made, stop := w.runHeldBack(t, tc.tasks, func(cfg *Config) { cfg.OnWakeup = woke })
				defer stop()
				s = made
				f.ReleaseAll()
				time.Sleep(30*time.Minute + time.Duration(tc.tasks)*tc.step)
				synctest.Wait()
				s.post(func() {
					if steps < tc.tasks {
						t.Errorf("%d steps, want one for each of %d Tasks at least", steps, tc.tasks)
					}
				})
				synctest.Wait()
				if takenIn == 0 || takenIn > tc.want {
					t.Errorf("the message was taken in after %d of %d steps, want at most %d", takenIn, steps, tc.want)
				}
			})
		})
	}
}

// What came together is taken in before anything is decided, however much it is: how much
// capacity is in use is not known before.
func TestLoopDecidesNothingBeforeABatchIsTakenIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleepUntil(0)
		w := newWorld(t)
		const tasks = 3*maxSteps + 7
		var s *Engine
		known := -1
		f, made, stop := w.runHeldBack(t, tasks, func(cfg *Config) {
			cfg.OnWakeup = func(time.Duration) {
				if known < 0 {
					known = len(s.entries)
				}
			}
		})
		defer stop()
		s = made
		f.ReleaseAll()
		settle()
		if known != tasks {
			t.Errorf("the first decision was made with %d of %d Tasks known", known, tasks)
		}
	})
}

// runHeldBack runs a Group whose Scheduler has been handed so many Tasks and starts with
// ReleaseAll.
func (w *world) runHeldBack(t *testing.T, tasks int, mods ...func(*Config)) (f *Group, s *Engine, stop func()) {
	t.Helper()
	f, stop = w.runGroup(t, mods...)
	f.HoldBack()
	for i := range tasks {
		task := nowTask(t, fmt.Sprint("task-", i), 3600)
		w.apply(task)
		f.Upsert("default", w.snapshot(task.Key))
	}
	return f, f.members["ns/default"].Engine, stop
}
