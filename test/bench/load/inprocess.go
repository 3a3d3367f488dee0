package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/carillon-dev/carillon/test/bench/load/figures"
	"github.com/carillon-dev/carillon/test/bench/load/rig"
)

// inProcess measures how many runs a second the manager carries out by itself.
type inProcess struct {
	*settings

	steps    numbersFlag
	warmUp   time.Duration
	duration time.Duration

	program rig.Program
}

func runInProcess(ctx context.Context, args []string, out, messages io.Writer) error {
	p := &inProcess{
		settings: newSettings(figures.InProcess, messages),
		steps:    numbersFlag{50, 75, 100, 125, 150, 175, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000},
	}
	p.managers = stringsFlag{"--max-workers=1000"}
	p.flags.Var(&p.steps, "steps", "numbers of Tasks to try, one after the other, until slots coalesce")
	p.flags.DurationVar(&p.warmUp, "warm-up", 5*time.Second, "time before a step is measured")
	p.flags.DurationVar(&p.duration, "duration", 15*time.Second, "time that a step is measured")
	if err := p.parse(args); err != nil {
		return err
	}
	result, err := p.newResult(figures.InProcess)
	if err != nil {
		return err
	}
	err = withProgram(ctx, false, func(program rig.Program) error {
		p.program = program
		for round := range p.rounds {
			steps, err := p.measure(ctx, round+1)
			if err != nil {
				return err
			}
			result.InProcess = append(result.InProcess, steps...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.finish(result, out)
}

// measure goes through the steps on a cluster of its own.
func (p *inProcess) measure(ctx context.Context, round int) (steps []figures.Step, err error) {
	c, err := p.start(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	manager, err := c.StartManager("manager", p.program, p.managers...)
	if err != nil {
		return nil, err
	}
	defer manager.Terminate()
	if err := manager.AwaitReady(ctx); err != nil {
		return nil, err
	}
	for _, tasks := range p.steps {
		before := 0
		if len(steps) > 0 {
			before = steps[len(steps)-1].Tasks
		}
		if _, err := createTasks(ctx, c, before, tasks-before, handlerTask); err != nil {
			return nil, err
		}
		if err := rig.Until(ctx, time.Now().Add(p.warmUp)); err != nil {
			return nil, err
		}
		step, err := p.step(ctx, c, manager)
		if err != nil {
			return nil, err
		}
		step.Round, step.Tasks = round, tasks
		steps = append(steps, *step)
		p.say("round %d, %d Tasks: %.0f runs/s, %.1f slots/s coalesced, p99 %.0f ms", round, tasks, step.Runs, step.Coalesced, 1000*step.DelayP99)
		if !step.Keeps() {
			break
		}
	}
	return steps, nil
}

// step measures for a while what goes on.
func (p *inProcess) step(ctx context.Context, c *rig.Cluster, manager *rig.Manager) (*figures.Step, error) {
	processes, err := c.Processes(manager)
	if err != nil {
		return nil, err
	}
	before, err := take(ctx, c, manager, processes)
	if err != nil {
		return nil, err
	}
	if err := rig.Until(ctx, before.time.Add(p.duration)); err != nil {
		return nil, err
	}
	after, err := take(ctx, c, manager, processes)
	if err != nil {
		return nil, err
	}
	seconds := after.time.Sub(before.time).Seconds()
	grown := func(family string) float64 { return (after.metrics.Sum(family) - before.metrics.Sum(family)) / seconds }
	delays := after.metrics.Histogram("carillon_schedule_delay_seconds").Since(before.metrics.Histogram("carillon_schedule_delay_seconds"))
	step := &figures.Step{
		Runs: grown("carillon_runs_total"), Coalesced: grown("carillon_slots_coalesced_total"), Dropped: grown("carillon_slots_dropped_total"),
		DelayP50: delays.Quantile(0.5), DelayP99: delays.Quantile(0.99),
		Writes: after.writes.Since(before.writes).Per(seconds), CPU: after.cpu.Since(before.cpu).Per(seconds),
	}
	step.Memory, err = processes.Memory()
	return step, err
}

// counters are what grows, at an instant.
type counters struct {
	time    time.Time
	metrics figures.Metrics
	writes  figures.Writes
	cpu     figures.Usage
}

func take(ctx context.Context, c *rig.Cluster, manager *rig.Manager, processes rig.Processes) (counters, error) {
	var now counters
	var err error
	if now.writes, err = c.Writes(ctx); err != nil {
		return now, err
	}
	if now.metrics, err = manager.Metrics(ctx); err != nil {
		return now, err
	}
	now.time = time.Now()
	now.cpu, err = processes.CPU()
	return now, err
}
