package docs_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/manager/config"
)

const chartFolder = "charts/carillon"

// TestChartFiles shows that the chart holds what config/ does.
func TestChartFiles(t *testing.T) {
	t.Parallel()
	sources := map[string]string{"crd": "config/crd/bases", "rbac": "config/rbac", "manager": "config/manager", "components": "config/components"}
	files := filepath.Join(root, chartFolder, "files")
	copies := 0
	err := filepath.WalkDir(files, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		copies++
		relative, err := filepath.Rel(files, path)
		if err != nil {
			return err
		}
		folder, rest, _ := strings.Cut(filepath.ToSlash(relative), "/")
		if diff := cmp.Diff(read(t, sources[folder]+"/"+rest), read(t, chartFolder+"/files/"+relative)); diff != "" {
			t.Errorf("%s is out of date: run make generate (-config/ +chart):\n%s", relative, diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if copies < 15 {
		t.Errorf("there are %d copies", copies)
	}
}

// schema is what of a JSON schema is looked at here.
type schema struct {
	Properties           map[string]schema `json:"properties"`
	AdditionalProperties any               `json:"additionalProperties"`
}

// leaves lists the paths of what a schema has no properties of.
func (s schema) leaves(prefix string) (all []string) {
	for name, property := range s.Properties {
		if len(property.Properties) > 0 {
			all = append(all, property.leaves(prefix+name+".")...)
		} else {
			all = append(all, prefix+name)
		}
	}
	slices.Sort(all)
	return all
}

// TestChartSchema shows that the schema knows all values and no others, and under config
// the options of the manager but for those that the chart sets.
func TestChartSchema(t *testing.T) {
	t.Parallel()
	var known schema
	if err := json.Unmarshal([]byte(read(t, chartFolder+"/values.schema.json")), &known); err != nil {
		t.Fatal(err)
	}
	var options []string
	for _, o := range config.Default().Options() {
		if !slices.Contains([]string{"metrics.bindAddress", "health.bindAddress", "watchNamespaces", "http.secretHeaders"}, o.Field) {
			options = append(options, o.Field)
		}
	}
	slices.Sort(options)
	if diff := cmp.Diff(options, known.Properties["config"].leaves("")); diff != "" {
		t.Errorf("config (-options +schema):\n%s", diff)
	}
	var values map[string]any
	if err := yaml.UnmarshalStrict([]byte(read(t, chartFolder+"/values.yaml")), &values); err != nil {
		t.Fatal(err)
	}
	values["global"] = map[string]any{} // Helm's own
	delete(known.Properties, "config")
	delete(values, "config")
	compareValues(t, "", known, values)
}

// compareValues compares the names of values, at every level that the schema closes.
func compareValues(t *testing.T, path string, known schema, values map[string]any) {
	t.Helper()
	if known.AdditionalProperties != false {
		t.Errorf("%q: the schema lets anything pass", path)
	}
	for name, value := range values {
		property, ok := known.Properties[name]
		if !ok {
			t.Errorf("%s%s is a value, and not in the schema", path, name)
		}
		if inner, ok := value.(map[string]any); ok && len(property.Properties) > 0 && !slices.Contains(wholes, path+name) {
			compareValues(t, path+name+".", property, inner)
		}
	}
	for name := range known.Properties {
		if _, ok := values[name]; !ok {
			t.Errorf("%s%s is in the schema, and has no default", path, name)
		}
	}
}

// TestChartVersion shows that the chart is for the image that config/default installs.
func TestChartVersion(t *testing.T) {
	t.Parallel()
	var about struct{ Version, AppVersion string }
	if err := yaml.Unmarshal([]byte(read(t, chartFolder+"/Chart.yaml")), &about); err != nil {
		t.Fatal(err)
	}
	var kustomization struct {
		Images []struct{ NewName, NewTag string }
	}
	if err := yaml.Unmarshal([]byte(read(t, "config/default/kustomization.yaml")), &kustomization); err != nil {
		t.Fatal(err)
	}
	image := kustomization.Images[0]
	if about.AppVersion != image.NewTag || "v"+about.Version != image.NewTag {
		t.Errorf("the chart %s is for %s, and config/default installs %s", about.Version, about.AppVersion, image.NewTag)
	}
	if !strings.Contains(read(t, chartFolder+"/values.yaml"), "repository: "+image.NewName+"\n") {
		t.Errorf("the chart takes another image than %s", image.NewName)
	}
	if _, err := os.Stat(filepath.Join(root, chartFolder, "README.md")); err != nil {
		t.Error(err)
	}
}
