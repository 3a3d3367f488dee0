package convert

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// embedded is a CronJob inside another object.
type embedded struct{ path, name string }

// findEmbedded returns the CronJobs below a value. A reference to a CronJob, as owners and
// autoscalers have, is none: it has no spec.
func findEmbedded(value any, path string) []embedded {
	var found []embedded
	switch v := value.(type) {
	case []any:
		for i, element := range v {
			found = append(found, findEmbedded(element, fmt.Sprintf("%s[%d]", path, i))...)
		}
	case map[string]any:
		kind, _ := v["kind"].(string)
		if _, hasSpec := v["spec"].(map[string]any); hasSpec && path != "" && (typeMeta{kind: kind}).isCronJob() {
			metadata, _ := v["metadata"].(map[string]any)
			return []embedded{{path, join(metadata["namespace"], metadata["name"], metadata["generateName"])}}
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			found = append(found, findEmbedded(v[key], strings.TrimPrefix(path+"."+key, "."))...)
		}
	}
	return found
}

// whyEmbedded returns why a CronJob inside an object is not converted, and what to do.
func whyEmbedded(meta typeMeta, object map[string]any, at string) error {
	if meta.kind == "Template" && (meta.apiVersion == "v1" || strings.HasPrefix(meta.apiVersion, "template.openshift.io/")) {
		return fmt.Errorf("is in a Template, whose parameters are not known here; write %s | kubectl carillon convert -f -", process(object, at))
	}
	if meta.kind == "" {
		return errors.New("is in an object without a kind; write it as a document of its own")
	}
	return fmt.Errorf("is in an object of kind %s, which makes CronJobs by itself; write it as a document of its own", meta.kind)
}

// process returns the command that processes an OpenShift Template, with the parameters
// that need a value.
func process(template map[string]any, at string) string {
	file, _, _ := strings.Cut(at, ", document ")
	if strings.Contains(file, " ") { // also "standard input"
		file = "FILE"
	}
	var command strings.Builder
	command.WriteString("oc process --local -f " + file)
	parameters, _ := template["parameters"].([]any)
	for _, p := range parameters {
		parameter, _ := p.(map[string]any)
		name, _ := parameter["name"].(string)
		value, _ := parameter["value"].(string)
		if required, _ := parameter["required"].(bool); required && value == "" && parameter["generate"] == nil {
			command.WriteString(" -p " + name + "=...")
		}
	}
	command.WriteString(" -o yaml")
	return command.String()
}
