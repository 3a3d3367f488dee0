package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/carillon-dev/carillon/test/bench/load/figures"
	"github.com/carillon-dev/carillon/test/bench/load/rig"
)

// lead is how long before the slot the last preparations are over.
const lead = time.Second

// burst measures how long it takes until a number of Pods is created that are due at once.
type burst struct {
	*settings

	pods    int
	history int
	names   string
	perPod  time.Duration
	limit   time.Duration
	profile string

	program rig.Program
	// patience multiplies the time for preparations.
	patience int
}

// setup is how long the preparations may take.
func (b *burst) setup() time.Duration {
	return time.Duration(b.patience) * (12*time.Second + time.Duration(b.pods)*b.perPod)
}

func runBurst(ctx context.Context, args []string, out, messages io.Writer) error {
	b := &burst{settings: newSettings(figures.Burst, messages)}
	b.flags.IntVar(&b.pods, "pods", 1000, "how many Pods are due at once")
	b.flags.IntVar(&b.history, "history", -1, "how many finished Pods each Task keeps: with 0, each run deletes its Pod, as in the long run; negative: the default number")
	b.flags.StringVar(&b.names, "candidates", strings.Join(candidateNames(), ","), "who creates the Pods")
	b.flags.DurationVar(&b.perPod, "setup", 30*time.Millisecond, "time to prepare a Task or CronJob before the slot")
	b.flags.DurationVar(&b.limit, "limit", 15*time.Minute, "longest time that a burst may take")
	b.flags.StringVar(&b.profile, "profile", "", "directory for CPU profiles of the manager and the API server; they cost time")
	if err := b.parse(args); err != nil {
		return err
	}
	chosen, err := choose(strings.Split(b.names, ","))
	if err != nil {
		return err
	}
	result, err := b.newResult(figures.Burst)
	if err != nil {
		return err
	}
	err = withProgram(ctx, b.profile != "", func(program rig.Program) error {
		b.program = program
		for round := range b.rounds {
			// Each begins a round once, so that none is always the first.
			for i := range chosen {
				c := chosen[(i+round)%len(chosen)]
				measured, err := b.measure(ctx, c)
				if err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				measured.Round = round + 1
				result.Burst = append(result.Burst, *measured)
				b.say("round %d, %s: %d Pods, the last after %.2f s, settled after %.1f s", round+1, c.name, b.pods, measured.Created.Last, measured.Settled)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return b.finish(result, out)
}

// measure measures one candidate. On a busy machine the preparations take longer: it is given twice
// the time then.
func (b *burst) measure(ctx context.Context, who candidate) (*figures.BurstRound, error) {
	for b.patience = 1; ; b.patience *= 2 {
		measured, err := b.attempt(ctx, who)
		if b.patience == 8 || !errors.Is(err, errLate) {
			return measured, err
		}
		b.say("%s: %v; once more with more time", who.name, err)
	}
}

// attempt measures one candidate on a cluster of its own.
func (b *burst) attempt(ctx context.Context, who candidate) (measured *figures.BurstRound, err error) {
	flags := map[string][]string{}
	maps.Copy(flags, who.flags)
	if b.profile != "" {
		flags["kube-apiserver"] = []string{"--profiling=true"}
	}
	c, err := b.start(ctx, flags)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	p, err := who.prepare(ctx, b, c)
	if p != nil && p.manager != nil {
		defer p.manager.Terminate()
	}
	if err != nil {
		return nil, err
	}
	return b.observe(ctx, c, who, p)
}

// observe measures from the slot on.
func (b *burst) observe(ctx context.Context, c *rig.Cluster, who candidate, p *prepared) (*figures.BurstRound, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	witness, err := c.Watch(ctx)
	if err != nil {
		return nil, err
	}
	processes, err := c.Processes(p.manager)
	if err != nil {
		return nil, err
	}
	writes, err := c.Writes(ctx)
	if err != nil {
		return nil, err
	}
	if err := rig.Until(ctx, p.slot); err != nil {
		return nil, err
	}
	cpu, err := processes.CPU()
	if err != nil {
		return nil, err
	}

	group, watching := errgroup.WithContext(ctx)
	if p.create != nil {
		group.Go(func() error { return p.create(watching) })
	}
	if b.profile != "" {
		group.Go(func() error { return b.profileAll(watching, c, who, p.manager) })
	}
	measured := &figures.BurstRound{Candidate: who.name, Pods: b.pods}
	group.Go(func() error { return b.follow(watching, c, witness, processes, p.slot, measured) })
	if err := group.Wait(); err != nil {
		return nil, err //nolint:wrapcheck // each says what it was about
	}
	measured.Created = figures.DelaysSince(p.slot, witness.Created())
	measured.Writes = measured.Writes.Since(writes)
	measured.CPUCreated, measured.CPU = measured.CPUCreated.Since(cpu), measured.CPU.Since(cpu)
	return measured, nil
}

// follow measures when the last Pod is created and when all is settled. Usage and writes are
// those since ever.
func (b *burst) follow(ctx context.Context, c *rig.Cluster, witness *rig.Witness, processes rig.Processes, slot time.Time, measured *figures.BurstRound) error {
	if err := witness.AwaitCreated(ctx, b.pods, b.limit); err != nil {
		return err
	}
	var err error
	if measured.CPUCreated, err = processes.CPU(); err != nil {
		return err
	}
	if err := witness.AwaitFinished(ctx, b.pods, b.limit); err != nil {
		return err
	}
	settled, writes, err := c.Quiet(ctx, b.limit)
	if err != nil {
		return err
	}
	measured.Settled, measured.Writes = settled.Sub(slot).Seconds(), writes
	if measured.CPU, err = processes.CPU(); err != nil {
		return err
	}
	measured.Memory, err = processes.PeakMemory()
	return err
}

// profileAll profiles the manager, if there is one, and the API server during the burst.
func (b *burst) profileAll(ctx context.Context, c *rig.Cluster, who candidate, manager *rig.Manager) error {
	const duration = 10 * time.Second
	group, ctx := errgroup.WithContext(ctx)
	if manager != nil {
		group.Go(func() error {
			return manager.Profile(ctx, duration, filepath.Join(b.profile, who.name+"-manager.pprof"))
		})
	}
	group.Go(func() error { return c.Profile(ctx, duration, filepath.Join(b.profile, who.name+"-apiserver.pprof")) })
	return group.Wait() //nolint:wrapcheck // each says what it was about
}
