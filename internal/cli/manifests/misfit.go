package manifests

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

const unknownField = "unknown field"

// misfits are the differences between a value and a type. The decoder itself reports only
// the first one, without the positions in lists.
type misfits struct {
	texts   []string          // of all, in the order of the paths
	unknown map[string]string // the texts about unknown fields, by path
}

func (m *misfits) add(path, format string, args ...any) {
	if path == "" {
		path = "the document"
	}
	m.texts = append(m.texts, path+": "+fmt.Sprintf(format, args...))
}

func typeOf(into any) reflect.Type { return reflect.TypeOf(into).Elem() }

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// compare adds the misfits of a value at a path. A null fits everywhere.
func (m *misfits) compare(value any, t reflect.Type, path string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if value == nil || t.Kind() == reflect.Interface {
		return
	}
	switch {
	case reflect.PointerTo(t).Implements(unmarshaler):
		m.compareLeaf(value, t, path)
	case t.Kind() == reflect.Struct:
		m.compareFields(value, t, path)
	case t.Kind() == reflect.Map:
		m.compareMap(value, t, path)
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		m.compareList(value, t, path)
	default:
		m.compareLeaf(value, t, path)
	}
}

func (m *misfits) compareFields(value any, t reflect.Type, path string) {
	object, ok := value.(map[string]any)
	if !ok {
		m.add(path, "expected an object, got %s", describe(value))
		return
	}
	fields := fieldsOf(t)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		below := strings.TrimPrefix(path+"."+name, ".")
		if field, known := fields[name]; known {
			m.compare(object[name], field, below)
			continue
		}
		text := unknownField
		if known := sameButCase(fields, name); known != "" {
			text += "; write " + known
		}
		m.unknown[below] = below + ": " + text
		if !inStatus(below) {
			m.add(below, "%s", text)
		}
	}
}

func (m *misfits) compareMap(value any, t reflect.Type, path string) {
	object, ok := value.(map[string]any)
	if !ok {
		m.add(path, "expected an object, got %s", describe(value))
		return
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		m.compare(object[key], t.Elem(), path+"["+key+"]")
	}
}

func (m *misfits) compareList(value any, t reflect.Type, path string) {
	list, ok := value.([]any)
	if !ok {
		m.add(path, "expected a list, got %s", describe(value))
		return
	}
	for i, element := range list {
		m.compare(element, t.Elem(), path+"["+strconv.Itoa(i)+"]")
	}
}

// compareLeaf has the value decoded by itself.
func (m *misfits) compareLeaf(value any, t reflect.Type, path string) {
	data, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(data, reflect.New(t).Interface())
	}
	if err == nil {
		return
	}
	m.add(path, "expected %s, got %s%s", expected(t), describe(value), correction(value, t))
}

// expected names what belongs into a field of a type.
func expected(t reflect.Type) string {
	switch t.Name() {
	case "Quantity":
		return `a quantity such as 100m, 1.5 or 2Gi`
	case "IntOrString":
		return "an integer or a string"
	case "Time", "MicroTime":
		return "a time such as 2026-12-24T18:00:00Z"
	case "Duration":
		return "a duration such as 90s"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String, reflect.Slice:
		return "a string"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "an integer"
	default:
		return "an object"
	}
}

// maxShown limits how much of a string is repeated in a message, in bytes.
const maxShown = 60

// describe names a value of JSON.
func describe(value any) string {
	switch v := value.(type) {
	case string:
		if len(v) > maxShown {
			return "a string of " + strconv.Itoa(len(v)) + " bytes"
		}
		return "the string " + strconv.Quote(v)
	case json.Number:
		return "the number " + v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return "a list"
	default:
		return "an object"
	}
}

// correction says what to write for a value that has quotes too many or too few.
func correction(value any, t reflect.Type) string {
	switch v := value.(type) {
	case string:
		if t.Kind() != reflect.String && t.Kind() != reflect.Struct && json.Unmarshal([]byte(v), reflect.New(t).Interface()) == nil {
			return "; write " + v + " without quotes"
		}
	case json.Number:
		if t.Kind() == reflect.String {
			return "; write " + strconv.Quote(v.String()) + " in quotes"
		}
	case bool:
		if t.Kind() == reflect.String {
			return "; write " + strconv.Quote(strconv.FormatBool(v)) + " in quotes"
		}
	}
	return ""
}

// sameButCase finds the field whose name differs only in upper and lower case.
func sameButCase(fields map[string]reflect.Type, name string) string {
	for known := range fields {
		if strings.EqualFold(known, name) {
			return known
		}
	}
	return ""
}

// fieldsOf returns the types of the fields of a struct, by their names in JSON.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" || !field.IsExported() && !field.Anonymous:
		case name != "":
			fields[name] = field.Type
		case field.Anonymous && field.Type.Kind() == reflect.Struct:
			maps.Copy(fields, fieldsOf(field.Type))
		default:
			fields[field.Name] = field.Type
		}
	}
	return fields
}
