package cli

import (
	"encoding/xml"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carillon-dev/carillon/internal/testutil/golden"
)

// TestPicture shows that the picture in the README is what the plugin prints.
func TestPicture(t *testing.T) {
	t.Parallel()
	ns := gallery(t)
	var session strings.Builder
	for i, command := range []string{"list --sort-by next", "explain export --at 02:30", "next export invoices --count 2"} {
		if i > 0 {
			session.WriteString("\n")
		}
		stdout, _ := mustRun(t, ns, strings.Fields(command)...)
		fmt.Fprintf(&session, "$ kubectl carillon %s\n%s\n", command, trimmed(strings.ReplaceAll(stdout, ns, "reporting")))
	}
	golden.Compare(t, filepath.Join("..", "..", "docs", "images", "terminal.svg"), draw(session.String()))
}

// gallery makes the Tasks of the picture.
func gallery(t *testing.T) string {
	t.Helper()
	ns := namespace(t)
	const ready = `
  observedGeneration: 1
  state: Scheduled
  conditions: [{type: Ready, status: "True", reason: Scheduled, message: Slots are decided as they fall due., lastTransitionTime: "2026-03-01T00:00:00Z"}]
`
	makeTask(t, ns, "invoices", "  trigger: {interval: {minutes: 90}, startAt: \"2026-03-06T00:15:00Z\"}\n  action: {handler: {name: log}}\n", ready+`
  nextRunTime: `+from(15*time.Minute)+`
  lastRunTime: `+from(-75*time.Minute)+`
  runCounts: {succeeded: 640}
  decidedThrough: `+from(-75*time.Minute)+`
  recentRuns: [{scheduledTime: `+from(-75*time.Minute)+`, source: Scheduled, outcome: Succeeded, reason: Succeeded, attempts: 1}]
`)
	makeTask(t, ns, "export", "  trigger: {schedule: \"30 2 * * *\", timeZone: Europe/Berlin}\n  action: {handler: {name: log}}\n", ready+`
  nextRunTime: `+from(13*time.Hour+30*time.Minute)+`
  lastRunTime: `+from(-34*time.Hour-30*time.Minute)+`
  activeCount: 1
  active: [{source: Scheduled, scheduledTime: `+from(-34*time.Hour-30*time.Minute)+`, attempt: 1, state: Running, startTime: `+from(-34*time.Hour-30*time.Minute)+`, podName: export-1772587800-k2x8}]
  runCounts: {succeeded: 40, skipped: 1}
  decidedThrough: `+from(-10*time.Hour-30*time.Minute)+`
  recentRuns:
  - {scheduledTime: `+from(-10*time.Hour-30*time.Minute)+`, source: Scheduled, outcome: Skipped, reason: MaxInstancesReached, message: "1 run is unfinished, and maxInstances is 1"}
  - {scheduledTime: `+from(-58*time.Hour-30*time.Minute)+`, source: Scheduled, outcome: Succeeded, reason: Succeeded, attempts: 1}
`)
	makeTask(t, ns, "newsletter", "  trigger: {cron: {dayOfWeek: mon, hour: 8, minute: 30}, timeZone: America/New_York}\n  paused: true\n  action: {handler: {name: log}}\n", `
  observedGeneration: 1
  state: Paused
  lastRunTime: `+from(-94*time.Hour-30*time.Minute)+`
  recentRuns: [{scheduledTime: `+from(-94*time.Hour-30*time.Minute)+`, source: Scheduled, outcome: Failed, reason: PodFailed, attempts: 3, message: container main exited with code 1}]
  conditions: [{type: Ready, status: "True", reason: Paused, message: "spec.paused is true.", lastTransitionTime: "2026-03-01T00:00:00Z"}]
`)
	return ns
}

// draw draws a session in a terminal as an SVG.
func draw(session string) string {
	const advance, line, margin = 8.4, 20, 16 // of a character of 14 pixels, and of its line
	lines := strings.Split(strings.TrimRight(session, "\n"), "\n")
	widest := 0
	var text strings.Builder
	for i, words := range lines {
		widest = max(widest, len([]rune(words)))
		colour := "#d4d4d4"
		if strings.HasPrefix(words, "$ ") {
			colour = "#8bd49c"
		}
		var escaped strings.Builder
		_ = xml.EscapeText(&escaped, []byte(words)) // a Builder takes everything
		fmt.Fprintf(&text, "<text x=\"%d\" y=\"%d\" fill=\"%s\" xml:space=\"preserve\">%s</text>\n", margin, margin+(i+1)*line-5, colour, &escaped)
	}
	width, height := int(float64(widest)*advance)+2*margin, len(lines)*line+2*margin
	return fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, monospace\" font-size=\"14\">\n"+
		"<title>A session with kubectl carillon</title>\n<rect width=\"100%%\" height=\"100%%\" rx=\"8\" fill=\"#1e1e1e\"/>\n%s</svg>\n", width, height, &text)
}
