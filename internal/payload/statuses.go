package payload

import (
	"fmt"
	"strconv"
	"strings"
)

// StatusRange is a range of HTTP status codes, both ends included.
type StatusRange struct {
	First, Last int
}

// Statuses is a set of HTTP status codes.
type Statuses []StatusRange

// DefaultStatuses is what counts as a success when a request does not say.
var DefaultStatuses = Statuses{{First: 200, Last: 299}}

// The status codes that a final response can have.
const (
	firstStatus = 200
	lastStatus  = 599
)

// ParseStatuses reads status codes and ranges of them, separated by commas, such
// as "200-299,304". An empty text means DefaultStatuses. The error names the
// part that cannot be read and says what to write.
func ParseStatuses(text string) (Statuses, error) {
	if text == "" {
		return DefaultStatuses, nil
	}
	var set Statuses
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, okFirst := parseStatus(from)
		last, okLast := parseStatus(to)
		if !okFirst || !okLast || first > last {
			return nil, fmt.Errorf("%q is no status code from %d to %d and no range of them: write for example 200-299 or 200,204",
				part, firstStatus, lastStatus)
		}
		set = append(set, StatusRange{First: first, Last: last})
	}
	return set, nil
}

// parseStatus reads exactly three digits.
func parseStatus(text string) (int, bool) {
	code, err := strconv.Atoi(text)
	return code, err == nil && len(text) == 3 && code >= firstStatus && code <= lastStatus
}

// Contains reports whether a status code is in the set.
func (s Statuses) Contains(code int) bool {
	for _, r := range s {
		if r.First <= code && code <= r.Last {
			return true
		}
	}
	return false
}

// String is the form that ParseStatuses reads.
func (s Statuses) String() string {
	parts := make([]string, len(s))
	for i, r := range s {
		parts[i] = strconv.Itoa(r.First)
		if r.Last != r.First {
			parts[i] += "-" + strconv.Itoa(r.Last)
		}
	}
	return strings.Join(parts, ",")
}
