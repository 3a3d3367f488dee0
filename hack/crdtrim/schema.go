package main

import "math"

// visit calls f for the schema and every schema below it, parents first.
func visit(schema map[string]any, f func(map[string]any)) {
	f(schema)
	properties, _ := schema["properties"].(map[string]any)
	for _, p := range properties {
		if child, ok := p.(map[string]any); ok {
			visit(child, f)
		}
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if child, ok := schema[key].(map[string]any); ok {
			visit(child, f)
		}
	}
}

// trimPodTemplates drops the descriptions below every embedded Pod template. The
// description of the template itself is the embedding type's own and stays.
func trimPodTemplates(root map[string]any) {
	visit(root, func(schema map[string]any) {
		if !isPodTemplate(schema) {
			return
		}
		own, described := schema["description"]
		visit(schema, func(s map[string]any) { delete(s, "description") })
		if described {
			schema["description"] = own
		}
	})
}

// isPodTemplate tells a corev1.PodTemplateSpec by its shape: nothing but metadata
// and a spec with containers.
func isPodTemplate(schema map[string]any) bool {
	properties, _ := schema["properties"].(map[string]any)
	if len(properties) != 2 || properties["metadata"] == nil {
		return false
	}
	spec, _ := properties["spec"].(map[string]any)
	specProperties, _ := spec["properties"].(map[string]any)
	return specProperties["containers"] != nil
}

const (
	// quantityPattern is what resource.Quantity decodes, with the exponent held to
	// a sane size. The generated one admits fractions in exponents, which do not
	// decode, and exponents that take all memory to decode.
	quantityPattern = `^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$`
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
			schema["pattern"] = quantityPattern
			schema["maxLength"] = quantityMaxLength
		case schema["x-kubernetes-int-or-string"] == true:
			// intstr.IntOrString holds an int32.
			schema["minimum"] = math.MinInt32
			schema["maximum"] = math.MaxInt32
		}
	})
}
