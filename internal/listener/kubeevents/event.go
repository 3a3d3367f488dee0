package kubeevents

import (
	"time"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
)

// Event is something that happened to an object.
type Event struct {
	// Object is what it happened to. Namespace, name and UID are required.
	Object corev1.ObjectReference
	// Type is Normal or Warning, Reason and Action are words in CamelCase.
	Type, Reason, Action string
	// Cause separates series of the same Reason, for example runs that failed by a timeout
	// from those that failed by an exit code. Empty means that the Reason says all.
	Cause string
	// Prefix and Text are the message. A Text other than that of the last occurrence is
	// published at once. Prefix may change with every occurrence; it includes its punctuation.
	Prefix, Text string
	// Slots are the scheduled times that it is about. Nil means none.
	Slots *Slots
	// Count is how many occurrences this stands for. Zero means one.
	Count int64
}

// Slots are scheduled times of a Task that had the same outcome.
type Slots struct {
	// First and Last are the oldest and the newest of them.
	First, Last time.Time
	// Count is how many there are.
	Count int64
}

// add includes further slots.
func (s *Slots) add(more Slots) {
	if s.Count == 0 {
		*s = more
		return
	}
	if more.First.Before(s.First) {
		s.First = more.First
	}
	if more.Last.After(s.Last) {
		s.Last = more.Last
	}
	s.Count += more.Count
}

// maxMessage is how many bytes the message of an Event may have.
const maxMessage = 1024

// message is what people read, cut between two characters to what the API server accepts.
func (e *Event) message() string {
	message := e.Prefix + e.Text
	if len(message) <= maxMessage {
		return message
	}
	message = message[:maxMessage-len("…")]
	for !utf8.ValidString(message) {
		message = message[:len(message)-1]
	}
	return message + "…"
}
