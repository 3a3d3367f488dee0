package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/scheduler/quota"
)

// startsOf notes when an executor was asked to begin which attempts.
type startsOf struct {
	mu    sync.Mutex
	times map[string]time.Time
	tasks map[string]int
}

// noting is an executor whose starts are noted.
type noting struct {
	model.Executor
	*startsOf
}

func (n noting) Start(ctx context.Context, task model.Task, run model.Run) {
	n.mu.Lock()
	attempt := fmt.Sprint(task.Key, run.AttemptRef())
	if _, known := n.times[attempt]; !known {
		n.times[attempt] = time.Now()
		n.tasks[task.Name]++
	}
	n.mu.Unlock()
	n.Executor.Start(ctx, task, run)
}

// sorted returns the times of all starts.
func (s *startsOf) sorted() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []time.Time
	for _, at := range s.times {
		all = append(all, at)
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// quotaTest has two Schedulers of one namespace with four Tasks each that run every second, in
// two executors, for a minute.
type quotaTest struct {
	inProcess bool
	limits    quota.Limits
	takes     time.Duration
	// atLeast is how many runs there have to be: the limits do not cost more than they say.
	atLeast int
}

func (q quotaTest) run(t *testing.T) {
	sleepUntil(0)
	w, seen := newWorld(t), &startsOf{times: map[string]time.Time{}, tasks: map[string]int{}}
	start := time.Now()
	quotas := quota.New(func() time.Duration { return time.Since(start) }, q.limits)
	var processes []*process
	for i, holder := range []string{"one", "two"} {
		var own []model.Snapshot
		for j := range 4 {
			task := nowTask(t, fmt.Sprintf("task-%d-%d", i, j), 1, func(task *model.Task) {
				task.InProcess, task.Executor, task.MaxInstances = q.inProcess, fmt.Sprint("executor-", j%2), 1+9*(j/3)
				task.MaxConcurrent = []int{0, 3}[j%2]
				if q.inProcess {
					task.MaxConcurrent = 3
				}
			})
			w.apply(task)
			own = append(own, w.snapshot(task.Key))
		}
		processes = append(processes, w.bootWith(holder, q.takes, func(cfg *Config) {
			cfg.PodQuota, cfg.InProcessQuota = quotas.Share("ns"), quotas.Share("ns")
			cfg.Pods, cfg.InProcess = noting{cfg.Pods, seen}, noting{cfg.InProcess, seen}
		}, own...))
	}
	sleepUntil(time.Minute)
	for _, p := range processes {
		p.crash()
	}
	q.check(t, seen)
}

// check judges by what was begun.
func (q quotaTest) check(t *testing.T, seen *startsOf) {
	t.Helper()
	starts := seen.sorted()
	for i, first := range starts {
		atOnce, inASecond := 0, 0
		for _, at := range starts[i:] {
			if at.Sub(first) < q.takes {
				atOnce++
			}
			if at.Sub(first) < time.Second {
				inASecond++
			}
		}
		// As many as in a second may start at once, and then as they come.
		if q.limits.Runs > 0 && atOnce > q.limits.Runs || q.limits.StartsPerSecond > 0 && inASecond > 2*q.limits.StartsPerSecond {
			t.Fatalf("%d runs at once and %d in a second from %v, want %+v", atOnce, inASecond, first, q.limits)
		}
	}
	if most := q.limits.StartsPerSecond * 61; most > 0 && len(starts) > most {
		t.Errorf("%d starts in a minute, want at most %d", len(starts), most)
	}
	if len(starts) < q.atLeast {
		t.Errorf("%d starts in a minute, want at least %d", len(starts), q.atLeast)
	}
	for i := range 8 {
		if name := fmt.Sprintf("task-%d-%d", i/4, i%4); seen.tasks[name] < len(starts)/8/3 {
			t.Errorf("%s had %d of %d runs, want no less than a third of its share: %v", name, seen.tasks[name], len(starts), seen.tasks)
		}
	}
}

// E2: the limits of a namespace hold over all its Schedulers and executors, and capacity that is
// free is used.
func TestE2_QuotasOfANamespaceHold(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]quotaTest{
		"runs as Pods":        {limits: quota.Limits{Runs: 3}, takes: 1900 * time.Millisecond, atLeast: 60},
		"starts of Pods":      {limits: quota.Limits{StartsPerSecond: 2}, takes: 300 * time.Millisecond, atLeast: 110},
		"both for Pods":       {limits: quota.Limits{Runs: 3, StartsPerSecond: 2}, takes: 1900 * time.Millisecond, atLeast: 60},
		"in-process runs":     {inProcess: true, limits: quota.Limits{Runs: 3}, takes: 1900 * time.Millisecond, atLeast: 60},
		"starts in process":   {inProcess: true, limits: quota.Limits{StartsPerSecond: 2}, takes: 300 * time.Millisecond, atLeast: 110},
		"both for in-process": {inProcess: true, limits: quota.Limits{Runs: 3, StartsPerSecond: 2}, takes: 1900 * time.Millisecond, atLeast: 60},
		"no limit":            {takes: 100 * time.Millisecond, atLeast: 8 * 55},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, tc.run)
		})
	}
}

// What waits for a quota says so, starts when the limit is raised, and counts after a takeover.
func TestQuotas_AreSaidAndFollowed(t *testing.T) {
	t.Parallel()
	for name, inProcess := range map[string]bool{"as Pods": false, "in process": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w, start := newWorld(t), time.Now()
				elapsed := func() time.Duration { return time.Since(start) }
				quotas := quota.New(elapsed, quota.Limits{Runs: 1})
				for i := range 3 {
					w.apply(nowTask(t, fmt.Sprint("task-", i), 3600, func(task *model.Task) {
						task.Trigger, task.InProcess = fixture.Date(t, ""), inProcess
						if inProcess {
							task.MaxConcurrent = 100
						}
					}))
				}
				mod := func(cfg *Config) { cfg.PodQuota, cfg.InProcessQuota = quotas.Share("ns"), quotas.Share("ns") }
				first := w.bootWith("one", time.Hour, mod)
				sleepUntil(20 * time.Second)
				if got := len(w.starts()); got != 1 {
					t.Errorf("%d runs begun, want 1", got)
				}
				waiting := 0
				for i := range 3 {
					for _, run := range w.record(model.Key{Namespace: "ns", Name: fmt.Sprint("task-", i)}).Active {
						if strings.Contains(run.Message, "quota of its namespace, which may have 1") {
							waiting++
						}
					}
				}
				if waiting != 2 {
					t.Errorf("%d runs say that they wait for the quota, want 2", waiting)
				}
				first.crash()
				quotas = quota.New(elapsed, quota.Limits{Runs: 1})
				second := w.bootWith("two", time.Hour, mod)
				sleepUntil(40 * time.Second)
				begun := len(w.starts())
				quotas.SetLimits("ns", quota.Limits{Runs: 2})
				sleepUntil(60 * time.Second)
				if got := len(w.starts()) - begun; got != 1 {
					t.Errorf("%d more runs begun after the limit was raised by one", got)
				}
				second.crash()
			})
		})
	}
}
