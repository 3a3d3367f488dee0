package next

import (
	"encoding/json"
	"errors"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/admission"
	"github.com/carillon-dev/carillon/internal/cli/manifests"
)

// task decodes a Task. Where a value does not fit its field, the schema says so
// better than a decoder, which knows the type of the value and not the rules.
func (m manifest) task(schema *admission.Schema) (*v1alpha1.Task, error) {
	var task v1alpha1.Task
	err := m.decode(&task)
	if err == nil {
		return &task, nil
	}
	if misfit := (*manifests.MisfitError)(nil); errors.As(err, &misfit) {
		if better := m.validate(schema); better != nil {
			return nil, better
		}
	}
	return nil, err
}

// decode reads the manifest into an object of its kind.
func (m manifest) decode(into any) error {
	if m.err != nil {
		return m.err
	}
	return manifests.Decode(m.data, into) //nolint:wrapcheck // it is for people as it stands
}

// validate checks the trigger by the schema. A trigger that is not there is left
// to others.
func (m manifest) validate(schema *admission.Schema) error {
	var object struct {
		Spec struct {
			Trigger json.RawMessage `json:"trigger"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(m.data, &object); err == nil && len(object.Spec.Trigger) > 0 {
		return schema.Validate(object.Spec.Trigger) //nolint:wrapcheck // it is for people as it stands
	}
	return nil
}
