// Package admission says what the API server would reject about a Task, without a cluster:
// by the embedded CRD and the code of the API server.
package admission

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/config/crd"
	"github.com/carillon-dev/carillon/internal/cli/manifests"
)

// A Schema is the schema of Tasks, or a part of it. It may be used by several goroutines.
type Schema struct {
	path       *field.Path // nil for the whole object
	structural *structuralschema.Structural
	schema     validation.SchemaValidator
	rules      *cel.Validator
}

// Trigger returns the schema of spec.trigger. It is checked in a small part of the time that
// a whole Task takes.
var Trigger = sync.OnceValues(func() (*Schema, error) { return load(crd.Tasks, "spec", "trigger") })

// Task returns the schema of Tasks.
var Task = sync.OnceValues(func() (*Schema, error) { return load(crd.Tasks) })

// Scheduler returns the schema of Schedulers.
var Scheduler = sync.OnceValues(func() (*Schema, error) { return load(crd.Schedulers) })

// load takes the part at a path from an embedded CRD.
func load(embedded []byte, path ...string) (*Schema, error) {
	var definition apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(embedded, &definition); err != nil {
		return nil, fmt.Errorf("reading the definition of the kind: %w", err)
	}
	written := *definition.Spec.Versions[0].Schema.OpenAPIV3Schema
	var at *field.Path
	for _, name := range path {
		written, at = written.Properties[name], at.Child(name)
	}
	var props apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&written, &props, nil); err != nil {
		return nil, fmt.Errorf("converting the schema: %w", err)
	}
	structural, err := structuralschema.NewStructural(&props)
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	schema, _, err := validation.NewSchemaValidator(&props)
	if err != nil {
		return nil, fmt.Errorf("compiling the schema: %w", err)
	}
	return &Schema{at, structural, schema, cel.NewValidator(structural, at == nil, celconfig.PerCallLimit)}, nil
}

// Validate returns what the API server would reject, given JSON. The paths of its errors
// begin at the object.
func (s *Schema) Validate(data []byte) error {
	errs, err := s.Errors(data)
	switch {
	case err != nil:
		return err
	case len(errs) == 0:
		return nil
	default:
		return Join(errs)
	}
}

// Join returns errors as one, in one line.
func Join(errs field.ErrorList) error {
	text := manifests.OneLine(errs.ToAggregate()).Error()
	// The path of the whole object is nil, which the API server writes as well.
	return errors.New(strings.ReplaceAll(text, "<nil>: ", ""))
}

// Errors returns one by one what the API server would reject, given JSON.
func (s *Schema) Errors(data []byte) (field.ErrorList, error) {
	var value any
	if err := utiljson.Unmarshal(data, &value); err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(value, s.structural)
	errs := validation.ValidateCustomResource(s.path, value, s.schema)
	if object, ok := value.(map[string]any); ok {
		errs = append(errs, listtype.ValidateListSetsAndMaps(s.path, s.structural, object)...)
	}
	if len(errs) == 0 { // rules about values of the wrong type say nothing useful
		errs, _ = s.rules.Validate(context.Background(), s.path, s.structural, value, nil, celconfig.RuntimeCELCostBudget)
	}
	return errs, nil
}
