package sim

// The simulation is a world in simulated time (testing/synctest): an API server with
// Tasks and Pods, their users, and managers that run the Scheduler as it ships, and
// that crash, stall, are cut off, replaced, and told the wrong time. All that is
// random depends on a seed.
//
// What is right is told by rules about every single record that is saved
// (sim_check_test.go, sim_runs_test.go, sim_outcome_test.go), with a naive scheduler
// to compare with (sim_model_test.go), about every Pod that is created, and, while
// nothing disturbs, about everything at once (sim_audit_test.go).
//
// To look into a failure, run its seed again with -sim.trace=<name of the Task>.

import (
	"flag"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// The flags of the simulation; "make sim" sets them. Left alone, a week of a few
// Tasks is simulated, always the same.
var (
	simSeed  = flag.Uint64("sim.seed", 1, "the seed of the first simulation")
	simSeeds = flag.Int("sim.seeds", 1, "how many simulations, with one seed after the other")
	simDays  = flag.Int("sim.days", 7, "how many days to simulate")
	simTrace = flag.String("sim.trace", "", "the name of a Task of which everything is told")
	simTasks = flag.Int("sim.tasks", 40, "how many Tasks there are, in all")
)

// simSteady is for how long a clock that jumped has to be steady (R10).
const simSteady = 30 * time.Second

// simShards is how many Schedulers share the Tasks; each is a world of its own.
const simShards = 4

// configOf is a simulation of a size. The more days, the less happens on each.
func configOf(seed uint64, days, tasks int) simConfig {
	cfg := simConfig{seed: seed, days: days, tasks: tasks, pace: 20 * time.Minute, chaos: 3, edits: 0.7, crash: 3e-4}
	if seed%simShards == 1 {
		cfg.startupDelay = 5 * time.Second
	}
	if days > 60 {
		cfg.pace, cfg.chaos, cfg.edits, cfg.crash = 6*time.Hour, 0.3, 0.1, 2e-5
	}
	return cfg
}

func TestSim(t *testing.T) {
	t.Parallel()
	for i := range *simSeeds {
		for shard := range simShards {
			seed := (*simSeed+uint64(i))*simShards + uint64(shard)
			t.Run(fmt.Sprintf("seed=%d/shard=%d", *simSeed+uint64(i), shard), func(t *testing.T) {
				t.Parallel()
				begin := time.Now()
				s := simulate(t, configOf(seed, *simDays, *simTasks/simShards))
				t.Logf("%d days of %d tasks in %s: %+v", s.days, s.simConfig.tasks, time.Since(begin).Round(time.Second/10), s.tally)
				if t.Failed() {
					t.Logf("once more: go test ./internal/scheduler -run 'TestSim$/^seed=%d$/^shard=%d$' -sim.seed=%d -sim.days=%d -sim.tasks=%d",
						*simSeed+uint64(i), shard, *simSeed+uint64(i), *simDays, *simTasks)
				}
			})
		}
	}
}

// simulate runs a simulation to its end.
func simulate(t *testing.T, cfg simConfig) *sim {
	t.Helper()
	var s *sim
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(simEpoch))
		s = newSim(t, cfg)
		s.locked(func() {
			s.begin = time.Now()
			s.populate()
			s.boot()
			s.unleash()
			s.recurring(4, s.audit)
		})
		s.wait(time.Duration(cfg.days) * 24 * time.Hour)
		s.locked(s.calmDown)
		s.wait(2 * time.Hour)
		s.locked(s.audit)
		s.end()
	})
	return s
}

// wait lets time pass, unless the simulation has failed.
func (s *sim) wait(d time.Duration) {
	for end := time.Now().Add(d); time.Until(end) > 0; {
		time.Sleep(min(time.Until(end), time.Hour))
		s.mu.Lock()
		over := s.over
		s.mu.Unlock()
		if over {
			return
		}
	}
}

// end stops every process.
func (s *sim) end() {
	var left []*simProcess
	s.locked(func() {
		s.over = true
		left = append(left, s.procs...)
		for _, p := range left {
			p.kill()
		}
	})
	for _, p := range left {
		<-p.done
	}
	time.Sleep(time.Minute) // until the requests have arrived that no process waits for
}

// A seed reproduces all that is recorded, and another seed does not.
func TestSimIsReproducible(t *testing.T) {
	t.Parallel()
	once, again := simulate(t, configOf(7, 1, 20)), simulate(t, configOf(7, 1, 20))
	if once.digest != again.digest {
		t.Errorf("the same seed led to %+v and to %+v", once.tally, again.tally)
	}
	if other := simulate(t, configOf(8, 1, 20)); other.digest == once.digest {
		t.Error("another seed led to the very same")
	}
}
