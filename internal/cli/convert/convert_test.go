package convert

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/testing/crdtest"
	"github.com/carillon-dev/carillon/internal/testing/golden"
)

// run runs the command.
func run(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	streams, _, out, errOut := genericiooptions.NewTestIOStreams()
	cmd := NewCommand(kube.NewFactory(streams, time.Now))
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(t.Context())
	return out.String(), errOut.String(), err
}

// CronJobs of all kinds become Tasks that the API server takes, and the notes say what is
// different. To see and keep what has changed: go test ./internal/cli/convert -update.
func TestConvert(t *testing.T) {
	t.Parallel()
	server, err := crdtest.Load("../../../config/crd/bases")
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(inputs) < 5 {
		t.Fatalf("%d inputs: %v", len(inputs), err)
	}
	for _, input := range inputs {
		name := strings.TrimSuffix(filepath.Base(input), ".yaml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, err := run(t, "-f", input)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := server.Create([]byte(stdout)); err != nil {
				t.Errorf("the API server would not take it: %v\n%s", err, stdout)
			}
			got := stderr + "---\n" + stdout
			golden.Compare(t, filepath.Join("testdata", name+".golden"), got)
		})
	}
}

func TestConvertADirectory(t *testing.T) {
	t.Parallel()
	stdout, _, err := run(t, "-f", "testdata", "-R")
	if err != nil {
		t.Fatal(err)
	}
	documents := strings.Split(stdout, "---\n")
	if inputs, _ := filepath.Glob("testdata/*.yaml"); len(documents) != len(inputs) {
		t.Errorf("%d Tasks of %d CronJobs", len(documents), len(inputs))
	}
	for _, document := range documents {
		var task struct{ Kind string }
		if err := yaml.Unmarshal([]byte(document), &task); err != nil || task.Kind != "Task" {
			t.Errorf("%v of\n%s", err, document)
		}
	}
}

// A schedule that no Task can have is an error of that CronJob, and the others are printed.
func TestConvertWhatCannotBe(t *testing.T) {
	t.Parallel()
	wrong := filepath.Join(t.TempDir(), "wrong.yaml")
	text, err := os.ReadFile("testdata/macro.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(wrong, []byte(strings.Replace(string(text), "@weekly", "61 * * * *", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, err := run(t, "-f", wrong, "-f", "testdata/macro.yaml")
	if err == nil || err.Error() != "1 of 2 CronJobs cannot be converted" || !strings.Contains(stderr, "digest: Error: its schedule: spec.trigger.schedule: ") || !strings.Contains(stdout, "@weekly") {
		t.Errorf("%v, said\n%s\nprinted\n%s", err, stderr, stdout)
	}
}
