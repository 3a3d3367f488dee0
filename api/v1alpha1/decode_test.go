package v1alpha1_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/json"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// values are put into every field of a type: some that ought to be accepted, and
// some that look like it to a schema and are too much for Go.
var values = map[string][]any{
	"string": {
		"a", "10m", "Never", "Tcp", "200", "http://a", "UTC", "2026-12-24T18:00:00Z", "default", "Scheduled", "True", "A1", "@daily", "*/5", // ordinary
		"", "5 minutes", "-1s", "1e99999999999h", "2026-12-24t18:00:00z", "2026-12-24T18:00:00x5Z", "2026-12-24T18:00:00+99:00", "\x00",
	},
	"integer":     {int64(1), int64(0), int64(-1), int64(1) << 31, int64(1) << 62, 1e30, 1.5, 1.0},
	"intOrString": {int64(1), int64(1970), "1", "100m", int64(1) << 31, int64(1) << 62, 1.0, 1.5, 1e30, ""},
	"quantity": {
		int64(1), "1", "100m", "1.5Gi", "12e6", 0.5, 1e-30, 1e308, -1.5, int64(1) << 62, " 1 ", // ordinary
		"1e1.5", "1e99999999999999999999", "1.5.5", "0x10", "", " ", "1 Gi", "\t1", true, false, map[string]any{}, map[string]any{"a": "1"}, []any{}, []any{"1"},
	},
	"boolean":       {true, "true", int64(1)},
	"object, array": {nil, map[string]any{}, []any{}, []any{nil}, "a"},
}

// A6: a value that the API server admitted and Go could not decode would stop every
// informer of the kind. So every field of the schema, those of the Pod template
// included, is given every value of its type; what is accepted must decode.
func TestA6_WhatIsAcceptedDecodes(t *testing.T) {
	t.Parallel()
	for kind, into := range map[string]func() any{
		"Task":      func() any { return &v1alpha1.Task{} },
		"Scheduler": func() any { return &v1alpha1.Scheduler{} },
	} {
		crd := loadCRDs(t)[strings.ToLower(kind)+"s.carillon.dev"]
		root := *crd.Spec.Versions[0].Schema.OpenAPIV3Schema
		base := map[string]any{
			"apiVersion": v1alpha1.GroupVersion.String(), "kind": kind,
			"metadata": map[string]any{"name": "a"},
			"spec":     least(root.Properties["spec"]),
		}
		for _, part := range []string{"spec", "status"} {
			t.Run(kind+" "+part, func(t *testing.T) {
				t.Parallel()
				p := prober{t: t, base: base, into: into}
				p.probe([]step{{part, root.Properties[part]}})
				if diff := cmp.Diff([]string(nil), p.neverAccepted); diff != "" {
					t.Errorf("fields that no value was accepted for, so that they prove nothing:\n%s", diff)
				}
				t.Logf("%d values accepted and decoded, %d rejected", p.accepted, p.rejected)
			})
		}
	}
}

// step is one field on the way from the root of an object to a field below.
type step struct {
	name   string // of a property; "" for an item of a list
	schema apiextensionsv1.JSONSchemaProps
}

type prober struct {
	t    *testing.T
	base map[string]any
	into func() any

	accepted, rejected int
	neverAccepted      []string
}

// probe tries every value on the field at the end of path and on all below it.
func (p *prober) probe(path []step) {
	schema := path[len(path)-1].schema
	before := p.accepted
	for _, v := range append(values[typeOf(schema)], least(schema), nil) {
		p.try(path, v)
	}
	if p.accepted == before {
		p.neverAccepted = append(p.neverAccepted, pathString(path))
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		if name == "initContainers" || name == "ephemeralContainers" {
			continue // the schema of containers over again
		}
		p.probe(append(slices.Clone(path), step{name, schema.Properties[name]}))
	}
	if schema.Items != nil {
		p.probe(append(slices.Clone(path), step{"", *schema.Items.Schema}))
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		p.probe(append(slices.Clone(path), step{"key", *schema.AdditionalProperties.Schema}))
	}
}

// try puts a value into the field at the end of path. If the API server accepts it,
// Go must decode it.
func (p *prober) try(path []step, value any) {
	p.t.Helper()
	obj := runtime.DeepCopyJSON(p.base)
	set(obj, path, runtime.DeepCopyJSONValue(value))
	stored, err := p.store(obj, path[0].name)
	if err != nil {
		p.rejected++
		return
	}
	p.accepted++
	if err := json.Unmarshal(encode(stored), p.into()); err != nil {
		p.t.Errorf("%s = %#v was accepted and does not decode: %v", pathString(path), value, err)
	}
}

// store returns what the API server stores of an object, when the status or all else
// of it is written.
func (p *prober) store(obj map[string]any, part string) (any, error) {
	if part != "status" {
		stored, err := server(p.t).Create(encode(obj))
		if err != nil {
			return nil, err
		}
		return stored.Object, nil
	}
	old, err := server(p.t).Create(encode(p.base))
	if err != nil {
		p.t.Fatal(err)
	}
	stored, err := server(p.t).UpdateStatus(old, encode(obj))
	if err != nil {
		return nil, err
	}
	return stored.Object, nil
}

// set puts a value into the field at the end of path, and on the way what the
// schemas require.
func set(parent map[string]any, path []step, value any) {
	name := path[0].name
	leaveUnion(parent, name)
	switch {
	case len(path) == 1:
		parent[name] = value
	case path[1].name == "" && len(path) == 2:
		parent[name] = []any{value}
	case path[1].name == "":
		item := least(path[1].schema).(map[string]any)
		parent[name] = []any{item}
		set(item, path[2:], value)
	default:
		child, ok := parent[name].(map[string]any)
		if !ok {
			child = least(path[0].schema).(map[string]any)
			parent[name] = child
		}
		set(child, path[1:], value)
	}
}

// leaveUnion removes the member of a union that least has chosen, when another one is
// about to be set.
func leaveUnion(parent map[string]any, member string) {
	switch member {
	case "schedule", "cron", "interval", "anyOf", "allOf", "shutdown":
		delete(parent, "date")
	case "valueFrom":
		delete(parent, "value")
	case "pod", "http", "pool":
		delete(parent, "handler")
		delete(parent, "async")
	}
}

// least returns the smallest value that is accepted for a schema.
func least(schema apiextensionsv1.JSONSchemaProps) any {
	switch {
	case len(schema.Enum) > 0:
		var first any
		if err := json.Unmarshal(schema.Enum[0].Raw, &first); err != nil {
			panic(err)
		}
		return first
	case schema.Format == "date-time":
		return "2026-12-24T18:00:00Z"
	case schema.XIntOrString, isQuantity(schema), schema.Type == "integer":
		return int64(1)
	case schema.Type == "boolean":
		return true
	case schema.Type == "array":
		return []any{least(*schema.Items.Schema)}
	case schema.Type == "object":
		return leastObject(schema)
	case schema.MinLength != nil && *schema.MinLength > 1:
		return strings.Repeat("a", int(*schema.MinLength))
	}
	return "a"
}

func leastObject(schema apiextensionsv1.JSONSchemaProps) map[string]any {
	obj := map[string]any{}
	for _, name := range schema.Required {
		obj[name] = least(schema.Properties[name])
	}
	// What a rule requires.
	has := func(name string) bool { _, ok := schema.Properties[name]; return ok }
	switch {
	case has("trigger") && has("action"):
		obj["trigger"], obj["action"] = least(schema.Properties["trigger"]), least(schema.Properties["action"])
		obj["serviceAccountName"] = "a" // of http.auth
	case has("cron") && has("interval"):
		obj["date"] = map[string]any{}
	case has("weeks"):
		obj["seconds"] = int64(1)
	case has("valueFrom"):
		obj["value"] = "a"
	case has("async"):
		obj["async"] = map[string]any{}
	case has("pod") && has("http"):
		obj["handler"] = map[string]any{"name": "a"}
	case has("url"):
		obj["url"] = "http://a"
	case has("metadata") && has("spec"):
		obj["spec"] = least(schema.Properties["spec"])
	}
	return obj
}

func typeOf(schema apiextensionsv1.JSONSchemaProps) string {
	switch {
	case schema.XIntOrString:
		return "intOrString"
	case isQuantity(schema):
		return "quantity"
	case schema.Type == "object" || schema.Type == "array":
		return "object, array"
	}
	return schema.Type
}

// isQuantity recognizes the schema of a resource.Quantity, which has no type: it is a
// string or any number.
func isQuantity(schema apiextensionsv1.JSONSchemaProps) bool {
	return schema.Type == "" && schema.Pattern != ""
}

func pathString(path []step) string {
	var b strings.Builder
	for _, s := range path {
		if s.name == "" {
			b.WriteString("[]")
		} else {
			b.WriteString("." + s.name)
		}
	}
	return b.String()
}

func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}
