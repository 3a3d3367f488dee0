package trigger

import (
	"fmt"
	"regexp"
	"strings"
)

// This file says which zone may be meant by a name that is not one. A wrong suggestion moves a Task by hours, so there is none rather than a guess.

const zoneExample = `write an IANA name like "Europe/Berlin"`

// unknownZone rejects a zone name and says what may be meant.
func unknownZone(name string) *Error {
	err := &Error{Field: "timeZone", Part: name, Problem: fmt.Sprintf("%q is not a time zone", name), Hint: zoneExample}
	if hint := zoneHint(name); hint != "" {
		err.Hint = hint
	}
	return err
}

// zoneHint returns what to write for a name that is not one of a zone, an empty string if that is not known.
func zoneHint(name string) string {
	if hint := offsetHint(strings.TrimSpace(name)); hint != "" {
		return hint
	}
	wanted := normalZoneName(name)
	if zone, ok := windowsZones[strings.NewReplacer("_", " ", ".", "").Replace(wanted)]; ok {
		return fmt.Sprintf("write %q, the IANA name of %s", zone, strings.TrimSpace(name))
	}
	if candidates, ok := zoneAbbreviations[strings.ToUpper(strings.TrimSpace(name))]; ok {
		return abbreviationHint(candidates)
	}
	if zone := spelledZone(wanted); zone != "" {
		return fmt.Sprintf("did you mean %q?", zone)
	}
	place := wanted[strings.LastIndexByte(wanted, '/')+1:]
	if zone, ok := placeZones[place]; ok {
		return fmt.Sprintf("write %q, the zone of that place", zone)
	}
	if zone := typedZone(wanted); zone != "" {
		return fmt.Sprintf("did you mean %q?", zone)
	}
	return ""
}

// abbreviationHint says what an abbreviation stands for.
func abbreviationHint(candidates []string) string {
	quoted := make([]string, len(candidates))
	for i, zone := range candidates {
		quoted[i] = fmt.Sprintf("%q", zone)
	}
	if len(quoted) == 1 {
		return fmt.Sprintf("an abbreviation names no place: write a place that uses it, such as %s", quoted[0])
	}
	return fmt.Sprintf("the abbreviation has several meanings: write the place, such as %s or %s", strings.Join(quoted[:len(quoted)-1], ", "), quoted[len(quoted)-1])
}

// unaccented are the letters of names of places without their marks.
var unaccented = strings.NewReplacer(
	"á", "a", "à", "a", "â", "a", "ã", "a", "ä", "a", "å", "a", "ç", "c", "č", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "í", "i", "î", "i", "ï", "i",
	"ł", "l", "ñ", "n", "ń", "n", "ó", "o", "ô", "o", "õ", "o", "ö", "o", "ø", "o", "ş", "s", "š", "s", "ú", "u", "ü", "u", "ý", "y", "ž", "z", "ß", "ss",
)

// normalZoneName renders a name in lower case, with underscores for blanks and without marks on its letters, points and what may stand before it in a path.
func normalZoneName(name string) string {
	name = unaccented.Replace(strings.ToLower(strings.TrimSpace(name)))
	for _, prefix := range []string{"posix/", "right/", "/usr/share/zoneinfo/", "../", "./", "/"} {
		name = strings.TrimPrefix(name, prefix)
	}
	name = strings.ReplaceAll(name, `\`, "/")
	return strings.ReplaceAll(strings.Join(strings.Fields(name), "_"), "-_", "-")
}

// spelledZone returns the zone that a name spells in another way: with other capitals or signs between words, with the place alone, or below a wrong
// continent. There is none if several zones have a place of that name.
func spelledZone(wanted string) string {
	bare := strings.NewReplacer("_", "", "-", "", ".", "", "'", "").Replace
	found := ""
	for _, zone := range ZoneNames() {
		whole := strings.ToLower(zone)
		if whole == wanted || bare(whole) == bare(wanted) {
			return zone
		}
		area, place := splitZone(whole)
		if !continents[area] {
			continue
		}
		if _, wantedPlace := splitZone(wanted); bare(place) == bare(wantedPlace) && wantedPlace != "" {
			if found != "" && !sameZone(found, zone) {
				return ""
			}
			if found == "" {
				found = zone
			}
		}
	}
	return found
}

// continents are the first parts of names whose last part is a place.
var continents = map[string]bool{
	"africa": true, "america": true, "antarctica": true, "arctic": true, "asia": true, "atlantic": true, "australia": true, "europe": true, "indian": true, "pacific": true,
}

// splitZone splits a zone name behind its continent and before its place.
func splitZone(name string) (area, place string) {
	first, last := strings.IndexByte(name, '/'), strings.LastIndexByte(name, '/')
	if first < 0 {
		return "", name
	}
	return name[:first], name[last+1:]
}

// sameZone reports whether two names stand for the same rules.
func sameZone(a, b string) bool {
	left, _ := loadZone(a)
	right, _ := loadZone(b)
	if len(left.spans) != len(right.spans) {
		return false
	}
	for i := range left.spans {
		if left.spans[i] != right.spans[i] {
			return false
		}
	}
	return true
}

// typedZone returns the zone that a name is a plain typing error of: one letter, or two of a
// long one, in the place or in the continent but not in both, and no other zone is as near.
func typedZone(wanted string) string {
	area, place := splitZone(wanted)
	best, fewest := "", 3
	for _, zone := range ZoneNames() {
		zoneArea, zonePlace := splitZone(strings.ToLower(zone))
		var distance int
		switch {
		case !continents[zoneArea]:
			continue
		case area == "" || area == zoneArea:
			distance = typoDistance(place, zonePlace)
			if distance > allowedTypos(place, zonePlace) {
				continue
			}
		case place == zonePlace:
			distance = typoDistance(area, zoneArea)
			if distance > allowedTypos(area, zoneArea) {
				continue
			}
		default:
			continue
		}
		switch {
		case distance < fewest:
			best, fewest = zone, distance
		case distance == fewest && !sameZone(best, zone):
			return ""
		}
	}
	return best
}

// allowedTypos is how many typing errors a word may have.
func allowedTypos(written, meant string) int {
	switch length := min(len(written), len(meant)); {
	case strings.ContainsAny(written, "0123456789") || length < 4:
		return 0
	case length < 8:
		return 1
	default:
		return 2
	}
}

// typoDistance returns how many letters must be inserted, removed, replaced or swapped with the next to turn one word into the other.
func typoDistance(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			replaced := row[j]
			if a[i] != b[j] {
				replaced++
			}
			next[j+1] = min(replaced, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

var offsetName = regexp.MustCompile(`^(?i)(?:Etc/)?(?:UTC|GMT|Z)?\s*([+−-])\s*(\d{1,2})(?::?([0-5]\d))?$`)

// partOffsets are places whose clock has always the same offset, which is not one of whole hours.
var partOffsets = map[string]string{
	"+03:30": "Asia/Tehran", "+04:30": "Asia/Kabul", "+05:30": "Asia/Kolkata", "+05:45": "Asia/Kathmandu", "+06:30": "Asia/Yangon", "+08:45": "Australia/Eucla",
	"+09:30": "Australia/Darwin", "-09:30": "Pacific/Marquesas",
}

// offsetHint says what to write for an offset from UTC, an empty string if the name is none.
func offsetHint(name string) string {
	if strings.EqualFold(name, "Z") {
		return `write "UTC"`
	}
	match := offsetName.FindStringSubmatch(name)
	if match == nil {
		return ""
	}
	hours, _ := parseDigits(match[2], 0, 99)
	east := match[1] == "+"
	sign, reversed := "-", "+"
	if east {
		sign, reversed = "+", "-"
	}
	if match[3] != "" && match[3] != "00" {
		if place, ok := partOffsets[fmt.Sprintf("%s%02d:%s", sign, hours, match[3])]; ok {
			return fmt.Sprintf("write a place with that offset, such as %q", place)
		}
		return zoneExample + ": there is no zone for an offset of part of an hour"
	}
	if hours == 0 {
		return `write "UTC"`
	}
	zone := fmt.Sprintf("Etc/GMT%s%d", reversed, hours)
	if _, known := zoneArchive()[zone]; !known {
		return zoneExample + ": there is no such offset"
	}
	return fmt.Sprintf("write a place like \"Europe/Berlin\", or %q for a fixed offset: the sign of these names is reversed", zone)
}
