// Package node is the part of the devcluster that runs beside the components
// of Kubernetes: it starts them, watches over them, and ends with them when
// the process that started it ends.
//
// It runs in processes of its own. At the full level these live in private
// namespaces: [Init] is the first process there, so that its end, however it
// comes about, is the end of all; it only starts [Run], reaps orphans and
// removes control groups. At the simulated level there is [Run] alone.
//
// The process that asked for the node holds two pipes to it. Through the
// standard input go commands, one a line, and its end means stop; this also
// happens when the asking process dies. From the standard output come [Event]s.
package node

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// Files that a node inherits besides the standard ones.
const (
	// LockFile shares the lock on the cluster's directory, which is thereby
	// held until the last process is gone.
	LockFile = 3
	// ListenerFile is a socket that listens outside of the namespaces.
	ListenerFile = 4
)

// EventKind says what an [Event] is.
type EventKind string

const (
	// Progress is a message for people.
	Progress EventKind = "progress"
	// Ready says that Pods can be made now.
	Ready EventKind = "ready"
	// Done says that the command just given was carried out.
	Done EventKind = "done"
	// Failed says that the node has come to its end, and why.
	Failed EventKind = "failed"
)

// Event is what a node says.
type Event struct {
	Kind    EventKind `json:"kind"`
	Message string    `json:"message,omitempty"`
}

// RestartCommand returns the command that restarts a component.
func RestartCommand(component string) string { return "restart " + component }

// events writes [Event]s, one a line.
type events struct {
	mu  sync.Mutex
	out io.Writer
}

// send writes one event. An error is ignored: a reader that is gone has ended,
// which the end of the standard input says as well.
func (e *events) send(kind EventKind, format string, args ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	_ = json.NewEncoder(e.out).Encode(Event{Kind: kind, Message: fmt.Sprintf(format, args...)})
}
