package main

import "math"

// visit calls f for the schema and every schema below it, parents first.
func visit(schema map[string]any, f func(map[string]any)) {
	visitNamed(schema, "", func(_ string, s map[string]any) { f(s) })
}

// visitNamed is visit that gives f the name of the field, too. The items of a list or
// map have the name of the field that holds it.
func visitNamed(schema map[string]any, name string, f func(string, map[string]any)) {
	f(name, schema)
	properties, _ := schema["properties"].(map[string]any)
	for field, p := range properties {
		if child, ok := p.(map[string]any); ok {
			visitNamed(child, field, f)
		}
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if child, ok := schema[key].(map[string]any); ok {
			visitNamed(child, name, f)
		}
	}
}

// trimTemplates drops the descriptions below every embedded template. The description
// of the template itself is the embedding type's own and stays.
func trimTemplates(root map[string]any) {
	visit(root, func(schema map[string]any) {
		if !isTemplate(schema) {
			return
		}
		own, described := schema["description"]
		visit(schema, func(s map[string]any) { delete(s, "description") })
		if described {
			schema["description"] = own
		}
	})
}

// isTemplate recognizes the template of a Pod, or of an object with a Pod template, by
// its shape: nothing but metadata and a spec with containers or with such a template.
func isTemplate(schema map[string]any) bool {
	properties, _ := schema["properties"].(map[string]any)
	if len(properties) != 2 || properties["metadata"] == nil {
		return false
	}
	spec, _ := properties["spec"].(map[string]any)
	specProperties, _ := spec["properties"].(map[string]any)
	if specProperties["containers"] != nil {
		return true
	}
	inner, ok := specProperties["template"].(map[string]any)
	return ok && isTemplate(inner)
}

const (
	// quantityPattern is what resource.Quantity decodes, with the exponent held to
	// a sane size. The generated one admits fractions in exponents, which do not
	// decode, and exponents that take all memory to decode.
	//
	// Spaces around it are allowed, as Quantity trims them.
	quantityPattern = `^ *[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})? *$`
	// quantityMaxLength is far above what anyone writes.
	quantityMaxLength = 64

	// dateTimePattern is what metav1.Time decodes. The format date-time, as the API
	// server checks it, admits more, such as a small t.
	dateTimePattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
)

// narrow adds to each field whose Go type decodes less than its schema admits what
// is missing.
func narrow(root map[string]any) {
	visit(root, func(schema map[string]any) {
		switch {
		case schema["format"] == "date-time":
			schema["pattern"] = dateTimePattern
		case schema["x-kubernetes-int-or-string"] == true && schema["pattern"] != nil:
			allowNumber(schema)
		case schema["x-kubernetes-int-or-string"] == true:
			// intstr.IntOrString holds an int32.
			schema["minimum"] = math.MinInt32
			schema["maximum"] = math.MaxInt32
		}
	})
}

// allowNumber makes the schema of a Quantity accept any number, such as 0.5, which the
// generated one accepts only if it is whole.
//
// A schema has one type or none, so this one has none, and bounds that neither a
// boolean nor an object nor a list satisfies.
func allowNumber(schema map[string]any) {
	delete(schema, "anyOf")
	delete(schema, "x-kubernetes-int-or-string")
	schema["x-kubernetes-preserve-unknown-fields"] = true
	schema["pattern"] = quantityPattern
	schema["maxLength"] = quantityMaxLength
	schema["not"] = map[string]any{"enum": []any{false, true}}
	for _, of := range []string{"Properties", "Items"} {
		schema["min"+of] = 1
		schema["max"+of] = 0
	}
}
