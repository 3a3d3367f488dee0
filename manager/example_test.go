package manager_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/manager"
	"github.com/carillon-dev/carillon/manager/config"
)

// cluster stands for what ctrl.GetConfigOrDie returns.
var cluster = &rest.Config{Host: "https://127.0.0.1:1"}

func archive(context.Context, handler.Run) error { return nil }

// A main with a function of its own. It has the flags of the shipped manager.
func ExampleMain() {
	handlers := handler.NewRegistry()
	if err := handlers.Register("archive", archive); err != nil {
		fmt.Println(err)
		return
	}
	_ = func() { manager.Main(handlers) } // the rest of the main
	fmt.Println(handlers.Names("default"))
	// Output: [archive]
}

// Run is Main without the process: arguments, a context, and an error.
func ExampleRun() {
	err := manager.Run(context.Background(), []string{"--shutdown-timeout=-1s"}, nil, os.Stdout)
	fmt.Println(err)
	// Output: configuration: shutdownTimeout: Invalid value: "-1s": must not be negative: write 0s to wait for no run (flag --shutdown-timeout)
}

// A manager for one namespace, with a typed configuration.
func ExampleNew() {
	cfg := config.Default()
	cfg.WatchNamespaces = []string{"team-a"}
	cfg.ShutdownTimeout.Duration = 10 * time.Second
	mgr, err := manager.New(cluster, manager.Options{Configuration: cfg, Registerer: prometheus.NewRegistry()})
	if err != nil {
		fmt.Println(err)
		return
	}
	// err = mgr.Start(ctrl.SetupSignalHandler())
	fmt.Println(mgr.GetConfig().Host)
	// Output: https://127.0.0.1:1
}

// Managers of one process have namespaces, leases and registries of metrics of their own. They may
// share functions.
func ExampleNew_several() {
	registry, handlers := prometheus.NewRegistry(), handler.NewRegistry()
	for _, team := range []string{"team-a", "team-b"} {
		cfg := config.Default()
		cfg.WatchNamespaces, cfg.LeaderElection.Namespace = []string{team}, team
		cfg.Metrics.BindAddress, cfg.Health.BindAddress = "0", "0"
		_, err := manager.New(cluster, manager.Options{
			Configuration: cfg, Handlers: handlers,
			Registerer: prometheus.WrapRegistererWith(prometheus.Labels{"manager": team}, registry),
		})
		fmt.Println(team, err)
	}
	// Output:
	// team-a <nil>
	// team-b <nil>
}

// A scheduler inside an application that has a manager.
func ExampleSetupWithManager() {
	mgr, err := ctrl.NewManager(cluster, ctrl.Options{GracefulShutdownTimeout: new(time.Minute)})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = manager.SetupWithManager(mgr, manager.Options{Registerer: prometheus.NewRegistry()})
	fmt.Println(err)
	// Output: <nil>
}
