package kubeevents

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/types"
)

// How often the Event of a series is written.
const (
	// window is how long a series lasts at most; windows begin with the hours of UTC. The API
	// server removes an Event an hour after its last write by default.
	window = time.Hour
	// An Event is updated minInterval after it was created, then ever more rarely, when the
	// series has become a quarter longer, and at least every MaxInterval.
	minInterval = 5 * time.Second
	growth      = 4
	// urgentInterval is the shortest time between two writes of one Event.
	urgentInterval = time.Second
	// A new series, and a new text, is published at once, urgentBurst times an object and then
	// once every urgentRefill. Otherwise it waits for the regular update.
	urgentBurst  = 10
	urgentRefill = 2 * time.Minute
)

// MaxInterval is how much older than the truth the Event of a series may be.
const MaxInterval = 10 * time.Minute

// seriesKey identifies a series. Two managers, one after the other, make the same key for
// the same series.
type seriesKey struct {
	namespace     string
	uid           types.UID
	reason, cause string
	window        int64 // number of the window since 1970
}

func keyOf(e *Event, now time.Time) seriesKey {
	return seriesKey{e.Object.Namespace, e.Object.UID, e.Reason, e.Cause, now.Unix() / int64(window/time.Second)}
}

// end is when nothing can be added to the series any more.
func (k seriesKey) end() time.Time { return time.Unix((k.window+1)*int64(window/time.Second), 0) }

// maxNamePrefix leaves room for the hash in a name of 253 characters.
const maxNamePrefix = 230

// eventName is the name of the Event of a series. It is the same after a restart, so that
// the new leader continues the series and its count.
func eventName(object string, k seriesKey) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(k.uid), k.reason, k.cause, strconv.FormatInt(k.window, 10)}, "\x00")))
	if len(object) > maxNamePrefix {
		object = strings.TrimRight(object[:maxNamePrefix], "-.")
	}
	return object + "." + hex.EncodeToString(sum[:8])
}

// series is what is known of an Event.
type series struct {
	newest Event
	// first and last are when the first and the last occurrence were reported.
	first, last time.Time
	count       int64
	slots       Slots
	// due is when the Event has to be written; zero while it is up to date.
	due time.Time
	// published is when it was last written, with publishedText and publishedCount.
	published      time.Time
	publishedText  string
	publishedCount int64
	// writing: the Event is being written.
	writing bool
	// adopted: what an earlier manager wrote into the Event is included.
	adopted bool
	// failures counts writes that failed, since the last one that did not.
	failures int
	// urgent limits what is published at once; series of the same object share it.
	urgent *rate.Limiter
}

// add includes an occurrence and reports when the Event has to be written.
func (s *series) add(e *Event, now time.Time) time.Time {
	if s.count == 0 {
		s.first = now
	}
	s.newest, s.last = *e, now
	s.count += max(e.Count, 1)
	if e.Slots != nil {
		s.slots.add(*e.Slots)
	}
	s.schedule(now)
	return s.due
}

// schedule sets due.
func (s *series) schedule(now time.Time) {
	at := s.published.Add(min(max(now.Sub(s.first)/growth, minInterval), MaxInterval))
	if s.published.IsZero() {
		at = now.Add(urgentRefill)
	}
	urgent := s.published.Add(urgentInterval)
	if urgent.Before(now) {
		urgent = now
	}
	isNew := s.published.IsZero() || s.newest.Text != s.publishedText
	if isNew && urgent.Before(at) && (s.due.IsZero() || urgent.Before(s.due)) && s.urgent.AllowN(now, 1) {
		at = urgent
	}
	if s.due.IsZero() || at.Before(s.due) {
		s.due = at
	}
}
