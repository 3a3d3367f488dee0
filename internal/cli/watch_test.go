package cli

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// list --watch prints the Tasks, and a row for each change of what a row shows.
func TestListWatch(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	makeTask(t, ns, "report", daily, "  {state: Scheduled}")
	makeTask(t, ns, "other", daily, "  {state: Paused}")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	read, write := io.Pipe()
	streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: write, ErrOut: &bytes.Buffer{}}
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, streams, func() time.Time { return present }, []string{"--kubeconfig", kubeconfig, "--namespace", ns, "list", "--watch", "--state=Scheduled"})
		_ = write.Close()
	}()
	lines := bufio.NewScanner(read)
	expect := func(words ...string) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("it ended, want a line with %q", words)
		}
		for _, word := range words {
			if !strings.Contains(lines.Text(), word) {
				t.Errorf("printed %q, want %q in it", lines.Text(), word)
			}
		}
	}
	expect("NAME", "STATE")
	expect("report", "Scheduled")
	change := func(name string, what func(*v1alpha1.Task)) {
		t.Helper()
		task := getTask(ctx, t, ns, name)
		before := task.DeepCopy()
		what(task)
		if err := admin.Status().Patch(ctx, task, client.MergeFrom(before)); err != nil {
			t.Fatal(err)
		}
	}
	change("report", func(task *v1alpha1.Task) { task.Status.HandledRunRequests = 1 })
	change("report", func(task *v1alpha1.Task) { task.Status.ActiveCount = 2 })
	expect("report", "2")
	change("other", func(task *v1alpha1.Task) { task.Status.State = v1alpha1.TaskScheduled })
	expect("other", "Scheduled")
	change("other", func(task *v1alpha1.Task) { task.Status.State = v1alpha1.TaskPaused })
	expect("other", "Paused")
	if err := admin.Delete(ctx, getTask(ctx, t, ns, "report")); err != nil {
		t.Fatal(err)
	}
	expect("report", "<deleted>")
	go func() { _, _ = io.Copy(io.Discard, read) }() // what follows the line must not hold up the command
	cancel()
	if got := <-status; got != 0 {
		t.Errorf("interrupted, it ends with status %d, want 0", got)
	}
}
