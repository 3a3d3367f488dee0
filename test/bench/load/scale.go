package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"

	"github.com/carillon-dev/carillon/test/bench/load/figures"
	"github.com/carillon-dev/carillon/test/bench/load/rig"
)

// scale measures what Tasks need that have nothing to do.
type scale struct {
	*settings

	tasks    numbersFlag
	idleTime time.Duration
	limit    time.Duration

	program rig.Program
}

func runScale(ctx context.Context, args []string, out, messages io.Writer) error {
	s := &scale{settings: newSettings(figures.Scale, messages), tasks: numbersFlag{1000, 10000, 100000}}
	s.flags.Var(&s.tasks, "tasks", "numbers of Tasks, each on a cluster of its own")
	s.flags.DurationVar(&s.idleTime, "idle", 10*time.Second, "time that an idle manager is measured")
	s.flags.DurationVar(&s.limit, "limit", 40*time.Minute, "longest time that a start of the manager may take")
	if err := s.parse(args); err != nil {
		return err
	}
	result, err := s.newResult(figures.Scale)
	if err != nil {
		return err
	}
	err = withProgram(ctx, false, func(program rig.Program) error {
		s.program = program
		for round := range s.rounds {
			// A manager without Tasks shows what each of them adds.
			for _, n := range append([]int{0}, s.tasks...) {
				measured, err := s.measure(ctx, n)
				if err != nil {
					return fmt.Errorf("%d Tasks: %w", n, err)
				}
				measured.Round = round + 1
				result.Scale = append(result.Scale, *measured)
				s.say("round %d, %d Tasks: started in %.1f s, %.0f MiB", round+1, n, measured.Restart, measured.Memory[rig.ManagerProcess]/(1<<20))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.finish(result, out)
}

// measure measures one number of Tasks on a cluster of its own: a first start, whose Tasks have no
// status yet, a restart, and a handover to a standby.
func (s *scale) measure(ctx context.Context, n int) (measured *figures.ScaleFigure, err error) {
	c, err := s.start(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	measured = &figures.ScaleFigure{Tasks: n}
	begun, slot := time.Now(), time.Now().Add(-time.Hour)
	if _, err := createTasks(ctx, c, 0, n, func(i int) *v1alpha1.Task { return podTask(i, dailyAt(slot), -1) }); err != nil {
		return nil, err
	}
	measured.Create = time.Since(begun).Seconds()
	for _, part := range []func(context.Context, *rig.Cluster, *figures.ScaleFigure) error{s.firstStart, s.restart} {
		if err := part(ctx, c, measured); err != nil {
			return nil, err
		}
	}
	return measured, nil
}

func (s *scale) firstStart(ctx context.Context, c *rig.Cluster, measured *figures.ScaleFigure) error {
	manager, err := c.StartManager("manager-first", s.program, s.managers...)
	if err != nil {
		return err
	}
	defer manager.Terminate()
	planned, err := manager.AwaitTasks(ctx, measured.Tasks, s.limit)
	if err != nil {
		return err
	}
	settled, _, err := c.Quiet(ctx, s.limit)
	measured.FirstStart, measured.FirstSettled = planned.Sub(manager.Started()).Seconds(), settled.Sub(manager.Started()).Seconds()
	return err
}

func (s *scale) restart(ctx context.Context, c *rig.Cluster, measured *figures.ScaleFigure) error {
	leader, err := c.StartManager("manager-leader", s.program, s.managers...)
	if err != nil {
		return err
	}
	defer leader.Terminate()
	planned, err := leader.AwaitTasks(ctx, measured.Tasks, s.limit)
	if err != nil {
		return err
	}
	measured.Restart = planned.Sub(leader.Started()).Seconds()
	if _, _, err := c.Quiet(ctx, s.limit); err != nil {
		return err
	}
	if err := s.idle(ctx, c, leader, measured); err != nil {
		return err
	}
	return s.handover(ctx, c, leader, measured)
}

// idle measures a manager that has nothing to do.
func (s *scale) idle(ctx context.Context, c *rig.Cluster, manager *rig.Manager, measured *figures.ScaleFigure) error {
	processes, err := c.Processes(manager)
	if err != nil {
		return err
	}
	before, err := take(ctx, c, manager, processes)
	if err != nil {
		return err
	}
	if err := rig.Until(ctx, before.time.Add(s.idleTime)); err != nil {
		return err
	}
	after, err := take(ctx, c, manager, processes)
	if err != nil {
		return err
	}
	measured.IdleCPU = after.cpu.Since(before.cpu).Per(after.time.Sub(before.time).Seconds())
	// The next collection begins when the heap has grown to twice what was live after the last one.
	measured.Heap = after.metrics.Sum("go_memstats_next_gc_bytes") / 2
	if measured.Memory, err = processes.Memory(); err != nil {
		return err
	}
	measured.Peak, err = processes.PeakMemory()
	return err
}

// handover measures how long a standby takes after the leader was asked to end.
func (s *scale) handover(ctx context.Context, c *rig.Cluster, leader *rig.Manager, measured *figures.ScaleFigure) error {
	standby, err := c.StartManager("manager-standby", s.program, s.managers...)
	if err != nil {
		return err
	}
	defer standby.Terminate()
	if err := standby.AwaitReady(ctx); err != nil {
		return err
	}
	asked := time.Now()
	leader.Terminate()
	planned, err := standby.AwaitTasks(ctx, measured.Tasks, s.limit)
	measured.Handover = planned.Sub(asked).Seconds()
	return err
}
