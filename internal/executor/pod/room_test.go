package pod_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// quotaOf refuses creates while the server holds so many Pods, as a ResourceQuota does
// that limits a resource.
func (s *server) quotaOf(t *testing.T, resource string, limit int) {
	t.Helper()
	s.onCreate = func(context.Context, int) error {
		used := len(s.names(t))
		if used < limit {
			return nil
		}
		return apierrors.NewForbidden(pods, "x", fmt.Errorf("exceeded quota: small, requested: %[1]s=1, used: %[1]s=%[2]d, limited: %[1]s=%[3]d", resource, used, limit))
	}
}

// ofAnother makes a Pod that of another Task's run.
func ofAnother(run model.Run, set ...func(*corev1.Pod)) client.Object {
	key := theKey
	key.Name, key.UID = "cleanup", "5f0c2b1e-0000-4000-8000-000000000002"
	return podOfTask(key, run, set...)
}

func TestR7_HistoryGivesWayToAQuota(t *testing.T) {
	t.Parallel()
	const s, f, r = corev1.PodSucceeded, corev1.PodFailed, corev1.PodRunning
	tests := map[string]struct {
		phases     []corev1.PodPhase // of the Task's Pods, oldest first
		others     []corev1.PodPhase // of another Task's, older than those
		unrecorded []int             // of the Task's
		resource   string
		limit      int
		gone       []int // of the Task's
		goneOthers []int
		created    bool
	}{
		"the oldest goes":                {phases: []corev1.PodPhase{s, f, s}, resource: "count/pods", limit: 3, gone: []int{0}, created: true},
		"as many as it takes":            {phases: []corev1.PodPhase{s, f, s}, resource: "count/pods", limit: 2, gone: []int{0, 1}, created: true},
		"an unfinished one stays":        {phases: []corev1.PodPhase{r, s}, resource: "count/pods", limit: 2, gone: []int{1}, created: true},
		"an unrecorded one stays":        {phases: []corev1.PodPhase{s, s}, unrecorded: []int{0}, resource: "count/pods", limit: 2, gone: []int{1}, created: true},
		"its own go first":               {phases: []corev1.PodPhase{s}, others: []corev1.PodPhase{s, s}, resource: "count/pods", limit: 3, gone: []int{0}, created: true},
		"those of others if need be":     {phases: []corev1.PodPhase{r}, others: []corev1.PodPhase{s, f}, resource: "count/pods", limit: 3, goneOthers: []int{0}, created: true},
		"none if that were not enough":   {phases: []corev1.PodPhase{r, r, s}, resource: "count/pods", limit: 2},
		"none if none is recorded":       {phases: []corev1.PodPhase{s, s}, unrecorded: []int{0, 1}, resource: "count/pods", limit: 2},
		"finished Pods count for nought": {phases: []corev1.PodPhase{s, s}, resource: "pods", limit: 2},
		"another resource is exceeded":   {phases: []corev1.PodPhase{s, s}, resource: "requests.cpu", limit: 2},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				held, runs := history(tc.phases...)
				want := map[string]bool{}
				for _, p := range held {
					want[p.GetName()] = true
				}
				for i, p := range tc.others {
					other := ofAnother(runAt(slot.Add(time.Duration(i)*time.Second-time.Hour)), phase(p), func(pod *corev1.Pod) {
						pod.UID = types.UID(fmt.Sprintf("other-uid-%d", i))
					})
					held, want[other.GetName()] = append(held, other), true
				}
				sv := newServer(t, held...)
				for _, i := range tc.unrecorded {
					sv.unrecorded = append(sv.unrecorded, runs[i].Ref())
				}
				sv.quotaOf(t, tc.resource, tc.limit)
				run := runAt(slot.Add(time.Hour))
				run.Due, run.Start = time.Now(), time.Now()
				sv.executor(t, 1).Start(t.Context(), taskOf(startTimeout(0)), run)
				time.Sleep(time.Second)
				synctest.Wait()
				for _, i := range tc.gone {
					delete(want, runs[i].Name)
				}
				for _, i := range tc.goneOthers {
					delete(want, held[len(tc.phases)+i].GetName())
				}
				if tc.created {
					want[run.Name] = true
				}
				got := map[string]bool{}
				for _, name := range sv.names(t) {
					got[name] = true
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("Pods after a second (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// R7: a quota that notices late that Pods are gone does not cost more of them.
func TestR7_SlowQuotaCostsNoFurtherHistory(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prune    bool // the Task's surplus has just been pruned
		wantGone int
	}{
		"room was made":         {false, 1},
		"there was room anyway": {true, 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				held, _ := history(corev1.PodSucceeded, corev1.PodSucceeded, corev1.PodSucceeded)
				sv := newServer(t, held...)
				sv.onCreate = first(4, apierrors.NewForbidden(pods, "x",
					errors.New("exceeded quota: small, requested: count/pods=1, used: count/pods=3, limited: count/pods=3")))
				e := sv.executor(t, 1)
				if tc.prune {
					e.Prune(t.Context(), taskOf(keep(2, 2)), nil)
					synctest.Wait()
				}
				run := runAt(slot.Add(time.Hour))
				run.Due, run.Start = time.Now(), time.Now()
				e.Start(t.Context(), taskOf(startTimeout(0)), run)
				time.Sleep(time.Minute)
				synctest.Wait()
				if left := len(sv.names(t)) - 1; left != 3-tc.wantGone {
					t.Errorf("%d Pods of history left, want %d", left, 3-tc.wantGone)
				}
			})
		})
	}
}

// R7: attempts that need room at the same time do not count on the same Pod, and one whose
// room another took makes room again.
func TestR7_AttemptsMakeRoomOfTheirOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		held, _ := history(corev1.PodSucceeded, corev1.PodSucceeded, corev1.PodSucceeded)
		sv := newServer(t, held...)
		sv.quotaOf(t, "count/pods", 3)
		e := sv.executor(t, 5)
		for i := range 3 {
			run := runAt(slot.Add(time.Duration(i+1) * time.Hour))
			run.Due, run.Start = time.Now(), time.Now()
			e.Start(t.Context(), taskOf(startTimeout(0)), run)
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if begun := len(sv.settled()); begun != 3 {
			t.Errorf("%d of 3 attempts have begun", begun)
		}
	})
}
