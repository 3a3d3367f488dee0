package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/test/bench/load/rig"
)

// candidate creates a burst of Pods.
type candidate struct {
	name string
	// flags are further flags of the cluster's components.
	flags map[string][]string
	// prepare has everything ready for the Pods to be created at the slot, which it chooses.
	prepare func(ctx context.Context, b *burst, c *rig.Cluster) (*prepared, error)
}

// prepared is a candidate that waits for the slot.
type prepared struct {
	slot time.Time
	// create creates the Pods when the slot has come; nil: it happens by itself.
	create func(context.Context) error
	// manager is nil for those who have none.
	manager *rig.Manager
}

// The names of the candidates.
const (
	bare         = "bare"
	carillon     = "carillon"
	cronJobStock = "cronjob"
	cronJobTuned = "cronjob-tuned"
)

const controllerManager = "kube-controller-manager"

// candidates are compared with each other. The cluster's controller manager has no rate limits by
// itself; stock are Kubernetes' own defaults.
var candidates = []candidate{
	{name: bare, prepare: prepareBare},
	{name: carillon, prepare: prepareCarillon},
	{name: cronJobStock, prepare: prepareCronJobs, flags: map[string][]string{controllerManager: {"--kube-api-qps=20", "--kube-api-burst=30"}}},
	{name: cronJobTuned, prepare: prepareCronJobs, flags: map[string][]string{controllerManager: {
		"--kube-api-qps=2000", "--kube-api-burst=4000", "--concurrent-cron-job-syncs=50", "--concurrent-job-syncs=50",
	}}},
}

func candidateNames() []string {
	var names []string
	for _, c := range candidates {
		names = append(names, c.name)
	}
	return names
}

// choose returns the named candidates, in the order of the list.
func choose(names []string) ([]candidate, error) {
	for _, name := range names {
		if !slices.Contains(candidateNames(), name) {
			return nil, fmt.Errorf("unknown candidate %q: there are %s", name, strings.Join(candidateNames(), ", "))
		}
	}
	return slices.DeleteFunc(slices.Clone(candidates), func(c candidate) bool { return !slices.Contains(names, c.name) }), nil
}

// prepareBare creates the Tasks, too, which own the Pods, but starts no manager.
func prepareBare(ctx context.Context, b *burst, c *rig.Cluster) (*prepared, error) {
	slot := time.Now().Add(24 * time.Hour).Truncate(time.Second)
	tasks, err := createTasks(ctx, c, 0, b.pods, func(i int) *v1alpha1.Task { return podTask(i, dailyAt(slot), b.history) })
	if err != nil {
		return nil, err
	}
	create := func(ctx context.Context) error {
		return inParallel(ctx, len(tasks), func(ctx context.Context, i int) error {
			if _, err := c.Typed.CoreV1().Pods(rig.Namespace).Create(ctx, render(tasks[i], slot), metav1.CreateOptions{}); err != nil {
				return fmt.Errorf("creating a Pod: %w", err)
			}
			return nil
		})
	}
	if _, _, err := c.Quiet(ctx, b.limit); err != nil {
		return nil, err
	}
	return &prepared{slot: time.Now().Add(lead), create: create}, nil
}

func prepareCarillon(ctx context.Context, b *burst, c *rig.Cluster) (*prepared, error) {
	p := &prepared{slot: time.Now().Add(b.setup() + time.Second).Truncate(time.Second)}
	_, err := createTasks(ctx, c, 0, b.pods, func(i int) *v1alpha1.Task { return podTask(i, dailyAt(p.slot), b.history) })
	if err != nil {
		return nil, err
	}
	if p.manager, err = c.StartManager("manager", b.program, b.managers...); err != nil {
		return nil, err
	}
	// Before it leads it writes nothing, which is not the quiet that is waited for.
	if _, err := p.manager.AwaitTasks(ctx, b.pods, time.Until(p.slot)-lead); err != nil {
		return p, fmt.Errorf("%w: %w", errLate, err)
	}
	return p, awaitQuietBefore(ctx, c, p.slot)
}

// prepareCronJobs has the slot at a full minute, as CronJobs know no other.
func prepareCronJobs(ctx context.Context, b *burst, c *rig.Cluster) (*prepared, error) {
	slot := time.Now().Add(b.setup() + time.Minute).Truncate(time.Minute)
	err := inParallel(ctx, b.pods, func(ctx context.Context, i int) error {
		if err := c.Client.Create(ctx, cronJob(i, slot, b.history)); err != nil {
			return fmt.Errorf("creating a CronJob: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &prepared{slot: slot}, awaitQuietBefore(ctx, c, slot)
}

// errLate: the preparations took too long for the slot that was chosen before.
var errLate = errors.New("not ready in time for the slot, use a longer --setup")

// awaitQuietBefore waits until the cluster is quiet, and fails with errLate if that is too late
// for a slot.
func awaitQuietBefore(ctx context.Context, c *rig.Cluster, slot time.Time) error {
	if _, _, err := c.Quiet(ctx, time.Until(slot)-lead); err != nil {
		return fmt.Errorf("%w: %w", errLate, err)
	}
	return nil
}
