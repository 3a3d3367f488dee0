package docs_test

import (
	"flag"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/internal/app" //nolint:depguard // the manager's flags are held against what is written about them
)

// managerFlags returns the manager's flags and where they put their values.
func managerFlags() (*app.Config, *flag.FlagSet) {
	cfg, set := &app.Config{}, flag.NewFlagSet("manager", flag.ContinueOnError)
	cfg.AddFlags(set)
	return cfg, set
}

// TestFlags shows that the manager's flags are documented with their defaults.
func TestFlags(t *testing.T) {
	t.Parallel()
	text := read(t, operationsPage)
	_, set := managerFlags()
	set.VisitAll(func(f *flag.Flag) {
		row := regexp.MustCompile("(?m)^\\| `--" + f.Name + "` \\| ([^|]*) \\|").FindStringSubmatch(text)
		switch {
		case row == nil:
			t.Errorf("--%s is not in the table of flags", f.Name)
		case f.DefValue != "" && row[1] != "`"+f.DefValue+"`":
			t.Errorf("--%s: the table says the default is %s, and it is `%s`", f.Name, row[1], f.DefValue)
		}
	})
	for _, row := range regexp.MustCompile("(?m)^\\| `--([a-z-]+)`").FindAllStringSubmatch(text, -1) {
		if set.Lookup(row[1]) == nil {
			t.Errorf("the table lists --%s, and the manager has no such flag", row[1])
		}
	}
}

// TestDeploymentFlags shows that the manager understands its arguments, and that
// the rest of the Pod fits them.
func TestDeploymentFlags(t *testing.T) {
	t.Parallel()
	object, container := deployment(t)
	cfg, set := managerFlags()
	if err := set.Parse(container.Args); err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
	for name, address := range map[string]string{"metrics": cfg.MetricsAddress, "probes": cfg.ProbeAddress} {
		i := slices.IndexFunc(container.Ports, func(port corev1.ContainerPort) bool { return port.Name == name })
		if i < 0 || address != fmt.Sprintf(":%d", container.Ports[i].ContainerPort) {
			t.Errorf("the port %s is not that of the address %s", name, address)
		}
	}
	// After the runs the core has five seconds for its last writes, and the
	// manager ten for all.
	grace := time.Duration(*object.Spec.Template.Spec.TerminationGracePeriodSeconds) * time.Second
	if least := cfg.ShutdownTimeout + 15*time.Second; grace < least {
		t.Errorf("terminationGracePeriodSeconds is %s, want at least %s", grace, least)
	}
	if *object.Spec.Replicas > 1 && !cfg.LeaderElect {
		t.Error("several managers without leader election")
	}
}
