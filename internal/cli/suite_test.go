package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// The API server that all tests share; each has a namespace of its own.
var (
	admin      client.WithWatch
	kubeconfig string
)

func TestMain(m *testing.M) {
	//nolint:forbidigo // it is the main of the tests
	os.Exit(withCluster(m.Run))
}

// withCluster runs something while there is an API server.
func withCluster(run func() int) (code int) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		fmt.Fprintln(os.Stderr, "these tests need an API server: run them with make test")
		return 1
	}
	cluster := &envtest.Environment{
		CRDDirectoryPaths:     []string{filepath.Join("..", "..", "config", "crd", "bases")},
		ErrorIfCRDPathMissing: true,
	}
	defer func() { code = failed(code, cluster.Stop()) }()
	dir, err := os.MkdirTemp("", "cli")
	if err == nil {
		defer func() { code = failed(code, os.RemoveAll(dir)) }()
		err = connect(cluster, filepath.Join(dir, "kubeconfig"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting an API server:", err)
		return 1
	}
	return run()
}

// failed is the exit code after cleaning up: an API server that goes on, or a kubeconfig that
// stays, is a failure even if all tests have passed.
func failed(code int, err error) int {
	if err == nil {
		return code
	}
	fmt.Fprintln(os.Stderr, "cleaning up after the tests:", err)
	return max(code, 1)
}

// connect starts the API server and writes how to reach it into a file.
func connect(cluster *envtest.Environment, path string) error {
	if _, err := cluster.Start(); err != nil {
		return err
	}
	user, err := cluster.AddUser(envtest.User{Name: "somebody", Groups: []string{"system:masters"}}, nil)
	if err != nil {
		return err
	}
	text, err := user.KubeConfig()
	if err != nil {
		return err
	}
	kubeconfig = path
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return err
	}
	known := runtime.NewScheme()
	if err := scheme.AddToScheme(known); err != nil {
		return err
	}
	if err := v1alpha1.AddToScheme(known); err != nil {
		return err
	}
	config := user.Config()
	config.QPS = -1
	admin, err = client.NewWithWatch(config, client.Options{Scheme: known})
	return err
}

// namespace makes one for a test.
func namespace(t *testing.T) string {
	t.Helper()
	made := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "cli-"}}
	if err := admin.Create(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	return made.Name
}

// create creates a Task or a Scheduler as it is written, with its status.
func create[T any, P interface {
	*T
	client.Object
}](t *testing.T, namespace, manifest string) P {
	t.Helper()
	wanted, made := P(new(T)), P(new(T))
	for _, into := range []P{wanted, made} {
		if err := yaml.UnmarshalStrict([]byte(manifest), into); err != nil {
			t.Fatal(err)
		}
		into.SetNamespace(namespace)
	}
	if err := admin.Create(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	wanted.SetResourceVersion(made.GetResourceVersion())
	if err := admin.Status().Update(t.Context(), wanted); err != nil {
		t.Fatal(err)
	}
	return wanted
}

// makeTask creates a Task with a status.
func makeTask(t *testing.T, namespace, name, fields, status string) {
	t.Helper()
	create[v1alpha1.Task](t, namespace, fmt.Sprintf(`
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: %s, labels: {team: %s}}
spec:
%s
status:
%s
`, name, name, fields, status))
}

// daily is a Task that does something every morning.
const daily = `
  trigger: {schedule: "0 9 * * *", timeZone: Europe/Berlin}
  action: {handler: {name: log}}
`

// inCluster runs a command on the API server, in a namespace.
func inCluster(t *testing.T, namespace string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	return execute(t, "", append([]string{"--kubeconfig", kubeconfig, "--namespace", namespace}, args...)...)
}

// mustRun is inCluster for what has to succeed.
func mustRun(t *testing.T, namespace string, args ...string) (stdout, stderr string) {
	t.Helper()
	stdout, stderr, status := inCluster(t, namespace, args...)
	if status != 0 {
		t.Fatalf("%q: status %d: %s", args, status, stderr)
	}
	return stdout, stderr
}

// getTask reads a Task.
func getTask(ctx context.Context, t *testing.T, namespace, name string) *v1alpha1.Task {
	t.Helper()
	task := &v1alpha1.Task{}
	if err := admin.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, task); err != nil {
		t.Fatal(err)
	}
	return task
}

// from is the time that is so far from the present, as a status has it.
func from(d time.Duration) string {
	return `"` + present.Add(d).UTC().Truncate(time.Second).Format(time.RFC3339) + `"`
}

// createCronJob creates a CronJob as it is written.
func createCronJob(t *testing.T, namespace, manifest string) {
	t.Helper()
	job := &batchv1.CronJob{}
	if err := yaml.UnmarshalStrict([]byte(manifest), job); err != nil {
		t.Fatal(err)
	}
	job.Namespace = namespace
	if err := admin.Create(t.Context(), job); err != nil {
		t.Fatal(err)
	}
}
