package v1alpha1_test

import (
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/carillon-dev/carillon/internal/testutil/crdtest"
)

// loadServer loads the generated CRDs once for all tests.
var loadServer = sync.OnceValues(func() (*crdtest.Server, error) { return crdtest.Load(crdDir) })

func server(t *testing.T) *crdtest.Server {
	t.Helper()
	s, err := loadServer()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// taskManifest returns a Task with a spec in YAML's flow style.
func taskManifest(spec string) []byte {
	return []byte("apiVersion: carillon.dev/v1alpha1\nkind: Task\nmetadata: {name: t}\nspec: " + spec)
}

// withTrigger, withAction and withField return an otherwise valid Task.
func withTrigger(trigger string) string {
	return "{trigger: " + trigger + ", action: {handler: {name: log}}}"
}

func withAction(action string) string {
	return "{trigger: {date: {}}, action: " + action + "}"
}

func withField(field string) string {
	return "{trigger: {date: {}}, action: {handler: {name: log}}, " + field + "}"
}

// created returns the Task as it is stored.
func created(t *testing.T, spec string) *unstructured.Unstructured {
	t.Helper()
	obj, err := server(t).Create(taskManifest(spec))
	if err != nil {
		t.Fatalf("creating a valid Task: %v", err)
	}
	return obj
}

// accepted checks that a Task with each spec is accepted and stored as it is (A2).
func accepted(t *testing.T, specs map[string]string) {
	t.Helper()
	for name, spec := range specs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := server(t).Create(taskManifest(spec)); err != nil {
				t.Errorf("creating a Task with spec %s: %v", spec, err)
			}
		})
	}
}

// rejection is a spec and what the user is told about it.
type rejection struct {
	spec string
	// wantErr is the whole message, after the name of the object.
	wantErr string
}

func rejected(t *testing.T, tcs map[string]rejection) {
	t.Helper()
	for name, tc := range tcs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := server(t).Create(taskManifest(tc.spec))
			checkMessage(t, err, tc.wantErr)
		})
	}
}

// notChecked is what the API server adds when an error kept it from evaluating the
// rules.
const notChecked = ", <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"

// checkMessage compares what the user is told with what is wanted. Left aside are
// the prefix and the addition that all such messages have, and the brackets around
// several.
func checkMessage(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("accepted, want %q", want)
	}
	got := err.Error()
	for _, prefix := range []string{`Task.carillon.dev "t" is invalid: `, `Scheduler.carillon.dev "s" is invalid: `} {
		got = strings.TrimPrefix(got, prefix)
	}
	if inner, ok := strings.CutPrefix(got, "["); ok {
		got = strings.TrimSuffix(strings.TrimSuffix(inner, "]"), notChecked)
	}
	if got != want {
		t.Errorf("message\n got %s\nwant %s", got, want)
	}
}
