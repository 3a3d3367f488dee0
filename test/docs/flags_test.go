package docs_test

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/manager/config"
)

// TestConfiguration shows that every setting is documented with its flag and its
// default, and no other, and that the file on the page is the defaults.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	page, cfg := read(t, configurationPage), config.Default()
	set := pflag.NewFlagSet("manager", pflag.ContinueOnError)
	cfg.AddFlags(set)
	rows := regexp.MustCompile("(?m)^\\| `([a-zA-Z0-9.]+)` \\| `--([a-z0-9-]+)` \\| ([^|]*) \\|").FindAllStringSubmatch(page, -1)
	options := cfg.Options()
	if len(rows) != len(options) {
		t.Fatalf("the table has %d rows, and there are %d settings: run make generate", len(rows), len(options))
	}
	for i, o := range options {
		value := cmp.Or(set.Lookup(o.Flag).DefValue, "none")
		if row := rows[i]; row[1] != o.Field || row[2] != o.Flag || strings.Trim(row[3], "`") != value {
			t.Errorf("the table says %q, and it is %s, --%s, %s: run make generate", row[1:], o.Field, o.Flag, value)
		}
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(page, -1)
	if len(blocks) != 1 {
		t.Fatalf("there are %d files on the page, want one", len(blocks))
	}
	file, err := config.Decode([]byte(blocks[0][1]))
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(cfg, file); diff != "" {
		t.Errorf("the file on the page (-default +file):\n%s", diff)
	}
}

// TestDeploymentFlags shows that the manager understands its arguments, and that
// the rest of the Pod fits them.
func TestDeploymentFlags(t *testing.T) {
	t.Parallel()
	object, container := deployment(t)
	cfg, err := config.Parse(container.Args, io.Discard, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !cfg.Metrics.Secure {
		t.Error("metrics are served to everybody")
	}
	for name, address := range map[string]string{"metrics": cfg.Metrics.BindAddress, "probes": cfg.Health.BindAddress} {
		i := slices.IndexFunc(container.Ports, func(port corev1.ContainerPort) bool { return port.Name == name })
		if i < 0 || address != fmt.Sprintf(":%d", container.Ports[i].ContainerPort) {
			t.Errorf("the port %s is not that of the address %s", name, address)
		}
	}
	// After the runs the core has five seconds for its last writes, and the
	// manager ten for all.
	grace := time.Duration(*object.Spec.Template.Spec.TerminationGracePeriodSeconds) * time.Second
	if least := cfg.ShutdownTimeout.Duration + 15*time.Second; grace < least {
		t.Errorf("terminationGracePeriodSeconds is %s, want at least %s", grace, least)
	}
	if *object.Spec.Replicas > 1 && !cfg.LeaderElection.Enabled {
		t.Error("several managers without leader election")
	}
}
