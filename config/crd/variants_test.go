package crd_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/config/crd"
)

// A2: what the API server accepts of a Pod it accepts of a Task, unchanged, and a type
// that it rejects in a Pod it rejects in a Task. Each field of many Pods is varied.
func TestA2_TasksAcceptWhatPodsAccept(t *testing.T) {
	t.Parallel()
	for name, spec := range fixtures(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !compare(t, "the whole", map[string]any{"spec": spec}) {
				_, err := try(t, pods, podOf(map[string]any{"spec": spec}))
				t.Fatalf("the Pod is not accepted, so that it proves nothing: %v", err)
			}
			tried, accepted := 0, 0
			for variant, changed := range variants(spec) {
				tried++
				if compare(t, variant, map[string]any{"spec": changed}) {
					accepted++
				}
			}
			t.Logf("%d variants, of which a Pod may have %d", tried, accepted)
		})
	}
}

// variants yields what becomes of a spec when one value in it is changed, with a
// description of the change.
func variants(spec map[string]any) func(yield func(string, map[string]any) bool) {
	return func(yield func(string, map[string]any) bool) {
		for _, path := range paths(spec, nil) {
			for name, change := range changes {
				copied := runtime.DeepCopyJSON(spec)
				if changed, ok := changeAt(copied, path, change); ok && !yield(name+" "+pathString(path), changed.(map[string]any)) {
					return
				}
			}
		}
	}
}

// A change returns what becomes of a value, in a map or in a list. It is false where it
// changes nothing.
type change func(value any) (changed []any, ok bool)

var changes = map[string]change{
	"without":    func(any) ([]any, bool) { return nil, true },
	"twice":      func(value any) ([]any, bool) { return []any{value, runtime.DeepCopyJSONValue(value)}, true },
	"null":       func(any) ([]any, bool) { return []any{nil}, true },
	"empty":      empty,
	"other type": otherType,
	"fraction": func(value any) ([]any, bool) {
		_, isInt := value.(int64)
		return []any{1.5}, isInt
	},
}

func empty(value any) ([]any, bool) {
	switch value := value.(type) {
	case map[string]any:
		return []any{map[string]any{}}, len(value) > 0
	case []any:
		return []any{[]any{}}, len(value) > 0
	case string:
		return []any{""}, value != ""
	case bool:
		return []any{false}, value
	default:
		return []any{int64(0)}, true
	}
}

func otherType(value any) ([]any, bool) {
	switch value := value.(type) {
	case map[string]any:
		return []any{[]any{value}}, true
	case []any:
		return []any{map[string]any{"a": "b"}}, true
	case string:
		return []any{int64(1)}, true
	default:
		return []any{fmt.Sprint(value)}, true
	}
}

// paths returns the path of every value below a value: names of fields, and indices.
func paths(value any, path []any) [][]any {
	var found [][]any
	add := func(step, child any) {
		here := append(slices.Clone(path), step)
		found = append(append(found, here), paths(child, here)...)
	}
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			add(name, value[name])
		}
	case []any:
		for i, item := range value {
			add(i, item)
		}
	}
	return found
}

// changeAt changes the value at the end of a path, and returns the container of it.
func changeAt(parent any, path []any, change change) (any, bool) {
	switch parent := parent.(type) {
	case map[string]any:
		name := path[0].(string)
		if len(path) > 1 {
			child, ok := changeAt(parent[name], path[1:], change)
			parent[name] = child
			return parent, ok
		}
		changed, ok := change(parent[name])
		switch len(changed) {
		case 0:
			delete(parent, name)
		case 1:
			parent[name] = changed[0]
		default:
			return nil, false // a field cannot be there twice
		}
		return parent, ok
	case []any:
		i := path[0].(int)
		if len(path) > 1 {
			child, ok := changeAt(parent[i], path[1:], change)
			parent[i] = child
			return parent, ok
		}
		changed, ok := change(parent[i])
		return slices.Replace(parent, i, i+1, changed...), ok
	}
	panic(fmt.Sprintf("no such path: %v", path))
}

func pathString(path []any) string {
	var b strings.Builder
	for _, step := range path {
		if name, ok := step.(string); ok {
			b.WriteString("." + name)
		} else {
			fmt.Fprintf(&b, "[%d]", step)
		}
	}
	return b.String()
}

// unknownToServer are fields that the types of Go have and the API server of the tests
// does not know.
var unknownToServer = map[string]bool{"evictionResponders.name": true, "evictionResponders.priority": true}

// A required field that no Pod of the tests has could be one that a Pod may lack.
func TestA2_EveryRequiredFieldIsCompared(t *testing.T) {
	t.Parallel()
	compared := map[string]bool{}
	for _, spec := range fixtures(t) {
		for _, path := range paths(spec, nil) {
			compared[lastNames(path)] = true
		}
	}
	for field := range requiredFields(t) {
		if !compared[field] && !unknownToServer[field] {
			t.Errorf("%s is required, and no Pod in testdata/pods.yaml has it", field)
		}
	}
}

// lastNames returns the last field of a path, after the one above.
func lastNames(path []any) string {
	var names []string
	for _, step := range path {
		if name, ok := step.(string); ok {
			names = append(names, name)
		}
	}
	return strings.Join(names[max(0, len(names)-2):], ".")
}

// requiredFields returns the fields that the schema requires below a template's spec,
// each after the name of the field above.
func requiredFields(t *testing.T) map[string]bool {
	t.Helper()
	var tasks apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(crd.Tasks, &tasks); err != nil {
		t.Fatal(err)
	}
	schema := *tasks.Spec.Versions[0].Schema.OpenAPIV3Schema
	for _, name := range []string{"spec", "action", "pod", "template", "spec"} {
		schema = schema.Properties[name]
	}
	found := map[string]bool{}
	addRequired(found, "", schema)
	if len(found) < 50 {
		t.Errorf("%d required fields were found, want those of a whole Pod template", len(found))
	}
	return found
}

func addRequired(found map[string]bool, above string, schema apiextensionsv1.JSONSchemaProps) {
	for _, field := range schema.Required {
		found[strings.TrimPrefix(above+"."+field, ".")] = true
	}
	for name, property := range schema.Properties {
		addRequired(found, name, property)
	}
	if schema.Items != nil {
		addRequired(found, above, *schema.Items.Schema)
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		addRequired(found, above, *schema.AdditionalProperties.Schema)
	}
}
