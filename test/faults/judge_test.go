package faults_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// judge reads the ledger of a case from the beginning, and says what of the contract
// was broken.
type judge struct {
	late func(*corev1.Pod) bool

	task      *v1alpha1.Task
	alive     map[types.UID]*corev1.Pod
	stray     map[types.UID]*corev1.Pod // those that came late
	attempts  map[string]types.UID      // Pods by run and attempt
	outcomes  map[string]map[bool]int   // how many Pods of a run succeeded and failed
	concluded map[types.UID]bool
	wrongs    []string
}

func newJudge(late func(*corev1.Pod) bool) *judge {
	return &judge{
		late: late, task: &v1alpha1.Task{}, alive: map[types.UID]*corev1.Pod{}, stray: map[types.UID]*corev1.Pod{}, attempts: map[string]types.UID{},
		outcomes: map[string]map[bool]int{}, concluded: map[types.UID]bool{},
	}
}

func (j *judge) wrong(format string, args ...any) {
	j.wrongs = append(j.wrongs, fmt.Sprintf(format, args...))
}

// read goes through the entries in the order in which they were made.
func (j *judge) read(entries []entry) {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.version, b.version) })
	for _, e := range entries {
		switch obj := e.obj.(type) {
		case *v1alpha1.Task:
			j.decided(obj)
		case *corev1.Pod:
			j.pod(e.kind, obj)
		}
	}
}

// decided compares two versions of a record.
func (j *judge) decided(task *v1alpha1.Task) {
	was, is := j.task.Status, task.Status
	j.task = task
	if was.DecidedThrough != nil && (is.DecidedThrough == nil || is.DecidedThrough.Before(was.DecidedThrough)) {
		j.wrong("R10: the watermark went back from %v to %v", was.DecidedThrough, is.DecidedThrough)
	}
	if was.RunCounts != nil {
		a, b := *was.RunCounts, v1alpha1.RunCounts{}
		if is.RunCounts != nil {
			b = *is.RunCounts
		}
		if b.Succeeded < a.Succeeded || b.Failed < a.Failed || b.Missed < a.Missed || b.Skipped < a.Skipped || b.Coalesced < a.Coalesced ||
			b.Replaced < a.Replaced || b.Lost < a.Lost || b.Cancelled < a.Cancelled {
			j.wrong("R1: the counters went back from %+v to %+v", a, b)
		}
		if b.Skipped > a.Skipped && len(j.alive) == 0 {
			j.wrong("R4: a run was skipped although no Pod was alive: %+v", is.RecentRuns)
		}
	}
	instances := 0
	for i := range is.Active {
		if is.Active[i].State != v1alpha1.RunQueued {
			instances++
		}
	}
	if instances > 1 {
		j.wrong("R4: the record has %d instances", instances)
	}
}

// pod takes in a change of a Pod.
func (j *judge) pod(kind watch.EventType, pod *corev1.Pod) {
	if j.late(pod) {
		j.lateComer(kind, pod)
		return
	}
	switch {
	case kind == watch.Added:
		j.created(pod)
	case kind == watch.Deleted:
		j.removed(pod)
	case ended(pod):
		j.concludes(pod)
	}
}

func (j *judge) created(pod *corev1.Pod) {
	attempt := pod.Labels[v1alpha1.LabelRunID] + "/" + pod.Annotations[v1alpha1.AnnotationAttempt]
	if _, again := j.attempts[attempt]; again {
		j.wrong("doubled: attempt %s has a second Pod, %s", attempt, pod.Name)
	}
	j.attempts[attempt] = pod.UID
	if !j.lists(pod) {
		j.wrong("act after save: Pod %s was created before a record listed it", pod.Name)
	}
	j.alive[pod.UID] = pod
	if len(j.alive) > 1 {
		j.wrong("R4: Pod %s is alive beside another", pod.Name)
	}
}

// lists reports whether the record lists a Pod as that of an unfinished run.
func (j *judge) lists(pod *corev1.Pod) bool {
	return slices.ContainsFunc(j.task.Status.Active, func(run v1alpha1.ActiveRun) bool {
		return string(run.Source) == pod.Annotations[v1alpha1.AnnotationSource] && run.Request == pod.Annotations[v1alpha1.AnnotationRequest] &&
			run.ScheduledTime.UTC().Format(time.RFC3339) == pod.Annotations[v1alpha1.AnnotationScheduledTime] &&
			strconv.Itoa(int(run.Attempt)) == pod.Annotations[v1alpha1.AnnotationAttempt]
	})
}

func (j *judge) concludes(pod *corev1.Pod) {
	if j.concluded[pod.UID] {
		return
	}
	j.concluded[pod.UID] = true
	delete(j.alive, pod.UID)
	run := pod.Labels[v1alpha1.LabelRunID]
	if j.outcomes[run] == nil {
		j.outcomes[run] = map[bool]int{}
	}
	j.outcomes[run][pod.Status.Phase == corev1.PodSucceeded]++
}

func (j *judge) removed(pod *corev1.Pod) {
	delete(j.alive, pod.UID)
	if ended(pod) && j.lists(pod) {
		j.wrong("R7: Pod %s was removed before its outcome was saved", pod.Name)
	}
}

// lateComer is a Pod that nobody ordered any more: it has to go before it does
// anything.
func (j *judge) lateComer(kind watch.EventType, pod *corev1.Pod) {
	switch {
	case kind == watch.Deleted:
		delete(j.stray, pod.UID)
	case pod.Spec.NodeName != "":
		j.wrong("fencing: Pod %s came late, and runs", pod.Name)
	case kind == watch.Added:
		j.stray[pod.UID] = pod
	}
}

// conclude looks at what there is at the end.
func (j *judge) conclude(c *testCase) {
	want, status := c.wanted(), j.task.Status
	if status.RunCounts == nil || *status.RunCounts != want {
		j.wrong("R1: counted %+v, want %+v", status.RunCounts, want)
	}
	if len(status.Active) > 0 {
		j.wrong("R1: %d runs are unfinished", len(status.Active))
	}
	for _, pods := range []map[types.UID]*corev1.Pod{j.alive, j.stray} {
		for _, pod := range pods {
			j.wrong("fencing: Pod %s is alive, and no record lists it", pod.Name)
		}
	}
	if c.pods == 0 {
		j.called(c)
		return
	}
	if pods := c.pods + c.requests; len(j.attempts) != pods {
		j.wrong("there were %d Pods, want %d", len(j.attempts), pods)
	}
	succeeded := int64(0)
	for run, count := range j.outcomes {
		if count[true] > 1 {
			j.wrong("doubled: run %s has %d Pods that succeeded", run, count[true])
		}
		succeeded += int64(min(count[true], 1))
	}
	if succeeded != want.Succeeded {
		j.wrong("R1: %d runs have a Pod that succeeded, and %d are counted", succeeded, want.Succeeded)
	}
}

// called looks at the calls of an http action: each run at least once, and with one key.
func (j *judge) called(c *testCase) {
	keys := callsOf(c.namespace)
	if int64(len(keys)) != c.wanted().Succeeded {
		j.wrong("R5: there were calls with %d keys, want %d", len(keys), c.wanted().Succeeded)
	}
	for key, n := range keys {
		if n > 1 && c.kind.takeover == nil {
			j.wrong("doubled: the same manager called %d times with the key %s", n, key)
		}
	}
}
