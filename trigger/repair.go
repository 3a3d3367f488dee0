package trigger

import (
	"slices"
	"strings"
)

// maxRepairs bounds how many items of an expression are replaced before it is given up.
const maxRepairs = 64

// replaceItem replaces the first item of a list that has a text. The whole list is replaced if that is the text.
func replaceItem(list, item, instead string) string {
	if list == item {
		return instead
	}
	items := strings.Split(list, ",")
	for i := range items {
		if strings.TrimSpace(items[i]) != item {
			continue
		}
		if items[i] = instead; slices.Index(items, instead) != i || slices.Contains(items[i+1:], instead) {
			items = slices.Delete(items, i, i+1) // it is there already
		}
		break
	}
	return strings.Join(items, ",")
}

// repairSchedule returns the columns of a schedule in which everything is replaced that can be said in another way, and false if something cannot.
func repairSchedule(parts []string) ([]string, bool) {
	repaired := make([]string, len(parts))
	for i, part := range parts {
		text, ok := repairColumn(i, part, parts)
		if !ok {
			return nil, false
		}
		repaired[i] = text
	}
	return repaired, true
}

func repairColumn(i int, text string, parts []string) (string, bool) {
	for range maxRepairs {
		_, err := scheduleFields[i].parseSchedulePart(text)
		if err == nil {
			return text, true
		}
		instead := err.instead
		if err.beyond && !restricted(parts[i+1:]) {
			instead = "0"
		}
		if instead == "" {
			return "", false
		}
		text = replaceItem(text, err.Part, instead)
	}
	return "", false
}

// restricted reports whether one of the columns does not match every value.
func restricted(parts []string) bool {
	for _, part := range parts {
		if part != "*" && part != "?" {
			return true
		}
	}
	return false
}
