package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/utils/ptr"

	"github.com/carillon-dev/carillon/test/e2e/verdict"
)

var (
	chaosDuration = flag.Duration("chaos.duration", 0, "how long there is chaos; 0 for none: see make chaos")
	chaosSeed     = flag.Uint64("chaos.seed", 0, "what the strikes are drawn from; 0 for something new")
)

// settling is how long everything may take to settle after the chaos.
const settling = 5 * time.Minute

var _ = Describe("Chaos", Label(chaosLabel), func() {
	if *chaosDuration <= 0 {
		return // It takes long, and is asked for by make chaos.
	}
	It("loses no slot and doubles none", func(ctx SpecContext) {
		seed := *chaosSeed
		if seed == 0 {
			seed = rand.Uint64N(1 << 32)
		}
		GinkgoWriter.Printf("chaos for %s on a %s node, seed %d\n", *chaosDuration, env.Level(), seed)
		seen := watchRuns()
		managers := newCrew(append([]string{"--http-allow-cidr=127.0.0.1/32"}, quickLease...)...)
		managers.live(ctx, func() bool { return managers.leader() != nil })

		tasks := chaosTasks([]string{newNamespace(ctx), newNamespace(ctx), newNamespace(ctx)}, seen.address)
		from := time.Now().Add(2 * grid).Truncate(grid).UTC() // a Task does not owe slots from before its creation
		to := from.Add(max(grid, chaosDuration.Truncate(grid)))
		for _, t := range tasks {
			Expect(env.client.Create(ctx, t.object(from, to))).To(Succeed())
		}
		Expect(time.Now()).To(BeTemporally("<", from), "the Tasks exist before their first slot")

		managers.strikes = drawStrikes(seed, to.Sub(from))
		managers.live(ctx, func() bool { return time.Now().After(to) })
		managers.calmDown()
		settle(ctx, managers, tasks)

		attempts := seen.attempts(managers.logs)
		rows := judgeAll(ctx, tasks, seen, attempts, managers.disturbed, from, to)
		var all verdict.Verdict
		for _, row := range rows {
			all.Add(row.Verdict)
		}
		report(fmt.Sprintf("chaos for %s on a %s node, seed %d", to.Sub(from), env.Level(), seed), describeChaos(rows, managers, attempts))
		Expect(all.Guilty()).To(BeFalse(), strings.Join(all.Evidence, "\n"))
		for _, log := range managers.logs {
			Expect(os.ReadFile(log)).NotTo(ContainSubstring("panic"), log)
		}
	}, SpecTimeout(*chaosDuration+settling+5*time.Minute))
})

// settle waits until all slots have been decided and no run is unfinished.
func settle(ctx context.Context, managers *crew, tasks []chaosTask) {
	GinkgoHelper()
	begun, waiting := time.Now(), slices.Clone(tasks)
	managers.live(ctx, func() bool {
		waiting = slices.DeleteFunc(waiting, func(t chaosTask) bool {
			got, err := task(t.namespace, t.name)(ctx)
			return err == nil && got.Status.State == v1alpha1.TaskCompleted && len(got.Status.Active) == 0
		})
		return len(waiting) == 0 || time.Since(begun) > settling
	})
	names := make([]string, 0, len(waiting))
	for _, t := range waiting {
		names = append(names, t.namespace+"/"+t.name)
	}
	Expect(names).To(BeEmpty(), "all Tasks complete within %s", settling)
	GinkgoWriter.Printf("%s  settled after %s\n", stampOf(time.Now()), time.Since(begun).Round(time.Second))
}

// judgeAll judges each Task and adds up by groups.
func judgeAll(ctx context.Context, tasks []chaosTask, seen *witness, attempts map[string][]verdict.Attempt, disturbed []time.Time, from, to time.Time) []verdict.Row {
	GinkgoHelper()
	var rows []verdict.Row
	for _, t := range tasks {
		name, settled := t.namespace+"/"+t.name, getTask(ctx, t.namespace, t.name)
		judged := verdict.Judge(verdict.Case{
			Task: name, Expected: t.slots(from, to), InProcess: t.inProcess(), MaxInstances: int(ptr.Deref(t.spec.MaxInstances, 1)),
			NewestWins: t.spec.OverlapPolicy == v1alpha1.OverlapReplace,
			Attempts:   attempts[name], Outcomes: seen.recordedOf(name), Disturbed: disturbed,
			Counted: accounted(settled), Dropped: counts(settled).Missed + counts(settled).Skipped,
		})
		i := slices.IndexFunc(rows, func(r verdict.Row) bool { return r.Title == t.group })
		if i < 0 {
			i, rows = len(rows), append(rows, verdict.Row{Title: t.group})
		}
		rows[i].Add(judged)
	}
	return rows
}

// describeChaos is what is printed at the end.
func describeChaos(rows []verdict.Row, managers *crew, attempts map[string][]verdict.Attempt) string {
	GinkgoHelper()
	var text strings.Builder
	Expect(verdict.Write(&text, rows)).To(Succeed())
	fmt.Fprintf(&text, "\n%d strikes:\n", sumOf(managers.counts))
	for _, kind := range kinds {
		fmt.Fprintf(&text, "  %3d  %s\n", managers.counts[kind], kind)
	}
	fmt.Fprintf(&text, "\nfrom the strike until another manager led (a lease is for %s):\n", quickLeaseDuration)
	for _, kind := range append(slices.Clip(kinds), unstruck) {
		if took := managers.took(kind); len(took) > 0 {
			fmt.Fprintf(&text, "  %s: %s\n", kind, verdict.Spread(took))
		}
	}
	fmt.Fprintf(&text, "  all: %s\n", verdict.Spread(managers.took("")))
	fmt.Fprintf(&text, "from the strike until a run began: %s\n", verdict.Spread(managers.tookToRun(attempts)))
	return text.String()
}

func sumOf(counts map[strikeKind]int) int {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}

// took returns how long takeovers took after strikes of a kind, or of any if it is
// empty.
func (c *crew) took(kind strikeKind) []time.Duration {
	var durations []time.Duration
	for _, t := range c.takeovers {
		if kind == "" || t.after == kind {
			durations = append(durations, t.to.Sub(t.from))
		}
	}
	return durations
}

// tookToRun returns how long after each strike that led to a takeover the successor's
// first run was seen.
func (c *crew) tookToRun(attempts map[string][]verdict.Attempt) []time.Duration {
	var durations []time.Duration
	for _, t := range c.takeovers {
		var first time.Time
		for _, ofTask := range attempts {
			for _, a := range ofTask {
				if a.Began.After(t.to) && (first.IsZero() || a.Began.Before(first)) {
					first = a.Began
				}
			}
		}
		if !first.IsZero() {
			durations = append(durations, first.Sub(t.from))
		}
	}
	return durations
}
