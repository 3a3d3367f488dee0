package main

import "slices"

// loosenTemplates makes every embedded template accept what the API server accepts of
// the object that is made from it, and keep it as it was written (A2).
//
// The generated schema differs from that of a Pod in four ways, as the API server
// reads its own kinds by other rules than custom ones:
//   - A default is written into the user's object.
//   - A list with keys rejects two items with the same keys. A Pod may have an
//     environment variable twice, and a port.
//   - A field without omitempty is required. A Pod may lack it if zero is valid.
//   - A null is rejected in a list and by server-side apply, and otherwise dropped.
//     In a Pod it is the zero value.
func loosenTemplates(root map[string]any) {
	visit(root, func(template map[string]any) {
		if !isTemplate(template) {
			return
		}
		visitNamed(template, "template", loosen)
		visit(template, allowNulls)
	})
}

// loosen changes one schema below a template. The name is that of the field that has
// it, or of the list or map whose items have it.
func loosen(name string, schema map[string]any) {
	delete(schema, "default")
	delete(schema, "x-kubernetes-list-map-keys")
	if schema["type"] == "array" {
		schema["x-kubernetes-list-type"] = "atomic"
	}
	dropRequired(schema, zeroIsValid[name])
	properties, _ := schema["properties"].(map[string]any)
	if properties["metadata"] != nil {
		properties["metadata"] = objectMeta()
	}
	if properties["ephemeralContainers"] != nil {
		properties["ephemeralContainers"] = noEphemeralContainers()
	}
}

// zeroIsValid has the fields that Go always writes and that a Pod may lack, by the
// name of the field above. A test compares the schema with the API server's verdict on
// Pods.
var zeroIsValid = map[string][]string{
	"httpHeaders": {"value"},
	"iscsi":       {"lun"},
	"preferredDuringSchedulingIgnoredDuringExecution": {"preference"},
	"scaleIO": {"secretRef"},
	"sleep":   {"seconds"},
	"sysctls": {"value"},
}

// dropRequired takes fields out of the required ones.
func dropRequired(schema map[string]any, fields []string) {
	required, _ := schema["required"].([]any)
	required = slices.DeleteFunc(slices.Clone(required), func(field any) bool {
		name, _ := field.(string)
		return slices.Contains(fields, name)
	})
	if len(required) > 0 {
		schema["required"] = required
	} else {
		delete(schema, "required")
	}
}

// allowNulls lets optional fields be null, and the items of a list or map where their
// zero value is valid: it is what Go decodes a null to.
func allowNulls(schema map[string]any) {
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	for name, p := range properties {
		property, ok := p.(map[string]any)
		if ok && !slices.Contains(required, any(name)) && !isTemplateSpec(name, property) {
			property["nullable"] = true
		}
	}
	for _, key := range []string{"items", "additionalProperties"} {
		item, ok := schema[key].(map[string]any)
		if ok && item["required"] == nil {
			item["nullable"] = true
		}
	}
}

// isTemplateSpec recognizes the spec of a template. It is optional in Go, and no object
// can be made without it.
func isTemplateSpec(name string, property map[string]any) bool {
	properties, _ := property["properties"].(map[string]any)
	return name == "spec" && (properties["containers"] != nil || properties["template"] != nil)
}

// noEphemeralContainers is the schema of spec.ephemeralContainers, which the API server
// accepts of no new Pod.
func noEphemeralContainers() map[string]any {
	return map[string]any{
		"type": "array",
		"items": map[string]any{
			"type":                                 "object",
			"x-kubernetes-preserve-unknown-fields": true,
		},
		"x-kubernetes-list-type": "atomic",
		"x-kubernetes-validations": []any{map[string]any{
			"rule":    "self.size() == 0",
			"message": "a new Pod has no ephemeral containers: leave ephemeralContainers out, or write initContainers",
		}},
	}
}

// objectMeta is the schema of a template's metadata. It has every field of ObjectMeta,
// as manifests that a program wrote or that were read from a cluster have more than
// labels and annotations, such as a creationTimestamp that is null.
func objectMeta() map[string]any {
	str := func() map[string]any { return map[string]any{"type": "string"} }
	boolean := func() map[string]any { return map[string]any{"type": "boolean"} }
	integer := func() map[string]any { return map[string]any{"type": "integer", "format": "int64"} }
	time := func() map[string]any {
		return map[string]any{"type": "string", "format": "date-time", "nullable": true}
	}
	object := func(properties map[string]any) map[string]any {
		return map[string]any{"type": "object", "properties": properties}
	}
	list := func(items map[string]any) map[string]any {
		return map[string]any{"type": "array", "items": items, "x-kubernetes-list-type": "atomic"}
	}
	strings := func() map[string]any {
		return map[string]any{"type": "object", "additionalProperties": str()}
	}
	return object(map[string]any{
		"annotations":                strings(),
		"creationTimestamp":          time(),
		"deletionGracePeriodSeconds": integer(),
		"deletionTimestamp":          time(),
		"finalizers":                 list(str()),
		"generateName":               str(),
		"generation":                 integer(),
		"labels":                     strings(),
		"managedFields": list(object(map[string]any{
			"apiVersion": str(), "fieldsType": str(), "manager": str(), "operation": str(), "subresource": str(), "time": time(),
			"fieldsV1": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true},
		})),
		"name":      str(),
		"namespace": str(),
		"ownerReferences": list(object(map[string]any{
			"apiVersion": str(), "blockOwnerDeletion": boolean(), "controller": boolean(), "kind": str(), "name": str(), "uid": str(),
		})),
		"resourceVersion": str(),
		"selfLink":        str(),
		"uid":             str(),
	})
}
