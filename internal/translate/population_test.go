package translate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/store/status"
)

func residentTask(name string, created int64) *v1alpha1.Task {
	return &v1alpha1.Task{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, CreationTimestamp: metav1.Unix(created, 0)}}
}

// S6: whatever is created, deleted and allowed, the oldest Tasks are scheduled, as many as the
// limit says, and those whose verdict changes are handed over again.
func TestPopulation_TheOldestTasksAreWithinTheLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := NewPopulation(rapid.IntRange(0, 3).Draw(t, "limit"))
		limit := p.fallback
		tasks := map[string]*v1alpha1.Task{}
		want := func() map[string]bool { // by name, whether it is scheduled
			byAge := slices.SortedFunc(maps.Values(tasks), func(a, b *v1alpha1.Task) int {
				return compareAges(resident{a.CreationTimestamp.Unix(), a.Name}, resident{b.CreationTimestamp.Unix(), b.Name})
			})
			within := map[string]bool{}
			for i, task := range byAge {
				within[task.Name] = limit == 0 || i < limit
			}
			return within
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			before, subject := want(), ""
			clear(p.changed)
			name := fmt.Sprint("task-", rapid.IntRange(0, 6).Draw(t, "task"))
			switch rapid.SampledFrom([]string{"apply", "delete", "limit", "reset"}).Draw(t, "what") {
			case "apply":
				subject = name
				tasks[name] = residentTask(name, int64(rapid.IntRange(0, 3).Draw(t, "created")))
				p.Add(tasks[name])
			case "delete":
				subject = name
				delete(tasks, name)
				p.Forget(model.Key{Namespace: "ns", Name: name})
			case "limit":
				limit = rapid.IntRange(0, 5).Draw(t, "own")
				p.SetLimit("ns", limit)
			case "reset":
				limit = p.fallback
				p.ResetLimit("ns")
			}
			for name, within := range want() {
				was, known := before[name]
				if key := status.KeyOf(tasks[name]); known && was != within && name != subject {
					if _, told := p.changed[types.NamespacedName{Namespace: key.Namespace, Name: key.Name}]; !told {
						t.Fatalf("%s is not handed over again", name)
					}
				}
			}
			for name, within := range want() {
				if problem := p.Problem(tasks[name]); (problem == nil) != within {
					t.Fatalf("%s: %+v, want it to be within the limit of %d: %t", name, problem, limit, within)
				}
			}
		}
		for name := range tasks {
			p.Forget(model.Key{Namespace: "ns", Name: name})
		}
		if len(p.namespaces) != 0 {
			t.Errorf("%d namespaces are kept without Tasks", len(p.namespaces))
		}
	})
}

// The Tasks are handed over outside of what changed the limit.
func TestPopulation_HandsOverWhatHasRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPopulation(2)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var handed []string
		go p.Run(ctx, func(_ context.Context, key model.Key) { handed = append(handed, key.Name) })
		for i := range 4 {
			p.Add(residentTask(fmt.Sprint("task-", i), int64(i)))
		}
		p.Forget(model.Key{Namespace: "ns", Name: "task-0"})
		synctest.Wait()
		p.Forget(model.Key{Namespace: "ns", Name: "unknown"})
		p.Forget(model.Key{Namespace: "another", Name: "task-1"})
		synctest.Wait()
		if diff := cmp.Diff([]string{"task-2"}, handed); diff != "" {
			t.Errorf("handed over (-want +got):\n%s", diff)
		}
	})
}

func TestPopulation_SaysWhatToDo(t *testing.T) {
	t.Parallel()
	p := NewPopulation(1)
	p.Add(residentTask("first", 0))
	problem := p.Problem(residentTask("second", 1))
	want := &model.Problem{
		Reason: v1alpha1.ReasonLimitExceeded,
		Message: "The namespace has more Tasks than its limit of 1, and only the oldest are scheduled: " +
			"delete others, or ask an administrator for a higher limit (label carillon.dev/limit-tasks of the namespace).",
	}
	if diff := cmp.Diff(want, problem); diff != "" {
		t.Errorf("problem (-want +got):\n%s", diff)
	}
}
