package rig

import (
	"errors"
	"os"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

func TestWitness_NotesWhenAPodIsSeenFirst(t *testing.T) {
	t.Parallel()
	w := &Witness{created: map[string]time.Time{}, finished: map[string]bool{}}
	begun := time.Now()
	pod := func(name string, phase corev1.PodPhase) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: corev1.PodStatus{Phase: phase}}
	}
	w.note(watch.Added, pod("a", corev1.PodPending), begun)
	w.note(watch.Modified, pod("a", corev1.PodSucceeded), begun.Add(time.Second))
	w.note(watch.Modified, pod("b", corev1.PodRunning), begun.Add(2*time.Second)) // its creation was missed
	w.note(watch.Deleted, pod("b", corev1.PodRunning), begun.Add(3*time.Second))
	w.note(watch.Added, pod("c", corev1.PodPending), begun.Add(4*time.Second))

	if !w.created["a"].Equal(begun) || !w.created["b"].Equal(begun.Add(2*time.Second)) || len(w.Created()) != 3 {
		t.Errorf("created: %v", w.created)
	}
	if !w.finished["a"] || !w.finished["b"] || w.finished["c"] {
		t.Errorf("finished: %v, want a, which succeeded, and b, which was deleted", w.finished)
	}
	if err := w.AwaitCreated(t.Context(), 3, time.Minute); err != nil {
		t.Error(err)
	}
	if err := w.AwaitFinished(t.Context(), 3, time.Millisecond); err == nil {
		t.Error("AwaitFinished says that three have finished")
	}
}

func TestProcesses(t *testing.T) {
	t.Parallel()
	self := Processes{BenchProcess: os.Getpid()}
	for deadline := time.Now().Add(time.Minute); ; {
		used, err := self.CPU()
		if err != nil {
			t.Fatal(err)
		}
		if used[BenchProcess] > 0 {
			break // This loop is work.
		}
		if time.Now().After(deadline) {
			t.Fatal("no CPU time after a minute of work")
		}
	}
	memory, err := self.Memory()
	peak, peakErr := self.PeakMemory()
	if err := errors.Join(err, peakErr); err != nil {
		t.Fatal(err)
	}
	if memory[BenchProcess] < 1<<20 || peak[BenchProcess] < 1<<20 {
		t.Errorf("memory %g, peak %g: want at least a MiB", memory[BenchProcess], peak[BenchProcess])
	}
	if _, err := (Processes{"none": 0}).CPU(); err == nil {
		t.Error("CPU of a process that does not exist: no error")
	}
}

func TestMachine(t *testing.T) {
	t.Parallel()
	m, err := Machine()
	if err != nil {
		t.Fatal(err)
	}
	if m.CPUs < 1 || m.Memory < 1<<20 || m.Kernel == "" || m.Go == "" {
		t.Errorf("Machine = %+v", m)
	}
}

func TestField(t *testing.T) {
	t.Parallel()
	const text = "MemTotal:       100 kB\nmodel name\t: A processor: fast\n"
	for name, want := range map[string]string{"MemTotal": "100 kB", "model name": "A processor: fast", "none": ""} {
		if got := field(text, name); got != want {
			t.Errorf("field(%q) = %q, want %q", name, got, want)
		}
	}
}
