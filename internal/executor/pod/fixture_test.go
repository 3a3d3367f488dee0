package pod_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr/testr"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/carillon-dev/carillon/internal/executor/pod"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/runpod"
	"github.com/carillon-dev/carillon/internal/scheduler/fair"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

var pods = corev1.Resource("pods")

// theKey is the Task of the tests.
var theKey = model.Key{Namespace: "reports", Name: "newsletter", UID: "5f0c2b1e-0000-4000-8000-000000000001"}

// template is a small template.
func template() *corev1.PodTemplateSpec {
	return &corev1.PodTemplateSpec{Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: "main", Image: "registry.example/newsletter:1"}},
	}}
}

// taskOf returns the Task of the tests with some fields set.
func taskOf(set ...func(*model.Task)) model.Task {
	task := model.Task{
		Key: theKey, StartTimeout: 10 * time.Minute, KeepSucceeded: 3, KeepFailed: 3,
		Payload: &payload.Action{Scheduler: "default", Pod: template()},
	}
	for _, s := range set {
		s(&task)
	}
	return task
}

// runAt returns the first attempt of the run of a slot, decided on time.
func runAt(slot time.Time) model.Run {
	run := model.Run{
		Source: model.SourceScheduled, Slot: slot, Due: slot, Attempt: 1,
		State: model.Starting, Start: slot, Nonce: "NONCE",
	}
	run.Name = model.AttemptName(theKey, run.Ref(), run.Attempt, run.Nonce)
	return run
}

// podOf returns the Pod of a run as the API server would hold it.
func podOf(run model.Run, set ...func(*corev1.Pod)) *corev1.Pod {
	return podOfTask(theKey, run, set...)
}

// podOfTask is podOf for another Task.
func podOfTask(key model.Key, run model.Run, set ...func(*corev1.Pod)) *corev1.Pod {
	run.Name = model.AttemptName(key, run.Ref(), run.Attempt, run.Nonce)
	p := pod.Render(pod.Request{Key: key, Scheduler: "default", Template: template(), Run: run, Start: run.Start})
	p.UID = "pod-uid-1"
	p.Status.Phase = corev1.PodPending
	for _, s := range set {
		s(p)
	}
	return p
}

// report is what an Executor reported, and when.
type report struct {
	At        time.Time
	Scheduler string
	Key       model.Key
	Obs       model.Observation
}

// server stands for the API server. The functions are asked before each request
// with its number, from 1; an error is the answer.
type server struct {
	client.Client
	onCreate, onGet, onDelete func(ctx context.Context, n int) error
	// unrecorded are the runs whose outcome has not been saved.
	unrecorded []model.RunRef
	// afterCreate is the answer to a create that has been carried out.
	afterCreate func(n int) error

	mu                     sync.Mutex
	creates, gets, deletes []time.Time
	reports                []report
}

// newServer returns a server that holds some Pods.
func newServer(t *testing.T, held ...client.Object) *server {
	t.Helper()
	s := &server{}
	builder := fake.NewClientBuilder()
	if err := pod.IndexByTask(t.Context(), indexer{builder}); err != nil {
		t.Fatal(err)
	}
	s.Client = builder.WithObjects(held...).WithInterceptorFuncs(interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
			if err := s.ask(ctx, &s.creates, s.onCreate); err != nil {
				return err
			}
			obj.SetUID("pod-uid-new")
			if err := c.Create(ctx, obj, opts...); err != nil || s.afterCreate == nil {
				return err
			}
			return s.afterCreate(len(s.created()))
		},
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
			if err := s.ask(ctx, &s.gets, s.onGet); err != nil {
				return err
			}
			return c.Get(ctx, key, obj, opts...)
		},
		Delete: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.DeleteOption) error {
			if err := s.ask(ctx, &s.deletes, s.onDelete); err != nil {
				return err
			}
			return deleteExactly(ctx, c, obj, opts)
		},
	}).Build()
	return s
}

// indexer gives a fake client the indexes of a cache.
type indexer struct{ builder *fake.ClientBuilder }

func (i indexer) IndexField(_ context.Context, object client.Object, name string, extract client.IndexerFunc) error {
	i.builder.WithIndex(object, name, extract)
	return nil
}

// cache lists the Pods of a server as a manager caches them.
type cache struct{ client.Reader }

func (c cache) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	if err := c.Reader.List(ctx, list, opts...); err != nil {
		return err
	}
	pods := list.(*corev1.PodList)
	for i := range pods.Items {
		if _, err := runpod.Trim(&pods.Items[i]); err != nil {
			return err
		}
	}
	return nil
}

// ask counts a request and asks for its answer.
func (s *server) ask(ctx context.Context, counter *[]time.Time, answer func(context.Context, int) error) error {
	s.mu.Lock()
	*counter = append(*counter, time.Now())
	n := len(*counter)
	s.mu.Unlock()
	if answer == nil {
		return nil
	}
	return answer(ctx, n)
}

// deleteExactly insists on the UID precondition, which the fake does not know.
func deleteExactly(ctx context.Context, c client.WithWatch, obj client.Object, opts []client.DeleteOption) error {
	var o client.DeleteOptions
	o.ApplyOptions(opts)
	if o.Preconditions == nil || o.Preconditions.UID == nil {
		return apierrors.NewBadRequest("a delete without a UID")
	}
	var held corev1.Pod
	if err := c.Get(ctx, client.ObjectKeyFromObject(obj), &held); err != nil {
		return err
	}
	if held.UID != *o.Preconditions.UID {
		return apierrors.NewConflict(pods, obj.GetName(), context.Canceled)
	}
	return c.Delete(ctx, obj)
}

// created, read and deleted return when the requests of a kind came.
func (s *server) created() []time.Time { return copied(s, &s.creates) }
func (s *server) read() []time.Time    { return copied(s, &s.gets) }
func (s *server) deleted() []time.Time { return copied(s, &s.deletes) }

// all returns everything that was reported.
func (s *server) all() []report { return copied(s, &s.reports) }

// copied reads what the executor's goroutines add to.
func copied[T any](s *server, from *[]T) []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(*from)
}

// executor returns an Executor that talks to the server.
func (s *server) executor(t *testing.T, maxInFlight int) *pod.Executor {
	t.Helper()
	return pod.New(pod.Config{
		Client: s, Reader: s, Cache: cache{s}, Clock: clock.RealClock{}, Requests: fair.NewSemaphore(maxInFlight), Deletes: fair.NewSemaphore(maxInFlight), Log: testr.New(t), Recorded: s.recorded,
		Report: func(name string, key model.Key, obs model.Observation) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.reports = append(s.reports, report{time.Now(), name, key, obs})
		},
	})
}

// take returns what was reported in one phase, or in all others.
func (s *server) take(phase model.Phase, others bool) []report {
	s.mu.Lock()
	defer s.mu.Unlock()
	var taken []report
	for _, r := range s.reports {
		if (r.Obs.Phase == phase) != others {
			taken = append(taken, r)
		}
	}
	return taken
}

func (s *server) recorded(_ context.Context, _ model.Key, run model.RunRef) (bool, error) {
	return !slices.Contains(s.unrecorded, run), nil
}

// delays returns what was reported of creates that are tried again, settled returns
// what was reported of the rest.
func (s *server) delays() []report  { return s.take(model.PhaseDelayed, false) }
func (s *server) settled() []report { return s.take(model.PhaseDelayed, true) }

// wantReports waits until nothing moves and compares the observations, without those of
// delays. Which Pod they are of, when they were read, and reports that say no more than that the Pod exists, are
// left to the tests of live reads.
func (s *server) wantReports(t *testing.T, want ...model.Observation) {
	t.Helper()
	synctest.Wait()
	var got []model.Observation
	for _, r := range s.settled() {
		if r.Scheduler != "default" || r.Key != theKey {
			t.Errorf("reported to the Scheduler %q about %v", r.Scheduler, r.Key)
		}
		if r.Obs.UID, r.Obs.SeenAt = "", (time.Time{}); r.Obs.Phase != model.PhaseExists {
			got = append(got, r.Obs)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
}

// names lists the Pods that the server holds.
func (s *server) names(t *testing.T) []string {
	t.Helper()
	var list corev1.PodList
	if err := s.List(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range list.Items {
		names = append(names, p.Name)
	}
	return names
}

// seen returns an observation of the attempt.
func seen(run model.Run, obs model.Observation) model.Observation {
	obs.Run, obs.Attempt = run.Ref(), run.Attempt
	return obs
}

// shown returns an observation of the attempt's Pod, as podOf makes it.
func shown(run model.Run, obs model.Observation) model.Observation {
	obs.UID = "pod-uid-1"
	return seen(run, obs)
}

// Ways of a container.
func running(name string, since time.Time) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: name, State: corev1.ContainerState{
		Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(since)},
	}}
}

func waiting(name, reason, message string) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: name, State: corev1.ContainerState{
		Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message},
	}}
}

func exited(name string, code int32, reason string, from, to time.Time) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: name, State: corev1.ContainerState{
		Terminated: &corev1.ContainerStateTerminated{
			ExitCode: code, Reason: reason, StartedAt: metav1.NewTime(from), FinishedAt: metav1.NewTime(to),
		},
	}}
}

func phase(phase corev1.PodPhase, containers ...corev1.ContainerStatus) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Status.Phase, p.Status.ContainerStatuses = phase, containers }
}
