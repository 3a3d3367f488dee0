package v1alpha1_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// kinds are the Go types of the kinds by the names of their CRDs.
var kinds = map[string]reflect.Type{
	"tasks.carillon.dev":      reflect.TypeFor[v1alpha1.Task](),
	"schedulers.carillon.dev": reflect.TypeFor[v1alpha1.Scheduler](),
}

// A2: the API server writes nothing into the user's object.
func TestA2_NoFieldHasADefault(t *testing.T) {
	t.Parallel()
	for name, crd := range loadCRDs(t) {
		walk(*crd.Spec.Versions[0].Schema.OpenAPIV3Schema, name, func(path string, schema apiextensionsv1.JSONSchemaProps) {
			if schema.Default != nil {
				t.Errorf("%s has the default %s", path, schema.Default.Raw)
			}
		})
	}
}

// A2: lists below a Kubernetes type that a field embeds are atomic, as keys would
// reject what a Pod may have twice.
func TestA2_ListsBelowEmbeddedTypesAreAtomic(t *testing.T) {
	t.Parallel()
	found := embeddedTypes(t)
	if diff := cmp.Diff([]string{"tasks.carillon.dev.spec.action.pod.template"}, slices.Sorted(maps.Keys(found))); diff != "" {
		t.Errorf("fields that embed a Kubernetes type; teach crdtrim a new one (-want +got):\n%s", diff)
	}
	lists := 0
	for name, embedded := range found {
		walk(embedded, name, func(path string, schema apiextensionsv1.JSONSchemaProps) {
			if schema.Type == "array" {
				lists++
				if schema.XListType == nil || *schema.XListType != "atomic" {
					t.Errorf("%s: the list type is %v, want atomic", path, schema.XListType)
				}
			}
			if len(schema.XListMapKeys) > 0 {
				t.Errorf("%s: the list has the keys %q, want none", path, schema.XListMapKeys)
			}
			if schema.XMapType != nil && *schema.XMapType != "atomic" {
				t.Errorf("%s: the map type is %s, want atomic or none", path, *schema.XMapType)
			}
			if schema.UniqueItems {
				t.Errorf("%s: the items must be unique", path)
			}
		})
	}
	if lists < 100 {
		t.Errorf("%d lists were checked, want those of a whole Pod template", lists)
	}
}

// A2: the metadata of a template has the fields of every object's, so that a manifest
// which a program wrote is accepted.
func TestA2_EmbeddedMetadataHasAllFields(t *testing.T) {
	t.Parallel()
	for name, embedded := range embeddedTypes(t) {
		walk(embedded, name, func(path string, schema apiextensionsv1.JSONSchemaProps) {
			if !strings.HasSuffix(path, ".metadata") {
				return
			}
			meta := reflect.TypeFor[v1alpha1.Task]()
			field, _ := meta.FieldByName("ObjectMeta")
			checkFields(t, path, schema, field.Type)
		})
	}
}

// checkFields compares the properties of a schema with the fields of a Go type.
func checkFields(t *testing.T, path string, schema apiextensionsv1.JSONSchemaProps, typ reflect.Type) {
	t.Helper()
	want := slices.Sorted(maps.Keys(jsonFields(typ)))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(schema.Properties))); diff != "" {
		t.Errorf("fields of %s (-want +got):\n%s", path, diff)
	}
	for name, field := range jsonFields(typ) {
		if items := schema.Properties[name].Items; items != nil && items.Schema.Properties != nil {
			checkFields(t, path+"."+name+"[]", *items.Schema, field.Elem())
		}
	}
}

// walk calls f for a schema and each schema below it.
func walk(schema apiextensionsv1.JSONSchemaProps, path string, f func(path string, schema apiextensionsv1.JSONSchemaProps)) {
	f(path, schema)
	for name, p := range schema.Properties {
		walk(p, path+"."+name, f)
	}
	if schema.Items != nil {
		walk(*schema.Items.Schema, path+"[]", f)
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		walk(*schema.AdditionalProperties.Schema, path+"{}", f)
	}
}

// embeddedTypes returns the schemas of the fields whose Go types are Kubernetes' own,
// by path. The Go types tell, so that a new field is found wherever it is.
func embeddedTypes(t *testing.T) map[string]apiextensionsv1.JSONSchemaProps {
	t.Helper()
	found := map[string]apiextensionsv1.JSONSchemaProps{}
	crds := loadCRDs(t)
	if len(crds) != len(kinds) {
		t.Fatalf("there are %d CRDs and %d kinds", len(crds), len(kinds))
	}
	for name, kind := range kinds {
		findEmbedded(*crds[name].Spec.Versions[0].Schema.OpenAPIV3Schema, kind, name, found)
	}
	return found
}

func findEmbedded(schema apiextensionsv1.JSONSchemaProps, typ reflect.Type, path string, found map[string]apiextensionsv1.JSONSchemaProps) {
	switch {
	case strings.HasPrefix(typ.PkgPath(), "k8s.io/api/"):
		if schema.Type == "object" {
			found[path] = schema
		}
	case typ.Kind() == reflect.Pointer:
		findEmbedded(schema, typ.Elem(), path, found)
	case typ.Kind() == reflect.Slice && schema.Items != nil:
		findEmbedded(*schema.Items.Schema, typ.Elem(), path+"[]", found)
	case typ.Kind() == reflect.Map && schema.AdditionalProperties != nil:
		findEmbedded(*schema.AdditionalProperties.Schema, typ.Elem(), path+"{}", found)
	case typ.Kind() == reflect.Struct:
		for name, field := range jsonFields(typ) {
			if property, ok := schema.Properties[name]; ok {
				findEmbedded(property, field, path+"."+name, found)
			}
		}
	}
}

// jsonFields returns the types of a struct's fields by their names in JSON.
func jsonFields(typ reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for field := range typ.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "" && field.Anonymous && field.Type.Kind() == reflect.Struct:
			maps.Copy(fields, jsonFields(field.Type))
		case name != "" && name != "-":
			fields[name] = field.Type
		}
	}
	return fields
}
