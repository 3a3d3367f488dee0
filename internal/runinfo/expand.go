package runinfo

import (
	"strings"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// Variables names the facts as the environment of a Pod does. In a request they have the
// same names, so that one text means the same in both. What somebody asked for a run
// with is not among them: it is the only fact that may hold any character.
var Variables = Names{
	Task:          v1alpha1.EnvTask,
	Namespace:     v1alpha1.EnvNamespace,
	ID:            v1alpha1.EnvRunID,
	Source:        v1alpha1.EnvSource,
	ScheduledTime: v1alpha1.EnvScheduledTime,
	DueTime:       v1alpha1.EnvDueTime,
	StartTime:     v1alpha1.EnvStartTime,
	Attempt:       v1alpha1.EnvAttempt,
	Coalesced:     v1alpha1.EnvCoalesced,
	TraceParent:   v1alpha1.EnvTraceParent,
}

// Expand replaces the variables of a run in a text, written $(CARILLON_TASK) as in the
// command of a container; a second dollar sign in front keeps one as it is. Nothing
// else is changed. The values are names, numbers and times, without any character that
// means something in JSON, XML, a form or a header.
func (f RunInfo) Expand(text string) string {
	if !strings.Contains(text, "$(") {
		return text
	}
	var pairs []string
	for _, fact := range f.Text(Variables) {
		written := "$(" + fact.Name + ")"
		pairs = append(pairs, "$"+written, written, written, fact.Value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
