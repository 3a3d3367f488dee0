package docs_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/executor/inprocess"
	"github.com/carillon-dev/carillon/internal/testutil/crdtest"
	"github.com/carillon-dev/carillon/internal/testutil/manifests"
	"github.com/carillon-dev/carillon/internal/testutil/pages"
	"github.com/carillon-dev/carillon/internal/translate"
	"github.com/carillon-dev/carillon/manager/config"
)

// A part of an object, as the pages show it for one field, is completed to one
// of these.
var bases = map[string]string{
	taskPage: `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: example}
spec:
  trigger: {interval: {minutes: 1}}
  action: {handler: {name: log}}
`,
	schedulerPage: `
apiVersion: carillon.dev/v1alpha1
kind: Scheduler
metadata: {name: example}
spec: {}
`,
}

// object returns the whole object of an example.
func object(e pages.Block) (map[string]any, error) {
	part := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(e.Text), &part); err != nil {
		return nil, err
	}
	if _, whole := part["apiVersion"]; whole {
		return part, nil
	}
	base, ok := bases[e.Page]
	if !ok {
		return nil, errors.New("it has no apiVersion, and only on the page of a kind an example may be a part of an object")
	}
	all := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(base), &all); err != nil {
		return nil, err
	}
	for section, fields := range part {
		given, ok := fields.(map[string]any)
		if !ok || section != "spec" && section != "status" {
			return nil, fmt.Errorf("%q is no section of an object", section)
		}
		if all[section] == nil {
			all[section] = map[string]any{}
		}
		maps.Copy(all[section].(map[string]any), given)
	}
	return all, nil
}

// TestExamples shows that the API server would take every example as it is
// written, that no Task of them would be stalled, and that statuses are shown as
// they could be.
func TestExamples(t *testing.T) {
	t.Parallel()
	server, err := crdtest.Load(filepath.Join(root, "config/crd/bases"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range blocks(t, "yaml") {
		t.Run(e.String(), func(t *testing.T) {
			t.Parallel()
			check(t, server, e)
		})
	}
}

func check(t *testing.T, server *crdtest.Server, e pages.Block) {
	t.Helper()
	object, err := object(e)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	switch object["kind"] {
	case config.Kind:
		checkConfiguration(t, e.Text)
		return
	case "Kustomization":
		checkKustomization(t, e)
		return
	}
	if inKustomization(t, e) {
		return // It is checked with it.
	}
	created, err := server.Create(manifest)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := object["status"]; ok {
		if _, err := server.UpdateStatus(created, manifest); err != nil {
			t.Errorf("its status: %v", err)
		}
	}
	if created.GetKind() == "Task" {
		checkPlan(t, created)
	}
}

// checkConfiguration shows that the manager would take a file.
func checkConfiguration(t *testing.T, text string) {
	t.Helper()
	cfg, err := config.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
}

// ours begins the addresses of folders of this repository, and beside the paths of those in a checkout
// that lies beside the files of a page.
const (
	ours   = "github.com/carillon-dev/carillon/"
	beside = "../carillon/"
)

// checkKustomization shows that kubectl builds a kustomization, with the folders of this
// repository and the other files that its page shows.
func checkKustomization(t *testing.T, e pages.Block) {
	t.Helper()
	dir, path := manifests.Outside(t, root)
	text := strings.NewReplacer(ours, path+"/", beside, path+"/").Replace(e.Text)
	if text == e.Text {
		t.Error("it takes nothing from here")
	}
	files := map[string]string{}
	for _, other := range blocks(t, "yaml") {
		if other.Page == e.Page && other.Title != "" {
			files[other.Title] = other.Text
		}
	}
	files["kustomization.yaml"] = text
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if len(manifests.Kustomize(t, dir)) == 0 {
		t.Error("it is empty")
	}
}

// inKustomization reports whether a kustomization of the same page takes the file that
// an example is.
func inKustomization(t *testing.T, e pages.Block) bool {
	t.Helper()
	for _, other := range blocks(t, "yaml") {
		var object struct {
			Kind      string
			Resources []string
		}
		if other.Page == e.Page && e.Title != "" && yaml.Unmarshal([]byte(other.Text), &object) == nil &&
			object.Kind == "Kustomization" && slices.Contains(object.Resources, e.Title) {
			return true
		}
	}
	return false
}

// checkPlan shows that a Task can be scheduled as it is.
func checkPlan(t *testing.T, created *unstructured.Unstructured) {
	t.Helper()
	typed := &v1alpha1.Task{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(created.Object, typed, true); err != nil {
		t.Fatal(err)
	}
	sched := &v1alpha1.Scheduler{ObjectMeta: metav1.ObjectMeta{Name: typed.SchedulerName()}}
	handlers := handler.NewRegistry()
	log := inprocess.Log(logr.Discard())
	if err := handlers.Register(inprocess.LogName, log); err != nil {
		t.Fatal(err)
	}
	if err := handlers.Register("archive", log, "orders"); err != nil { // that of the custom manager in docs/handlers.md
		t.Fatal(err)
	}
	plan := translate.Translate(typed, sched, translate.Options{Handlers: handlers})
	if plan.Invalid != nil {
		t.Errorf("its trigger: %s: %s", plan.Invalid.Reason, plan.Invalid.Message)
	}
	if plan.Missing != nil {
		t.Errorf("it is stalled: %s: %s", plan.Missing.Reason, plan.Missing.Message)
	}
}
