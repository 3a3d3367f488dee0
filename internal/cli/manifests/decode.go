package manifests

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	kjson "sigs.k8s.io/json"
)

// A MisfitError is about values that do not fit their fields.
type MisfitError struct{ Text string }

// Error returns the path of each field, with what is expected there and what was found.
func (e *MisfitError) Error() string { return e.Text }

// Decode decodes JSON into a pointer to an object of Kubernetes. Fields that are unknown or
// given twice are errors, except below status: a newer controller may have written what is
// not known here. If values do not fit their fields, the error is a *MisfitError. Errors
// begin with the path of the field; several are joined by semicolons.
func Decode(data []byte, into any) error {
	strict, err := kjson.UnmarshalStrict(data, into)
	if err == nil && len(strict) == 0 {
		return nil
	}
	found := findMisfits(data, into)
	if err != nil {
		if len(found.texts) == 0 {
			return &MisfitError{strings.TrimPrefix(err.Error(), "json: ")}
		}
		return &MisfitError{strings.Join(found.texts, "; ")}
	}
	var texts []string
	for _, err := range strict {
		if text := found.describe(err); text != "" {
			texts = append(texts, text)
		}
	}
	if len(texts) > 0 {
		return errors.New(strings.Join(texts, "; "))
	}
	return nil
}

// describe returns the text for an error of the strict decoder, or an empty text if the
// error does not matter.
func (m *misfits) describe(err error) string {
	text := err.Error()
	at := kjson.FieldError(nil)
	if !errors.As(err, &at) {
		return text
	}
	path := at.FieldPath()
	if inStatus(path) {
		return ""
	}
	if known, ok := m.unknown[path]; ok && strings.HasPrefix(text, unknownField) {
		return known
	}
	return path + ": " + strings.TrimSuffix(text, fmt.Sprintf(" %q", path))
}

// inStatus reports whether the path of a field leads below status.
func inStatus(path string) bool { return path == "status" || strings.HasPrefix(path, "status.") }

// findMisfits compares JSON with the type of an object.
func findMisfits(data []byte, into any) *misfits {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	found := &misfits{unknown: map[string]string{}}
	if err := decoder.Decode(&value); err == nil {
		found.compare(value, typeOf(into), "")
	}
	return found
}
