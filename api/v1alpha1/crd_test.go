package v1alpha1_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// crdDir holds the generated CRDs.
const crdDir = "../../config/crd/bases"

// A client-side kubectl apply keeps the object in an annotation, and the annotations
// of an object may have 256 KiB (A4). The rest is room to grow.
const maxCRDBytes = 235_000

func TestA4_CRDsFitIntoAnAnnotation(t *testing.T) {
	t.Parallel()
	for name, crd := range loadCRDs(t) {
		data, err := json.Marshal(crd)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes", name, len(data))
		if len(data) > maxCRDBytes {
			t.Errorf("%s has %d bytes as JSON, want at most %d", name, len(data), maxCRDBytes)
		}
	}
}

// kubectl explain must have an answer for every field of our own (A4).
func TestA4_EveryOwnFieldIsDescribed(t *testing.T) {
	t.Parallel()
	for name, crd := range loadCRDs(t) {
		for _, v := range crd.Spec.Versions {
			root := *v.Schema.OpenAPIV3Schema
			for _, path := range undescribed(root, name) {
				t.Errorf("%s has no description", path)
			}
		}
	}
}

// undescribed returns the paths of the fields below a schema that have no
// description, not looking into Pod templates.
func undescribed(schema apiextensionsv1.JSONSchemaProps, path string) []string {
	var paths []string
	if schema.Items != nil {
		paths = append(paths, undescribed(*schema.Items.Schema, path+"[]")...)
	}
	for name, p := range schema.Properties {
		child := path + "." + name
		// The API server describes metadata itself.
		if p.Description == "" && name != "metadata" {
			paths = append(paths, child)
		}
		if !strings.HasSuffix(child, ".pod.template") {
			paths = append(paths, undescribed(p, child)...)
		}
	}
	slices.Sort(paths)
	return paths
}

func TestA4_PodTemplateKeepsItsMetadata(t *testing.T) {
	t.Parallel()
	task := loadCRDs(t)["tasks.carillon.dev"]
	schema := *task.Spec.Versions[0].Schema.OpenAPIV3Schema
	for _, field := range []string{"spec", "action", "pod", "template", "metadata"} {
		schema = schema.Properties[field]
	}
	for _, field := range []string{"labels", "annotations"} {
		if _, ok := schema.Properties[field]; !ok {
			t.Errorf("the Pod template's metadata.%s would be pruned", field)
		}
	}
}

// loadCRDs returns the generated CRDs by name.
func loadCRDs(t *testing.T) map[string]apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(crdDir, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	crds := map[string]apiextensionsv1.CustomResourceDefinition{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var crd apiextensionsv1.CustomResourceDefinition
		if err := yaml.UnmarshalStrict(data, &crd); err != nil {
			t.Fatalf("reading %s: %v", path, err)
		}
		crds[crd.Name] = crd
	}
	if len(crds) == 0 {
		t.Fatalf("no CRDs in %s", crdDir)
	}
	return crds
}
