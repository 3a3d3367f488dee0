package trigger

import "slices"

// A gap is what the clock of a zone skips when it is put forward. Those that skip the same times of a day are one gap.
type gap struct {
	at     int64 // the time of day of the first skipped second
	length int64
	// spans begin with the gap. They are kept where the day of the gap matters.
	spans []span
	// irregular is set where the clock has been changed again so soon that a skipped time may not be late by the length of the gap.
	irregular bool
}

// crossesMidnight reports whether a skipped time may happen on another day than it names.
func (g *gap) crossesMidnight() bool { return g.at+2*g.length > secondsPerDay }

// unit returns the longest of an hour, a minute and a second by which the gap can be walked.
func (g *gap) unit() int64 {
	for _, unit := range []int64{3600, 60} {
		if g.at%unit == 0 && g.length%unit == 0 {
			return unit
		}
	}
	return 1
}

// findGaps lists the gaps of a zone, and finds its extreme offsets.
func (z *zone) findGaps() {
	z.earliest, z.latest = maxOffset, -maxOffset
	for _, s := range z.spans {
		if s.end > recent {
			z.earliest = min(z.earliest, s.offset, s.before)
			z.latest = max(z.latest, s.offset, s.before)
		}
		if s.gap() == 0 {
			continue
		}
		found := gap{length: s.gap(), irregular: s.high != s.start+s.before || s.end < s.start+s.gap()}
		_, found.at = floorDiv(s.start+s.before, secondsPerDay)
		i := slices.IndexFunc(z.gaps, func(g gap) bool {
			return g.at == found.at && g.length == found.length && g.irregular == found.irregular
		})
		if i < 0 {
			i = len(z.gaps)
			z.gaps = append(z.gaps, found)
		}
		if found.irregular || found.crossesMidnight() {
			z.gaps[i].spans = append(z.gaps[i].spans, s)
		}
	}
}
