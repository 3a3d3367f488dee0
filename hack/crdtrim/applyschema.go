package main

import (
	"errors"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

const (
	// schemaStart and schemaEnd enclose the schema in the Go file that controller-gen
	// writes for apply configurations.
	schemaStart = "var schemaYAML = typed.YAMLObject(`"
	schemaEnd   = "`)"

	// coreTypes begins the names of Kubernetes' own types. A Task has them below an
	// embedded template, and nowhere else.
	coreTypes = "io.k8s.api."
	// objectMetaType is the type of the metadata of all objects, embeddedMetaType
	// that of a template's, whose lists are atomic.
	objectMetaType   = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
	embeddedMetaType = coreTypes + "EmbeddedObjectMeta"
)

// applySchema is the schema by which Go clients extract from an object what a field
// manager has applied.
type applySchema struct {
	Types []map[string]any `json:"types"`
}

// finishApplySchema returns the Go file with a schema that agrees with the CRDs: the
// API server says of an atomic list that somebody owns it as a whole, and an extraction
// by keys would find none of its items, or reject it.
func finishApplySchema(file []byte) ([]byte, error) {
	before, rest, ok := strings.Cut(string(file), schemaStart)
	text, after, closed := strings.Cut(rest, schemaEnd)
	if !ok || !closed {
		return nil, errors.New("no schema of apply configurations in it")
	}
	var schema applySchema
	if err := yaml.UnmarshalStrict([]byte(text), &schema); err != nil {
		return nil, err
	}
	schema.loosen()
	out, err := yaml.Marshal(schema)
	if err != nil {
		return nil, err
	}
	return []byte(before + schemaStart + string(out) + schemaEnd + after), nil
}

// loosen makes the lists of all types below a template atomic, and drops the defaults.
func (s *applySchema) loosen() {
	var embedded map[string]any
	for _, typ := range s.Types {
		switch typ["name"] {
		case embeddedMetaType:
			return // it has been done
		case objectMetaType:
			embedded = runtime.DeepCopyJSON(typ)
			embedded["name"] = embeddedMetaType
		}
	}
	if embedded != nil {
		s.Types = append(s.Types, embedded)
	}
	for _, typ := range s.Types {
		if name, _ := typ["name"].(string); strings.HasPrefix(name, coreTypes) {
			loosenApplyType(typ)
		}
	}
}

// loosenApplyType changes every list below a part of a schema.
func loosenApplyType(part any) {
	switch part := part.(type) {
	case map[string]any:
		delete(part, "default")
		if list, ok := part["list"].(map[string]any); ok {
			list["elementRelationship"] = "atomic"
			delete(list, "keys")
		}
		if part["namedType"] == objectMetaType {
			part["namedType"] = embeddedMetaType
		}
		for _, child := range part {
			loosenApplyType(child)
		}
	case []any:
		for _, child := range part {
			loosenApplyType(child)
		}
	}
}
