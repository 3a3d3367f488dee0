package e2e_test

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	coordinationv1 "k8s.io/api/coordination/v1"
)

const (
	// crewSize is how many managers there are while none has been struck.
	crewSize = 2
	// crewTick is how often they are looked after.
	crewTick = 50 * time.Millisecond
	// selfEnded is how long it takes until one is replaced that has ended by itself.
	selfEnded = 2 * time.Second
	// patience is how long a request may take that only looks.
	patience = time.Second
)

// crew are the managers of the chaos, what is done to them, and who leads when. It
// belongs to one goroutine.
type crew struct {
	flags   []string
	members []*member
	// due are the instants at which managers start in place of those that have ended.
	due []time.Time
	// strikes are those to come, and last is when the one before was.
	strikes []strike
	last    time.Time
	counts  map[strikeKind]int

	lease leadership
	// restarted gets the result of a restart of the API server that is under way.
	restarted chan error
	// struck is the strike that the leader has not recovered from, and when it was.
	struck   strikeKind
	struckAt time.Time

	// disturbed are the instants at which a manager was struck, ended or took over.
	disturbed []time.Time
	takeovers []takeover
	// logs are the files that managers have written.
	logs []string
}

type member struct {
	*managerProcess

	// frozen is until when it is, zero when it is not.
	frozen time.Time
	// leaving: it has been asked to end.
	leaving bool
	// replacement is how long after its end another one starts.
	replacement time.Duration
}

// leadership is what the lease says.
type leadership struct {
	holder            string
	acquired, renewed time.Time
}

// takeover is a change of the leader.
type takeover struct {
	after strikeKind
	// from is when the predecessor was struck or last renewed its lease, to when the
	// successor got it.
	from, to time.Time
}

// unstruck is what is to blame for a takeover without a strike at the leader.
const unstruck strikeKind = "none at the leader"

func newCrew(flags ...string) *crew {
	c := &crew{flags: flags, counts: map[strikeKind]int{}}
	for range crewSize {
		c.hire()
	}
	return c
}

func (c *crew) hire() {
	GinkgoHelper()
	m := &member{managerProcess: startManager(c.flags...), replacement: selfEnded}
	c.members = append(c.members, m)
	c.logs = append(c.logs, m.log)
}

// live lets time pass until over says so: it looks after the managers, and strikes as
// long as there are strikes.
func (c *crew) live(ctx context.Context, over func() bool) {
	GinkgoHelper()
	tick := time.NewTicker(crewTick)
	defer tick.Stop()
	for !over() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		c.watchLease(ctx)
		c.tend()
		c.strikeWhenDue(ctx)
	}
}

// calmDown ends the strikes.
func (c *crew) calmDown() {
	c.strikes = nil
	for _, m := range c.members {
		if !m.frozen.IsZero() {
			m.frozen = time.Now()
		}
	}
}

// tend wakes those that were frozen for long enough, and replaces those that ended.
func (c *crew) tend() {
	GinkgoHelper()
	now := time.Now()
	c.members = slices.DeleteFunc(c.members, func(m *member) bool {
		select {
		case <-m.ended:
			c.disturb(now)
			GinkgoWriter.Printf("%s  %s has ended (%v)\n", stampOf(now), m.log, m.err)
			c.due = append(c.due, now.Add(m.replacement))
			return true
		default:
		}
		if !m.frozen.IsZero() && !now.Before(m.frozen) {
			m.frozen = time.Time{}
			c.disturb(now)
			m.signal(syscall.SIGCONT)
		}
		return false
	})
	c.due = slices.DeleteFunc(c.due, func(at time.Time) bool {
		if now.Before(at) {
			return false
		}
		c.hire()
		return true
	})
}

func (c *crew) disturb(at time.Time) { c.disturbed = append(c.disturbed, at) }

// watchLease notices when another manager leads.
func (c *crew) watchLease(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	lease := &coordinationv1.Lease{}
	if env.client.Get(ctx, keyOf(leaseNamespace, leaseName), lease) != nil {
		return // The API server is away.
	}
	seen := leadershipOf(lease)
	if seen.holder != "" && seen.holder != c.lease.holder {
		c.succeed(seen)
	}
	if seen.holder != "" {
		c.lease = seen
	}
}

func leadershipOf(lease *coordinationv1.Lease) leadership {
	var l leadership
	if lease.Spec.HolderIdentity != nil {
		l.holder = *lease.Spec.HolderIdentity
	}
	if lease.Spec.AcquireTime != nil {
		l.acquired = lease.Spec.AcquireTime.Time
	}
	if lease.Spec.RenewTime != nil {
		l.renewed = lease.Spec.RenewTime.Time
	}
	return l
}

// succeed takes down a takeover.
func (c *crew) succeed(by leadership) {
	c.disturb(by.acquired)
	if c.lease.holder == "" {
		return // It is the first one.
	}
	t := takeover{after: unstruck, from: c.lease.renewed, to: by.acquired}
	if !c.struckAt.IsZero() && !by.acquired.Before(c.struckAt) {
		t.after, t.from = c.struck, c.struckAt
	}
	c.takeovers = append(c.takeovers, t)
	c.struckAt = time.Time{}
	GinkgoWriter.Printf("%s  %s leads, after %s\n", stampOf(time.Now()), by.holder, t.to.Sub(t.from).Round(time.Millisecond))
}

// leader returns the manager that holds the lease, nil if there is none that could be
// struck.
func (c *crew) leader() *member {
	for _, m := range c.members {
		if c.lease.holder != "" && m.saysItIs() == c.lease.holder && m.frozen.IsZero() && !m.leaving {
			return m
		}
	}
	return nil
}

// strikeWhenDue strikes when it is time. A strike at the leader waits until there is
// one.
func (c *crew) strikeWhenDue(ctx context.Context) {
	GinkgoHelper()
	c.reapRestart()
	now := time.Now()
	if c.last.IsZero() {
		c.last = now
	}
	if len(c.strikes) == 0 || now.Before(c.last.Add(c.strikes[0].pause)) {
		return
	}
	s := c.strikes[0]
	if !c.carryOut(ctx, s) {
		return
	}
	c.strikes, c.last = c.strikes[1:], now
	c.counts[s.kind]++
	if s.kind != restartAPIServer { // which is no excuse for a call that is made again
		c.disturb(now)
	}
	GinkgoWriter.Printf("%s  %s (%s)\n", stampOf(now), s.kind, s.lasts.Round(time.Millisecond))
}

// carryOut strikes and reports whether there was something to strike at.
func (c *crew) carryOut(ctx context.Context, s strike) bool {
	switch leader := c.leader(); s.kind {
	case restartAPIServer:
		return c.restart(ctx)
	case killAll:
		c.struck, c.struckAt = s.kind, time.Now()
		for _, m := range c.members {
			m.replacement = s.lasts
			m.signal(syscall.SIGKILL)
		}
		return true
	default:
		if leader == nil {
			return false
		}
		c.strikeAt(leader, s)
		return true
	}
}

func (c *crew) strikeAt(leader *member, s strike) {
	now := time.Now()
	if s.kind != holdLeader {
		c.struck, c.struckAt = s.kind, now
	}
	switch s.kind {
	case killLeader:
		leader.replacement = s.lasts
		leader.signal(syscall.SIGKILL)
	case terminateLeader:
		leader.replacement, leader.leaving = s.lasts, true
		leader.signal(syscall.SIGTERM)
	default:
		leader.frozen = now.Add(s.lasts)
		leader.signal(syscall.SIGSTOP)
	}
}

// restart begins to restart the API server unless that is under way.
func (c *crew) restart(ctx context.Context) bool {
	if c.restarted != nil {
		return false
	}
	c.restarted = make(chan error, 1)
	go func() { c.restarted <- env.RestartAPIServer(ctx) }()
	return true
}

// reapRestart notices that the API server is back.
func (c *crew) reapRestart() {
	GinkgoHelper()
	select {
	case err := <-c.restarted:
		c.restarted = nil
		if err != nil {
			Fail(fmt.Sprintf("restarting the API server: %v", err))
		}
		GinkgoWriter.Printf("%s  the API server is back\n", stampOf(time.Now()))
	default:
	}
}

// stampOf is an instant as the managers' logs and the evidence have it.
func stampOf(t time.Time) string { return t.UTC().Format("15:04:05.000") }
