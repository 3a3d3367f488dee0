package next

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	kjson "sigs.k8s.io/json"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// task decodes a Task. Where a value does not fit its field, the schema says so
// better than a decoder, which knows the type of the value and not always the field.
func (m manifest) task(schema *triggerSchema) (*v1alpha1.Task, error) {
	var task v1alpha1.Task
	err := m.decode(&task)
	if err == nil {
		return &task, nil
	}
	if misfit := (*misfitError)(nil); errors.As(err, &misfit) {
		if better := m.validate(schema); better != nil {
			return nil, better
		}
	}
	return nil, err
}

// decode reads the manifest into an object of its kind. Fields that are unknown or
// given twice are errors; a value that does not fit its field is a *misfitError.
func (m manifest) decode(into any) error {
	if m.err != nil {
		return m.err
	}
	strict, err := kjson.UnmarshalStrict(m.data, into)
	if err != nil {
		return &misfitError{err}
	}
	var texts []string
	for _, err := range strict {
		text := err.Error()
		if at := kjson.FieldError(nil); errors.As(err, &at) {
			path := at.FieldPath()
			if strings.HasPrefix(path, "status.") {
				continue // a newer manager may have written what is not known here
			}
			text = path + ": " + strings.TrimSuffix(text, fmt.Sprintf(" %q", path))
		}
		texts = append(texts, text)
	}
	if len(texts) > 0 {
		return errors.New(strings.Join(texts, "; "))
	}
	return nil
}

// A misfitError is a value that does not fit its field.
type misfitError struct{ err error }

func (e *misfitError) Error() string { return strings.TrimPrefix(e.err.Error(), "json: ") }

func (e *misfitError) Unwrap() error { return e.err }

// validate checks the trigger by the schema. A trigger that is not there is left
// to others.
func (m manifest) validate(schema *triggerSchema) error {
	var object struct {
		Spec struct {
			Trigger json.RawMessage `json:"trigger"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(m.data, &object); err == nil && len(object.Spec.Trigger) > 0 {
		return schema.validate(object.Spec.Trigger)
	}
	return nil
}
