package faults_test

import (
	"fmt"
	"net/http"
	"strings"
)

// call is what a request to the API server is.
type call struct {
	verb string // create, get, list, watch, update, patch or delete
	// resource is the resource with its subresource, such as tasks.status; empty for what
	// is about no resource.
	resource string
	object   string // its name, if it has one
}

// callOf reads /apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME/SUBRESOURCE.
func callOf(req *http.Request) call {
	parts := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	skip := 2 // api/v1
	if parts[0] == "apis" {
		skip = 3
	}
	if len(parts) > skip+2 && parts[skip] == "namespaces" {
		skip += 2
	}
	if len(parts) <= skip {
		return call{}
	}
	c := call{resource: parts[skip]}
	if len(parts) > skip+1 {
		c.object = parts[skip+1]
	}
	if len(parts) > skip+2 {
		c.resource += "." + parts[skip+2]
	}
	c.verb = verbOf(req, c.object)
	return c
}

func verbOf(req *http.Request, object string) string {
	switch {
	case req.Method == http.MethodPost:
		return "create"
	case req.Method == http.MethodPut:
		return "update"
	case req.Method != http.MethodGet:
		return strings.ToLower(req.Method)
	case req.URL.Query().Get("watch") != "":
		return "watch"
	case object == "":
		return "list"
	default:
		return "get"
	}
}

// step is a request of a scenario: the n-th of its kind.
type step struct {
	verb, resource string
	n              int
}

func (s step) String() string { return fmt.Sprintf("%s-%s-%d", s.verb, s.resource, s.n) }

func (s step) writes() bool { return s.verb != "get" }

// beside reports whether the step is about a Scheduler: that goes on beside the runs, and
// is the same in every scenario.
func (s step) beside() bool { return strings.HasPrefix(s.resource, "schedulers") }

// optional reports whether a scenario can end without the step: how often the status of a Scheduler
// is written, which Events are, and whether a Task is read again after a conflict between an edit
// and a save, depends on timing.
func (s step) optional() bool {
	return s.resource == "schedulers.status" || s.resource == "events" || s.verb == "get" && s.resource == "tasks"
}

// counter numbers the requests that are steps: the writes, and the reads past the
// caches. Those of the leader election go on as long as the manager lives.
type counter map[string]int

func (c counter) next(of call) (step, bool) {
	if of.resource == "" || of.resource == "leases" || of.verb == "list" || of.verb == "watch" {
		return step{}, false
	}
	kind := of.verb + "-" + of.resource
	c[kind]++
	return step{of.verb, of.resource, c[kind]}, true
}
