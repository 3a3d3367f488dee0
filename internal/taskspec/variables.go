package taskspec

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// runVariables are the variables that stand for their values in a request.
var runVariables = []string{
	v1alpha1.EnvTask, v1alpha1.EnvNamespace, v1alpha1.EnvRunID, v1alpha1.EnvSource, v1alpha1.EnvScheduledTime, v1alpha1.EnvDueTime,
	v1alpha1.EnvStartTime, v1alpha1.EnvAttempt, v1alpha1.EnvCoalesced, v1alpha1.EnvTraceParent,
}

// variable is what looks like one. A dollar sign before it keeps it as it is.
var variable = regexp.MustCompile(`\$?\$\(([A-Za-z_][A-Za-z0-9_]*)\)`)

// ActionWarnings returns remarks about an action that may not do what it seems to say: a text that
// looks like a variable, and is sent as it is written because no variable of a run has that name.
func ActionWarnings(action *v1alpha1.Action) []string {
	if action.HTTP == nil {
		return nil
	}
	var warnings []string
	for i, header := range action.HTTP.Headers {
		if header.Value == nil {
			continue
		}
		for _, name := range unknownVariables(*header.Value) {
			warnings = append(warnings, fmt.Sprintf(
				"spec.action.http.headers[%d].value: $(%s) is sent as it is written, as it is no variable of a run; a value from a Secret is valueFrom with a prefix and a secretKeyRef", i, name))
		}
	}
	for _, name := range unknownVariables(action.HTTP.Body) {
		warnings = append(warnings, fmt.Sprintf("spec.action.http.body: $(%s) is sent as it is written, as it is no variable of a run", name))
	}
	return warnings
}

// unknownVariables returns the names in a text that look like those of variables and are not, each once.
func unknownVariables(text string) []string {
	var names []string
	for _, found := range variable.FindAllStringSubmatch(text, -1) {
		if name := found[1]; found[0][1] != '$' && !slices.Contains(runVariables, name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
