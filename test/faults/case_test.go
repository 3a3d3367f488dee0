package faults_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// patience is how long a case may take: a late manager is no lost one, and this
// machine may be busy.
const patience = 90 * time.Second

// testCase is one pass through a scenario, in a namespace of its own.
type testCase struct {
	*scenario
	kind      kind
	at        step
	namespace string
	began     time.Time // a whole second
	ledger    *ledger
	node      *node
	wire      *wire // of the first manager
	logs      *logs

	mu       sync.Mutex
	managers []*manager
	over     bool // the managers are to end
	// fail ends the case early.
	fail context.CancelCauseFunc
	// taken is closed when another manager has begun to act.
	taken     chan struct{}
	takenOnce sync.Once
	// releasedAt is the version at which what was held back arrived; 0: not yet.
	releasedAt uint64
	requests   int // those that closed the case
	// steps are those of the scenario, without what closes the case.
	steps []step
}

// newCase prepares a case; with the zero kind nothing goes wrong.
func newCase(ctx context.Context, s *scenario, k kind, at step) (*testCase, error) {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: s.name + "-"}}
	if err := admin.Create(ctx, namespace); err != nil {
		return nil, fmt.Errorf("making a namespace: %w", err)
	}
	c := &testCase{
		scenario: s, kind: k, at: at, namespace: namespace.Name, began: time.Now().UTC().Truncate(time.Second),
		ledger: journal.of(namespace.Name), wire: newWire(namespace.Name), logs: &logs{},
		taken: make(chan struct{}),
	}
	c.wire.fault, c.wire.at = k.inject, at
	c.node = &node{ledger: c.ledger, fate: c.fateOf, shuns: c.isLate}
	task := &v1alpha1.Task{
		ObjectMeta: metav1.ObjectMeta{Namespace: c.namespace, Name: "task"},
		Spec: v1alpha1.TaskSpec{
			Trigger: v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{Date: &v1alpha1.DateTrigger{}}},
			Action: v1alpha1.Action{Pod: &v1alpha1.PodAction{Template: corev1.PodTemplateSpec{
				Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "image"}}},
			}}},
		},
	}
	if s.spec != nil {
		s.spec(c, &task.Spec)
	}
	if err := admin.Create(ctx, task); err != nil {
		return nil, fmt.Errorf("making the task: %w", err)
	}
	return c, nil
}

func (c *testCase) fateOf(pod *corev1.Pod) fate {
	if c.fate == nil {
		return succeeds
	}
	return c.fate(pod)
}

// run takes the case to its end.
func (c *testCase) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ctx, c.fail = context.WithCancelCause(ctx)
	var group sync.WaitGroup
	nodeCtx, stopNode := context.WithCancel(ctx)
	group.Go(func() {
		if err := c.node.work(nodeCtx); err != nil {
			t.Error(err)
		}
	})
	takeover, endTakeover := context.WithCancel(ctx)
	group.Go(func() {
		if err := c.takeOver(takeover); err != nil {
			t.Error(err)
		}
	})
	defer func() { stopNode(); endTakeover(); group.Wait() }()
	err := c.proceed(ctx)
	endTakeover()
	if err != nil {
		t.Error(err)
	}
	if err := c.stop(); err != nil {
		t.Error(err)
	}
	if err == nil {
		if err := c.settle(ctx); err != nil {
			t.Error(err)
		}
	}
}

// proceed is the way of the case.
func (c *testCase) proceed(ctx context.Context) error {
	if c.before != nil {
		if err := c.before(ctx, c); err != nil {
			return err
		}
	}
	if err := c.start(c.wire, "first"); err != nil {
		return err
	}
	if c.drive != nil {
		if err := c.drive(ctx, c); err != nil {
			return err
		}
	}
	if err := c.counted(ctx, c.want); err != nil {
		return err
	}
	if c.kind.inject == nil {
		c.steps = c.wire.steps()
		return c.close(ctx)
	}
	const most = 3
	for range most {
		fired := c.hasFired()
		if fired {
			if err := c.release(ctx); err != nil {
				return err
			}
		}
		if err := c.close(ctx); err != nil {
			return err
		}
		if fired {
			return nil
		}
	}
	return nil
}

func (c *testCase) hasFired() bool {
	select {
	case <-c.wire.fired:
		return true
	default:
		return false
	}
}

// close has the Task run once more: for that the leader must have taken in all that
// went before.
func (c *testCase) close(ctx context.Context) error {
	c.requests++
	if err := c.ask(ctx, "closing-"+strconv.Itoa(c.requests)); err != nil {
		return err
	}
	return c.counted(ctx, c.wanted())
}

// wanted is how all is counted, the requests that close the case included.
func (c *testCase) wanted() v1alpha1.RunCounts {
	want := c.want
	want.Succeeded += int64(c.requests)
	return want
}

// ask asks for a run now.
func (c *testCase) ask(ctx context.Context, with string) error {
	return c.annotate(ctx, v1alpha1.AnnotationRunRequestedAt, with)
}

// annotate sets an annotation of the Task.
func (c *testCase) annotate(ctx context.Context, annotation, with string) error {
	task := &v1alpha1.Task{ObjectMeta: metav1.ObjectMeta{Namespace: c.namespace, Name: "task"}}
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, annotation, with)
	if err := admin.Patch(ctx, task, client.RawPatch("application/merge-patch+json", []byte(patch))); err != nil {
		return fmt.Errorf("setting %s: %w", annotation, err)
	}
	return nil
}

// pass waits for a time.
func (c *testCase) pass(ctx context.Context, until time.Time) error {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// running waits for a Pod that runs.
func (c *testCase) running(ctx context.Context) (pod *corev1.Pod, err error) {
	err = c.ledger.until(ctx, "a Pod that runs", func(n now) bool {
		for _, p := range n.pods {
			if p.Status.Phase == corev1.PodRunning {
				pod = p
			}
		}
		return pod != nil
	})
	return pod, err
}

// counted waits until all is decided and counted.
func (c *testCase) counted(ctx context.Context, want v1alpha1.RunCounts) error {
	return c.ledger.until(ctx, fmt.Sprintf("%+v in the record", want), func(n now) bool {
		return n.task.Status.RunCounts != nil && *n.task.Status.RunCounts == want && len(n.task.Status.Active) == 0
	})
}

// settle waits until the ledger holds all that there is, and nothing is on its way out.
func (c *testCase) settle(ctx context.Context) error {
	task := &v1alpha1.Task{}
	if err := admin.Get(ctx, client.ObjectKey{Namespace: c.namespace, Name: "task"}, task); err != nil {
		return fmt.Errorf("reading the task: %w", err)
	}
	pods := &corev1.PodList{}
	if err := admin.List(ctx, pods, client.InNamespace(c.namespace)); err != nil {
		return fmt.Errorf("listing the Pods: %w", err)
	}
	return c.ledger.until(ctx, "the end of the ledger", func(n now) bool {
		for i := range pods.Items {
			if pod := &pods.Items[i]; n.seen[pod.UID] < versionOf(pod) {
				return false
			}
		}
		return n.task.ResourceVersion == task.ResourceVersion && !n.leaving()
	})
}
