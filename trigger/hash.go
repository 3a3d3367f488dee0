package trigger

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
)

// hashVersion is the version of the canonical form. A change of the form needs a new one: the hash is stored in Tasks, and one that differs means that
// the trigger was edited (T9).
const hashVersion = "v1"

// A canonicalForm is everything that decides the slots of a trigger, but the creation time of the Task and the release of the zone rules: local
// times are kept as they are written. Two spellings of a calendar have the same form.
type canonicalForm struct {
	zone, startAt, endAt string
	jitter               time.Duration
	body                 string
	// local: the slots depend on the zone, and not by the children alone.
	local bool
}

// String renders the form on one line. A zone that decides nothing is left out, which is to say
// that it is UTC: a date without runAt must not run once more because the zone of its
// Scheduler is changed (T9).
func (f *canonicalForm) String() string {
	zone := f.zone
	if !f.local {
		zone = "UTC"
	}
	return fmt.Sprintf("zone %s from %s to %s jitter %d: %s", zone, f.startAt, f.endAt, f.jitter, f.body)
}

// hashOf returns the hash of a canonical form.
func hashOf(canonical string) string {
	sum := sha256.Sum256([]byte(canonical))
	return fmt.Sprintf("%s-%x", hashVersion, sum[:4])
}

// canonicalCalendar renders what a calendar matches.
func canonicalCalendar(c *calendar) string {
	var years yearSet
	if c.years != nil {
		years = *c.years
	}
	return fmt.Sprintf("calendar %x %x %x %x %x %x %t %x", c.seconds, c.minutes, c.hours, c.months, c.days, c.weeks, c.years == nil, years)
}

// canonicalSet renders the children of anyOf and allOf. Their order and repetitions do not matter.
func canonicalSet(field string, bodies []string) string {
	slices.Sort(bodies)
	return field + " {" + strings.Join(slices.Compact(bodies), "} {") + "}"
}
