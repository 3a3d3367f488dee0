// Package payload has what a Task's action becomes for the executors: plain values that were
// checked when the Task was translated. The scheduler core carries them in model.Task.Payload
// without looking into them.
package payload

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// Action is the payload of a [model.Task]: what its runs do. Exactly one of
// Pod, HTTP and Handler is set. It is not changed once it has been handed over.
type Action struct {
	// Scheduler is the name of the Scheduler that serves the Task.
	Scheduler string

	// ServiceAccount is the name of the ServiceAccount that the Task acts as; empty: as the
	// manager.
	ServiceAccount string

	// Pod is the template of the Pod that carries a run out.
	Pod *corev1.PodTemplateSpec
	// HTTP is the request that a run makes.
	HTTP *HTTP
	// Handler is the function that a run calls.
	Handler *Handler
}

// Of returns what a Task's runs do. A Task that carries no Action gets an empty
// one, which no executor can run.
func Of(task model.Task) *Action {
	if a, ok := task.Payload.(*Action); ok && a != nil {
		return a
	}
	return &Action{}
}

// HTTP is a request.
type HTTP struct {
	// Method is the method of the request. Empty means POST with a body and GET
	// without.
	Method string
	// URL is absolute, with the scheme http or https.
	URL string
	// Headers are sent besides those that inform the server about the run, which
	// win over them.
	Headers []Header
	// Audience, if not empty, has the request carry a token of the Task's ServiceAccount for
	// this audience.
	Audience string
	// Body is sent with the variables of the run expanded, see runinfo; empty
	// means none.
	Body string
	// Expected is which statuses are a success; nil means DefaultStatuses.
	Expected Statuses
}

// Header is one header of a request. Its value is Value, with the variables of the run
// expanded, or Value as it is and then what a Secret holds.
type Header struct {
	Name, Value string
	// Secret, if set, is where the value is, or its end.
	Secret *SecretKey
}

// SecretKey names an entry of a Secret in the Task's namespace.
type SecretKey struct {
	Name, Key string
}

// Handler is a call of a registered function.
type Handler struct {
	// Name is what the function is registered as.
	Name string
	// Args are handed to the function.
	Args map[string]string
}
