package docs_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// valueRow is a row of the table of values: the path, the default as JSON, and the meaning.
var valueRow = regexp.MustCompile("(?m)^\\| `([a-zA-Z.]+)` \\| `(.*)` \\| (\\S.*) \\|$")

// TestChartValues shows that the chart's README has a row for each value, with its default.
func TestChartValues(t *testing.T) {
	t.Parallel()
	var values map[string]any
	if err := yaml.Unmarshal([]byte(read(t, chartFolder+"/values.yaml")), &values); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{}
	flatten(values, "", want)
	got := map[string]any{}
	for _, row := range valueRow.FindAllStringSubmatch(read(t, chartFolder+"/README.md"), -1) {
		var value any
		if err := json.Unmarshal([]byte(row[2]), &value); err != nil {
			t.Errorf("%s: the default %s: %v", row[1], row[2], err)
		}
		if _, twice := got[row[1]]; twice {
			t.Errorf("%s is there twice", row[1])
		}
		got[row[1]] = value
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-values.yaml +README.md):\n%s", diff)
	}
}

// wholes are values that are parts of a Pod, which have one row each.
var wholes = []string{"resources", "affinity"}

// flatten adds the values below a path to all, by their paths. A map without anything in it is a
// value.
func flatten(values map[string]any, path string, all map[string]any) {
	for name, value := range values {
		inner, ok := value.(map[string]any)
		if ok && len(inner) > 0 && !slices.Contains(wholes, path+name) {
			flatten(inner, path+name+".", all)
		} else {
			all[path+name] = value
		}
	}
}
