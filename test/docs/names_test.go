package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// constants returns the string constants of a file of the API whose names begin
// with one of the prefixes, by name.
func constants(t *testing.T, file string, prefixes ...string) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "api/v1alpha1", file), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		name := spec.Names[0].Name
		value, ok := literal(spec.Values[0], found)
		if ok && slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			found[name] = value
		}
		return true
	})
	if len(found) == 0 {
		t.Fatalf("%s has no constants that begin with %q", file, prefixes)
	}
	return found
}

// literal returns the value of a string, or of the sum of a known constant and a
// string.
func literal(expr ast.Expr, known map[string]string) (string, bool) {
	switch expr := expr.(type) {
	case *ast.BasicLit:
		value, err := strconv.Unquote(expr.Value)
		return value, err == nil
	case *ast.Ident:
		value, ok := known[expr.Name]
		return value, ok
	case *ast.BinaryExpr:
		left, okLeft := literal(expr.X, known)
		right, okRight := literal(expr.Y, known)
		return left + right, okLeft && okRight
	default:
		return "", false
	}
}

// mentions reports whether a page has a name as code, such as `Ready`.
func mentions(page, name string) bool { return strings.Contains(page, "`"+name+"`") }

// notMet are names that the API keeps free and that no object has: a user cannot
// meet them.
var notMet = []string{
	"HeaderPrefix",
}

// TestConstants shows that what a user meets on objects and in runs is documented.
func TestConstants(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		file     string
		prefixes []string
		pages    []string
	}{
		"conditions and reasons": {file: "conditions.go", prefixes: []string{"Condition", "Reason"}, pages: []string{taskPage, schedulerPage}},
		"what a run is told":     {file: "labels.go", prefixes: []string{"Label", "Annotation", "Env", "Header"}, pages: []string{taskPage}},
		"outcomes":               {file: "run_types.go", prefixes: []string{"Outcome", "Source"}, pages: []string{taskPage}},
		"states of a Task":       {file: "task_status.go", prefixes: []string{"Task"}, pages: []string{taskPage}},
		"states of a Scheduler":  {file: "scheduler_types.go", prefixes: []string{"Scheduler"}, pages: []string{schedulerPage}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var text string
			for _, page := range tc.pages {
				text += read(t, page)
			}
			for constant, value := range constants(t, tc.file, tc.prefixes...) {
				if !slices.Contains(notMet, constant) && !mentions(text, value) {
					t.Errorf("%s: `%s` is nowhere in %q", constant, value, tc.pages)
				}
			}
		})
	}
}

// TestFields shows that every field of the two kinds is documented: those of the
// spec and of the status by their path, those below by their name.
func TestFields(t *testing.T) {
	t.Parallel()
	for page, file := range map[string]string{
		taskPage:      "config/crd/bases/carillon.dev_tasks.yaml",
		schedulerPage: "config/crd/bases/carillon.dev_schedulers.yaml",
	} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			crd := &apiextensionsv1.CustomResourceDefinition{}
			if err := yaml.UnmarshalStrict([]byte(read(t, file)), crd); err != nil {
				t.Fatal(err)
			}
			text := read(t, page)
			schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
			for _, section := range []string{"spec", "status"} {
				checkFields(t, text, "."+section, schema.Properties[section])
			}
		})
	}
}

// documentedElsewhere are fields whose types are Kubernetes' own.
var documentedElsewhere = []string{".spec.action.pod.template", ".status.conditions"}

func checkFields(t *testing.T, text, path string, schema apiextensionsv1.JSONSchemaProps) {
	t.Helper()
	for name, field := range schema.Properties {
		full := path + "." + name
		shallow := strings.Count(full, ".") == 2
		if shallow && !strings.Contains(text, "`"+full) {
			t.Errorf("%s is not documented", full)
		}
		if !shallow && !regexp.MustCompile(`\b`+name+`\b`).MatchString(text) {
			t.Errorf("%s is not documented: the page has no %s", full, name)
		}
		if slices.Contains(documentedElsewhere, full) {
			continue
		}
		checkFields(t, text, full, field)
		if field.Items != nil {
			checkFields(t, text, full, *field.Items.Schema)
		}
	}
}
