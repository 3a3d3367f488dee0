package trigger

import (
	"fmt"
	"strings"
)

// describeSchedule renders a schedule as it is written, but for superfluous blanks.
func describeSchedule(text string, z *zone) string {
	return strings.Join(strings.Fields(text), " ") + " " + z.name
}

// describeCron renders the given fields.
func describeCron(fields *CronFields, z *zone) string {
	var parts []string
	for i, text := range fields.texts() {
		if text == "" {
			continue
		}
		if strings.ContainsAny(text, " \t") {
			text = fmt.Sprintf("%q", text)
		}
		parts = append(parts, cronFields[i].name+"="+text)
	}
	if len(parts) == 0 {
		return "every 1s"
	}
	return strings.Join(parts, " ") + " " + z.name
}

// describeInterval renders a distance like "every 1h30m". The zone matters only where days are counted.
func describeInterval(iv *interval, z *zone) string {
	var text strings.Builder
	text.WriteString("every ")
	add := func(n int64, unit string) {
		if n > 0 {
			fmt.Fprintf(&text, "%d%s", n, unit)
		}
	}
	if iv.days%7 == 0 {
		add(iv.days/7, "w")
	} else {
		add(iv.days, "d")
	}
	add(iv.seconds/3600, "h")
	add(iv.seconds/60%60, "m")
	add(iv.seconds%60, "s")
	if iv.days > 0 {
		text.WriteString(" " + z.name)
	}
	return text.String()
}

// describeDate renders the one slot of a date.
func describeDate(runAt int64, z *zone) string {
	return fmt.Sprintf("at %s %s", formatWall(z.wallOf(runAt), " "), z.name)
}

func describeChildren(k kind, texts []string) string {
	joined := strings.Join(texts, "; ")
	if k == kindAllOf {
		return "all of: " + joined
	}
	return "any of: " + joined
}
