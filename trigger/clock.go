package trigger

// This file maps the wall times of a calendar to instants (T3).

// nextOnClock returns the first slot of a calendar after an instant.
func nextOnClock(c *calendar, z *zone, after int64, steps *int) (int64, bool) {
	if c.elapsed {
		return nextElapsed(c, z, after+1, steps)
	}
	return nextOnce(c, z, after+1, steps)
}

// nextElapsed returns the first slot at or after an instant of a calendar that follows the clock as it runs: the first instant at which the
// clock shows a named time.
func nextElapsed(c *calendar, z *zone, from int64, steps *int) (int64, bool) {
	s := z.at(from)
	searched := from + s.offset
	wall := c.next(searched, steps)
	for wall < noWall {
		if wall < s.wallEnd() {
			return wall - s.offset, true
		}
		*steps++
		s = z.at(s.end)
		// No named time lies between searched and wall. So only a clock that is put back beyond searched, or forward beyond
		// wall, makes a new search necessary; otherwise go straight to the span that wall lies in.
		if s.wallStart() >= searched {
			s = z.reaching(wall, s)
		}
		if start := s.wallStart(); start < searched || start > wall {
			searched = start
			wall = c.next(start, steps)
		}
	}
	return 0, false
}

// nextOnce returns the first slot at or after an instant of a calendar whose every named time happens exactly once.
func nextOnce(c *calendar, z *zone, from int64, steps *int) (int64, bool) {
	s := z.at(from)
	wall := c.next(max(from+s.offset, s.high), steps)
	late, ok := nextLate(c, s, from, steps)
	if wall < s.wallEnd() {
		if ok && late < wall-s.offset {
			return late, true
		}
		return wall - s.offset, true
	}
	if ok || wall == noWall {
		return late, ok
	}
	*steps++
	s = z.reaching(wall, z.at(s.end))
	if wall >= s.wallStart() {
		return wall - s.offset, true
	}
	// The clock skips wall, which makes it late; a later named time just behind the gap may come first.
	late = wall - s.before
	if wall = c.next(s.wallStart(), steps); wall < s.wallEnd() {
		late = min(late, wall-s.offset)
	}
	return late, true
}

// nextLate returns the first slot at or after an instant of the named times that the clock skipped at the start of a span. Each fires with the
// offset from before the gap.
func nextLate(c *calendar, s span, from int64, steps *int) (int64, bool) {
	if from >= s.start+s.gap() {
		return 0, false
	}
	wall := c.next(max(from+s.before, s.high), steps)
	return wall - s.before, wall < s.wallStart()
}
