package pod_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

func keep(succeeded, failed int) func(*model.Task) {
	return func(t *model.Task) { t.KeepSucceeded, t.KeepFailed = succeeded, failed }
}

// history returns one Pod a phase, a second apart, oldest first, and their runs.
func history(phases ...corev1.PodPhase) (held []client.Object, runs []model.Run) {
	for i, p := range phases {
		run := runAt(slot.Add(time.Duration(i) * time.Second))
		runs = append(runs, run)
		held = append(held, podOf(run, phase(p), func(pod *corev1.Pod) { pod.UID = types.UID(fmt.Sprintf("pod-uid-%d", i)) }))
	}
	return held, runs
}

func TestR7_Prune(t *testing.T) {
	t.Parallel()
	const s, f, r = corev1.PodSucceeded, corev1.PodFailed, corev1.PodRunning
	tests := map[string]struct {
		phases []corev1.PodPhase // oldest first
		active []int
		keep   func(*model.Task)
		want   []int // what is left
	}{
		"nothing":             {keep: keep(3, 3)},
		"fewer than kept":     {phases: []corev1.PodPhase{s, f}, keep: keep(1, 1), want: []int{0, 1}},
		"the newest are kept": {phases: []corev1.PodPhase{s, s, f, s, f, f}, keep: keep(2, 1), want: []int{1, 3, 5}},
		"none are kept":       {phases: []corev1.PodPhase{s, f, s}, keep: keep(0, 0), want: nil},
		"unfinished":          {phases: []corev1.PodPhase{r, s, r}, keep: keep(0, 0), want: []int{0, 2}},
		"not recorded yet":    {phases: []corev1.PodPhase{s, s, f}, active: []int{0, 2}, keep: keep(0, 0), want: []int{0, 2}},
		"not recorded is none of those kept": {
			phases: []corev1.PodPhase{s, s, s}, active: []int{2}, keep: keep(1, 1), want: []int{1, 2},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				held, runs := history(tc.phases...)
				other := podOf(runAt(slot.Add(-time.Hour)), phase(s), func(p *corev1.Pod) {
					p.OwnerReferences[0].UID = "another"
					p.Labels["carillon.dev/task-uid"] = "another"
				})
				sv := newServer(t, append(held, other)...)
				var active []model.Run
				for _, i := range tc.active {
					active = append(active, runs[i])
				}
				sv.executor(t, 1).Prune(ctx, taskOf(tc.keep), active)
				synctest.Wait()
				want := []string{other.Name}
				for _, i := range tc.want {
					want = append(want, runs[i].Name)
				}
				if diff := cmp.Diff(sorted(want), sorted(sv.names(t))); diff != "" {
					t.Errorf("left (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }

// Requests that come while a Task's Pods are removed are answered afterwards, by
// what they say.
func TestPruneOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		held, runs := history(corev1.PodSucceeded, corev1.PodSucceeded, corev1.PodSucceeded)
		s := newServer(t, held...)
		under := 0
		s.onDelete = func(context.Context, int) error {
			if under++; under > 1 {
				t.Error("two deletes for one Task at a time")
			}
			time.Sleep(time.Second)
			under--
			return nil
		}
		e := s.executor(t, 5)
		e.Prune(ctx, taskOf(keep(0, 0)), runs[1:])
		synctest.Wait()
		e.Prune(ctx, taskOf(keep(0, 0)), runs[1:])
		e.Prune(ctx, taskOf(keep(1, 0)), nil)
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]string{runs[2].Name}, s.names(t)); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
		if len(s.deleted()) != 2 {
			t.Errorf("%d deletes, want 2", len(s.deleted()))
		}
		e.Prune(ctx, taskOf(keep(0, 0)), nil)
		time.Sleep(time.Minute)
		if left := s.names(t); len(left) > 0 {
			t.Errorf("a later request left %v", left)
		}
	})
}

func TestPruneGoesOnNextTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		held, _ := history(corev1.PodSucceeded, corev1.PodSucceeded)
		s := newServer(t, held...)
		s.onDelete = first(1, errAway)
		e := s.executor(t, 1)
		e.Prune(ctx, taskOf(keep(0, 0)), nil)
		synctest.Wait()
		if left := s.names(t); len(left) != 2 {
			t.Fatalf("left: %v, want both", left)
		}
		e.Prune(ctx, taskOf(keep(0, 0)), nil)
		synctest.Wait()
		if left := s.names(t); len(left) != 0 {
			t.Errorf("left: %v, want nothing", left)
		}
	})
}

func TestR7_PruneProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		all := []corev1.PodPhase{corev1.PodPending, corev1.PodRunning, corev1.PodSucceeded, corev1.PodFailed}
		phases := rapid.SliceOfN(rapid.SampledFrom(all), 0, 12).Draw(rt, "phases")
		kept := map[corev1.PodPhase]int{
			corev1.PodSucceeded: rapid.IntRange(0, 4).Draw(rt, "succeeded"), corev1.PodFailed: rapid.IntRange(0, 4).Draw(rt, "failed"),
		}
		held, runs := history(phases...)
		activeAt := map[string]bool{}
		var active []model.Run
		for i, run := range runs {
			if rapid.Bool().Draw(rt, fmt.Sprint("active", i)) {
				active, activeAt[run.Name] = append(active, run), true
			}
		}
		var left []string
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, held...)
			s.executor(t, 1).Prune(t.Context(), taskOf(keep(kept[corev1.PodSucceeded], kept[corev1.PodFailed])), active)
			synctest.Wait()
			left = s.names(t)
		})
		var want []string
		for i, run := range slices.Backward(runs) { // newest first
			limit, ends := kept[phases[i]]
			if ends && !activeAt[run.Name] {
				if kept[phases[i]]--; limit == 0 {
					kept[phases[i]] = 0
					continue
				}
			}
			want = append(want, run.Name)
		}
		if diff := cmp.Diff(sorted(want), sorted(left)); diff != "" {
			rt.Fatalf("left (-want +got):\n%s", diff)
		}
	})
}
