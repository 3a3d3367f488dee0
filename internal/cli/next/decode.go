package next

import (
	"encoding/json"
	"errors"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/admission"
	"github.com/carillon-dev/carillon/internal/cli/manifests"
	"github.com/carillon-dev/carillon/internal/cli/taskfile"
)

// decodeTask decodes a Task. Where a value does not fit its field, the schema says so
// better than a decoder, which knows the type of the value and not the rules.
func decodeTask(m *taskfile.Object, schema *admission.Schema) (*v1alpha1.Task, error) {
	var task v1alpha1.Task
	err := m.Decode(&task)
	if err == nil {
		return &task, nil
	}
	if misfit := (*manifests.MisfitError)(nil); errors.As(err, &misfit) {
		if better := validate(m, schema); better != nil {
			return nil, better
		}
	}
	return nil, err
}

// validate checks the trigger by the schema. A trigger that is not there is left
// to others.
func validate(m *taskfile.Object, schema *admission.Schema) error {
	var object struct {
		Spec struct {
			Trigger json.RawMessage `json:"trigger"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(m.Data, &object); err == nil && len(object.Spec.Trigger) > 0 {
		return schema.Validate(object.Spec.Trigger) //nolint:wrapcheck // it is for people as it stands
	}
	return nil
}
