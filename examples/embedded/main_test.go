package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/manager"
	"github.com/carillon-dev/carillon/manager/config"
	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// cluster is an API server with the CRDs.
var cluster *rest.Config

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	env := &envtest.Environment{CRDDirectoryPaths: []string{"../../config/crd/bases"}, ErrorIfCRDPathMissing: true}
	var err error
	if cluster, err = env.Start(); err != nil {
		log.Fatal("starting an API server, whose programs KUBEBUILDER_ASSETS names: ", err)
	}
	m.Run() // the exit status is its result
	if err := env.Stop(); err != nil {
		log.Fatal(err)
	}
}

func TestApplication(t *testing.T) {
	t.Parallel()
	c, namespace := newNamespace(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	background(t, func(ctx context.Context) error { return run(ctx, cluster, listener, configuration(namespace)) })
	task := everySecond(namespace, "hourly", "report", map[string]string{"title": "Orders"})
	if err := c.Create(t.Context(), task); err != nil {
		t.Fatal(err)
	}
	await(t, "two reports", func() (string, bool) {
		resp, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			return err.Error(), false
		}
		content, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		return string(content), err == nil && strings.Count(string(content), "Orders of ") >= 2
	})
	await(t, "the message of a run", func() (string, bool) {
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(task), task); err != nil {
			return err.Error(), false
		}
		runs := task.Status.RecentRuns
		return fmt.Sprintf("%+v", runs), len(runs) > 0 && strings.HasPrefix(runs[0].Message, "There are ")
	})
}

// Managers of one process serve their own namespaces, with functions, leases and metrics of
// their own.
func TestTwoManagersInOneProcess(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	var mu sync.Mutex
	called := map[string]map[string]int{} // how often each function was called for each namespace
	namespaces := map[string]string{}
	for _, name := range []string{"first", "second"} {
		c, namespace := newNamespace(t)
		namespaces[name] = namespace
		handlers := handler.NewRegistry()
		err := handlers.Register("greet", func(_ context.Context, run handler.Run) error {
			mu.Lock()
			defer mu.Unlock()
			if called[name] == nil {
				called[name] = map[string]int{}
			}
			called[name][run.Namespace]++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		mgr, err := manager.New(cluster, manager.Options{
			Configuration: configuration(namespace), Handlers: handlers, Logger: logr.Discard(),
			Registerer: prometheus.WrapRegistererWith(prometheus.Labels{"manager": name}, registry),
		})
		if err != nil {
			t.Fatal(err)
		}
		background(t, mgr.Start)
		if err := c.Create(t.Context(), everySecond(namespace, "hello", "greet", nil)); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "three calls of each function, for its own namespace", func() (string, bool) {
		mu.Lock()
		defer mu.Unlock()
		for name, namespace := range namespaces {
			if len(called[name]) != 1 || called[name][namespace] < 3 {
				return fmt.Sprintf("%v", called), false
			}
		}
		return "", true
	})
	families, err := registry.Gather()
	if err != nil || len(families) == 0 {
		t.Fatalf("the metrics of both are %d families, %v", len(families), err)
	}
}

// A registry of metrics that another manager has is an error, not a panic.
func TestTwoManagersNeedTwoRegistries(t *testing.T) {
	t.Parallel()
	options := manager.Options{Configuration: configuration("default"), Registerer: prometheus.NewRegistry()}
	if _, err := manager.New(cluster, options); err != nil {
		t.Fatal(err)
	}
	if _, err := manager.New(cluster, options); err == nil || !strings.Contains(err.Error(), "a registry of its own") {
		t.Errorf("New = %v, want an error that says what to do", err)
	}
}

// configuration is that of a manager of one namespace, whose lease is there, too.
func configuration(namespace string) *config.ManagerConfiguration {
	cfg := config.Default()
	cfg.WatchNamespaces = []string{namespace}
	cfg.LeaderElection.Namespace = namespace
	cfg.Metrics.BindAddress, cfg.Health.BindAddress = "0", "0"
	return cfg
}

// everySecond is a Task that has a function called each second.
func everySecond(namespace, name, function string, args map[string]string) *v1alpha1.Task {
	return &v1alpha1.Task{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.TaskSpec{
			Trigger: v1alpha1.Trigger{SimpleTrigger: v1alpha1.SimpleTrigger{Interval: &v1alpha1.IntervalTrigger{Seconds: 1}}},
			Action:  v1alpha1.Action{Handler: &v1alpha1.HandlerAction{Name: function, Args: args}},
		},
	}
}

func newNamespace(t *testing.T) (client.Client, string) {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	c, err := client.New(cluster, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "embedded-"}}
	if err := c.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	return c, namespace.Name
}

// background runs a function until the test is over.
func background(t *testing.T, f func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("it ended with %v", err)
			}
		case <-time.After(time.Minute):
			t.Error("it does not end")
		}
	})
}

// await looks again and again until something is so, for a minute at most.
func await(t *testing.T, what string, is func() (got string, ok bool)) {
	t.Helper()
	last := ""
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		got, ok := is()
		if ok {
			return
		}
		last = got
	}
	t.Fatalf("want %s, got %s", what, last)
}
