package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// Measures of a picture in pixels.
const (
	width     = 860
	chartLeft = 196
	perMinute = 9.3
	top       = 88 // where the first row begins
	laneStep  = 20 // from one run to one that goes on beside it
	barHeight = 16
	textStep  = 17
)

// style has the colours for light and for dark pages. Shapes differ as well, so that nothing is
// told by colour alone.
const style = `<style>
text{font:12px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;fill:#1f2328}
.title{font-weight:600;font-size:14px}.strong{font-weight:600}.muted{fill:#59636e}.bar{font-size:11px;text-anchor:middle}.tick{text-anchor:middle}
.page{fill:#fff;stroke:#d1d9e0}.grid{stroke:#e3e7eb}.away{fill:#d1d9e0;opacity:.55}
.run{fill:#c8e1ff;stroke:#0969da}.stopped{fill:#ffe3c2;stroke:#bc4c00;stroke-dasharray:4 2}
.dot{fill:#0969da}.ring{fill:#fff;stroke:#6639ba;stroke-width:1.6}.cross{stroke:#cf222e;stroke-width:2;fill:none}
.wait{stroke:#0969da;stroke-dasharray:3 2;fill:none}.fold{stroke:#6639ba;stroke-dasharray:1 3;stroke-width:1.6;fill:none}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.muted{fill:#9198a1}.page{fill:#0d1117;stroke:#3d444d}.grid{stroke:#2a313c}
.away{fill:#3d444d}.run{fill:#12345c;stroke:#4493f8}.stopped{fill:#4a2a10;stroke:#f0883e}.dot{fill:#4493f8}
.ring{fill:#0d1117;stroke:#ab7df8}.cross{stroke:#f85149}.wait{stroke:#4493f8}.fold{stroke:#ab7df8}}
</style>`

// picture is an SVG in the making.
type picture struct {
	strings.Builder
	scenario scenario
}

func (p *picture) add(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// x is where an instant is.
func (p *picture) x(t time.Time) float64 {
	return chartLeft + 14 + t.Sub(p.scenario.begin.Add(every)).Minutes()*perMinute
}

func (p *picture) text(class string, x, y float64, text string) {
	p.add(`<text class="%s" x="%.1f" y="%.1f">%s</text>`, class, x, y, text)
}

// draw returns the picture of a scenario.
func draw(s scenario, rows []row, labels [][]string) string {
	body := &picture{scenario: s}
	y := float64(top)
	for i := range rows {
		y += body.row(y, &rows[i].timeline, labels[i])
	}
	bottom := y + 4
	p := &picture{scenario: s}
	p.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %.0f" role="img" aria-labelledby="title desc">`, width, bottom+54)
	p.add(`<title id="title">%s</title>`, s.title)
	p.add("<desc id=\"desc\">%s</desc>", describe(rows, labels))
	p.add("%s", style)
	p.add(`<rect class="page" x=".5" y=".5" width="%d" height="%.0f" rx="8"/>`, width-1, bottom+53)
	p.text("title", 16, 26, s.title)
	p.axis(bottom)
	p.add("%s", strings.TrimSpace(body.String()))
	p.legend(bottom + 20)
	p.add("</svg>")
	return p.String()
}

// axis draws the slots as lines from top to bottom, and the time without a manager.
func (p *picture) axis(bottom float64) {
	if !p.scenario.away.IsZero() {
		from, to := p.x(p.scenario.away), p.x(p.scenario.back)
		p.add(`<rect class="away" x="%.1f" y="40" width="%.1f" height="%.0f"/>`, from, to-from, bottom-40)
		p.text("tick strong", (from+to)/2, 54, "no manager")
	}
	for t := p.scenario.begin.Add(every); !t.After(p.scenario.end); t = t.Add(every) {
		p.text("tick muted", p.x(t), 72, t.Format("15:04"))
		p.add(`<path class="grid" d="M%.1f 78V%.0f"/>`, p.x(t), bottom)
	}
}

// row draws a timeline, and returns how high it is.
func (p *picture) row(y float64, line *timeline, label []string) float64 {
	p.add(`<path class="grid" d="M12 %.1fH%d"/>`, y-8, width-12)
	for i, text := range append(label, line.summary()) {
		class := ""
		switch i {
		case 0:
			class = "strong"
		case len(label):
			class = "muted"
		}
		p.text(class, 16, y+10+float64(i)*textStep, text)
	}
	lanes := p.runs(y+18, line)
	p.marks(y+4, line)
	return max(32+float64(lanes)*laneStep, 18+float64(len(label)+1)*textStep)
}

// runs draws the runs, each in the first lane that is free, and returns the number of lanes.
func (p *picture) runs(y float64, line *timeline) int {
	var free []time.Time // until when each lane is taken
	end := p.scenario.end
	for _, s := range line.slots {
		if s.started.IsZero() {
			continue
		}
		lane := 0
		for lane < len(free) && free[lane].After(s.started) {
			lane++
		}
		if lane == len(free) {
			free = append(free, time.Time{})
		}
		ended := s.ended
		if ended.IsZero() {
			ended = end
		}
		free[lane] = ended
		p.bar(y+float64(lane)*laneStep, s, ended)
	}
	return max(len(free), 1)
}

// bar draws a run under the name of its slot, and a line from its slot to where it starts.
func (p *picture) bar(y float64, s slot, ended time.Time) {
	from, to := p.x(s.started), p.x(ended)
	class, name := "run", s.at.Format("15:04")
	if s.outcome == model.Replaced {
		class = "stopped"
		if to-from > 80 {
			name += " replaced"
		}
	}
	p.add(`<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%d" rx="3"/>`, class, from, y, to-from, barHeight)
	p.text("bar", (from+to)/2, y+12, name)
	if s.started.After(s.at) {
		p.add(`<path class="wait" d="M%.1f %.1fL%.1f %.1f"/>`, p.x(s.at), y-14, from, y)
	}
}

// marks draws the slots: a dot for one that has a run, a ring for one that was folded into another, a
// cross for one that was dropped, after the time that it waited.
func (p *picture) marks(y float64, line *timeline) {
	for _, s := range line.slots {
		x := p.x(s.at)
		switch {
		case !s.into.IsZero():
			p.add(`<path class="fold" d="M%.1f %.1fH%.1f"/>`, x+5, y, p.x(s.at.Add(every))-5)
			p.add(`<circle class="ring" cx="%.1f" cy="%.1f" r="4"/>`, x, y)
		case s.outcome == model.Skipped && s.reason == model.ReasonQueueFull:
			until := p.x(s.decided) - 12
			p.add(`<circle class="dot" cx="%.1f" cy="%.1f" r="3"/><path class="wait" d="M%.1f %.1fH%.1f"/>`, x, y, x, y, until-5)
			p.cross(until, y)
		case s.outcome == model.Skipped || s.outcome == model.Missed:
			p.cross(x, y)
		case s.started.IsZero(): // it waits at the end of the picture
			p.add(`<circle class="dot" cx="%.1f" cy="%.1f" r="4"/><path class="wait" d="M%.1f %.1fH%.1f"/>`, x, y, x, y, p.x(p.scenario.end))
		default:
			p.add(`<circle class="dot" cx="%.1f" cy="%.1f" r="4"/>`, x, y)
		}
	}
}

func (p *picture) cross(x, y float64) {
	p.add(`<path class="cross" d="M%.1f %.1fl8 8m0 -8l-8 8"/>`, x-4, y-4)
}

// legend explains the shapes.
func (p *picture) legend(y float64) {
	p.add(`<path class="grid" d="M12 %.1fH%d"/>`, y-16, width-12)
	y += 8
	p.add(`<circle class="dot" cx="22" cy="%.1f" r="4"/>`, y-4)
	p.text("muted", 32, y, "slot that runs")
	p.add(`<circle class="ring" cx="138" cy="%.1f" r="4"/><path class="fold" d="M144 %.1fh16"/>`, y-4, y-4)
	p.text("muted", 166, y, "folded into a newer slot")
	p.cross(336, y-4)
	p.text("muted", 347, y, "skipped")
	p.add(`<path class="wait" d="M412 %.1fh24"/>`, y-4)
	p.text("muted", 442, y, "waits")
	p.add(`<rect class="run" x="494" y="%.1f" width="36" height="%d" rx="3"/>`, y-12, barHeight)
	p.text("bar", 512, y, "12:00")
	p.text("muted", 537, y, "run of the slot 12:00")
	p.add(`<rect class="stopped" x="686" y="%.1f" width="36" height="%d" rx="3"/>`, y-12, barHeight)
	p.text("bar", 704, y, "12:00")
	p.text("muted", 729, y, "stopped early")
}
