package next

import (
	"context"
	"fmt"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/config/crd"
)

// A triggerSchema answers for spec.trigger as the API server would. Only the
// trigger matters here, and it is checked in a small part of the time that a whole
// Task takes. It may be used by several goroutines.
type triggerSchema struct {
	structural *structuralschema.Structural
	schema     validation.SchemaValidator
	rules      *cel.Validator
}

// loadTriggerSchema takes the part about spec.trigger from the embedded CRD.
var loadTriggerSchema = sync.OnceValues(func() (*triggerSchema, error) {
	var definition apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(crd.Tasks, &definition); err != nil {
		return nil, fmt.Errorf("reading the definition of Task: %w", err)
	}
	whole := definition.Spec.Versions[0].Schema.OpenAPIV3Schema
	written := whole.Properties["spec"].Properties["trigger"]
	var props apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&written, &props, nil); err != nil {
		return nil, fmt.Errorf("converting the schema of spec.trigger: %w", err)
	}
	structural, err := structuralschema.NewStructural(&props)
	if err != nil {
		return nil, fmt.Errorf("reading the schema of spec.trigger: %w", err)
	}
	schema, _, err := validation.NewSchemaValidator(&props)
	if err != nil {
		return nil, fmt.Errorf("compiling the schema of spec.trigger: %w", err)
	}
	return &triggerSchema{structural, schema, cel.NewValidator(structural, false, celconfig.PerCallLimit)}, nil
})

// validate says what the API server would reject about a trigger, given in JSON.
func (s *triggerSchema) validate(data []byte) error {
	var value any
	if err := utiljson.Unmarshal(data, &value); err != nil {
		return fmt.Errorf("spec.trigger: %w", err)
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(value, s.structural)
	path := field.NewPath("spec", "trigger")
	errs := validation.ValidateCustomResource(path, value, s.schema)
	if len(errs) == 0 { // rules about values of the wrong type say nothing useful
		errs, _ = s.rules.Validate(context.Background(), path, s.structural, value, nil, celconfig.RuntimeCELCostBudget)
	}
	if len(errs) == 0 {
		return nil
	}
	return oneLine(errs.ToAggregate())
}
