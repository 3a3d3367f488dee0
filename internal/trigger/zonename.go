package trigger

import (
	"fmt"
	"strings"
)

// unknownZone rejects a zone name and suggests what may be meant.
func unknownZone(name string) *Error {
	err := &Error{Field: "timeZone", Part: name, Problem: fmt.Sprintf("%q is not a time zone", name), Hint: `write an IANA name like "Europe/Berlin"`}
	if offset, ok := fixedOffset(name); ok {
		err.Hint = fmt.Sprintf("write a place like \"Europe/Berlin\", or %q for a fixed offset: the sign of these names is reversed", offset)
	} else if nearest := nearestZone(name); nearest != "" {
		err.Hint = fmt.Sprintf("did you mean %q?", nearest)
	}
	return err
}

// fixedOffset translates names like UTC+2, GMT-05:00 and +02:00 where a whole number of hours allows it.
func fixedOffset(name string) (string, bool) {
	rest := strings.TrimPrefix(strings.TrimPrefix(strings.ToUpper(name), "UTC"), "GMT")
	if rest == "" || rest[0] != '+' && rest[0] != '-' {
		return "", false
	}
	hours, ok := parseDigits(strings.TrimSuffix(strings.TrimSuffix(rest[1:], "00"), ":"), 0, 14)
	sign := map[byte]string{'+': "-", '-': "+"}[rest[0]]
	translated := fmt.Sprintf("Etc/GMT%s%d", sign, hours)
	_, known := zoneArchive()[translated]
	return translated, ok && known
}

// nearestZone returns the zone whose name takes the fewest edits, an empty string if none is near. The place alone, such as "berlin", will do.
func nearestZone(name string) string {
	wanted := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), " ", "_")
	best, fewest := "", len(wanted)/3+1
	if isAbbreviation(wanted) {
		fewest = 1 // PST is not nearly EST
	}
	for _, candidate := range ZoneNames() {
		whole := strings.ToLower(candidate)
		if distance := editDistance(wanted, whole); distance < fewest {
			best, fewest = candidate, distance
		}
	}
	if fewest == 0 || strings.Contains(wanted, "/") {
		return best
	}
	for _, candidate := range ZoneNames() {
		place := strings.ToLower(candidate[strings.LastIndexByte(candidate, '/')+1:])
		if distance := editDistance(wanted, place); distance < fewest {
			best, fewest = candidate, distance
		}
	}
	return best
}

// isAbbreviation reports whether a name looks like the abbreviation of a zone, where one letter makes another part of the world.
func isAbbreviation(name string) bool { return len(name) <= 4 && !strings.Contains(name, "/") }

// editDistance returns how many characters must be inserted, removed or replaced to turn one text into the other.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
