package trigger

// This file replaces the children of an allOf trigger by fewer triggers that have the same common slots (T6): what one trigger says needs no search.

// combine finds the parts of an allOf trigger. It must be called once the children are compiled.
func (t *Trigger) combine(steps *int) {
	limit := *steps + maxJudgeSteps
	for _, child := range t.children {
		t.addPart(child, limit, steps)
	}
}

// addPart intersects a child with the first part that it can be intersected with, or adds it as a part of its own.
func (t *Trigger) addPart(child *Trigger, limit int, steps *int) {
	for i, part := range t.parts {
		if both := part.intersect(child, limit, steps); both != nil {
			t.parts[i] = both
			return
		}
	}
	t.parts = append(t.parts, child)
}

// intersect returns the one trigger that has exactly the slots which two have in common, nil if there is none or if that is not known at a limit of the steps.
func (t *Trigger) intersect(other *Trigger, limit int, steps *int) *Trigger {
	both := &Trigger{kind: t.kind, zone: t.zone, field: "allOf", startAt: max(t.startAt, other.startAt), endAt: min(t.endAt, other.endAt)}
	switch {
	case t.kind != other.kind:
		return nil
	case t.kind == kindCalendar && t.zone == other.zone:
		both.calendar = t.calendar.intersect(other.calendar, t.zone, min(limit, *steps+maxGapSteps), steps)
		if both.calendar == nil {
			return nil
		}
	case t.kind == kindInterval && t.interval.days == 0 && other.interval.days == 0:
		*steps++
		common := t.interval.progression().meet(other.interval.progression())
		if common.step == 0 {
			return nil // judgeAll finds out that they never meet
		}
		first := common.from(max(both.startAt, t.interval.start(), other.interval.start()))
		both.interval = interval{seconds: common.step, anchor: first}
	default:
		return nil
	}
	return both
}

// progression returns the slots of an interval of elapsed time, those included that would lie before its start.
func (iv *interval) progression() progression { return progression{iv.anchor, iv.seconds} }

// start returns the first slot of an interval of elapsed time.
func (iv *interval) start() int64 { return iv.anchor + iv.first*iv.seconds }

// from returns the first instant of a progression at or after another instant.
func (p progression) from(instant int64) int64 {
	_, past := floorDiv(p.anchor-instant, p.step)
	return instant + past
}

// intersect returns the calendar that names the times which two calendars name. It returns nil where that calendar, by the rules for a clock that is put forward (T3),
// would have other slots in a zone than the two have in common, or where that is not known at a limit of the steps: "30 2 * * *" and "30 3 * * *" name no common time, and share a slot on the day on which the clock skips 02:30.
func (c *calendar) intersect(other *calendar, z *zone, limit int, steps *int) *calendar {
	*steps++
	both := *c
	both.and(other)
	both.hours &= other.hours
	both.minutes &= other.minutes
	both.seconds &= other.seconds
	both.why = ""
	both.finish()
	// A calendar that follows the clock has a slot exactly when the clock shows a named time. So what two of them share is what both name.
	if c.elapsed && other.elapsed {
		return &both
	}
	pair := gapPair{zone: z, a: c, b: other, both: &both, limit: limit}
	for i := range z.gaps {
		if *steps > limit || z.gaps[i].tellsApart(&pair, steps) {
			return nil
		}
	}
	return &both
}

// A gapPair is two calendars, and the one that names the times which both name.
type gapPair struct {
	zone       *zone
	a, b, both *calendar
	// limit is that of the steps, at which the slots of both are taken to be others.
	limit int
}

// tellsApart reports whether, where the clock is put forward over a gap, the slots of both may be others than those that a and b share.
func (g *gap) tellsApart(p *gapPair, steps *int) bool {
	unit := g.unit()
	if unit >= 60 && p.both.seconds == 0 || unit >= 3600 && p.both.minutes == 0 {
		return false // none of them has a slot in the gap
	}
	if !g.irregular && !g.mayDiffer(p, unit, steps) {
		return false
	}
	if !g.irregular && !g.crossesMidnight() {
		return true
	}
	for _, s := range g.spans {
		if p.differIn(s, steps) {
			return true
		}
	}
	return false
}

// mayDiffer compares the times of day within a gap. Where the gap crosses midnight, the days of the two times differ, and are not looked at: the answer is
// true whenever it may be.
func (g *gap) mayDiffer(p *gapPair, unit int64, steps *int) bool {
	differ := p.differAt
	if g.crossesMidnight() {
		differ = p.mayDifferAcross
	}
	for skipped := g.at; skipped < g.at+g.length; skipped += unit {
		*steps++
		_, late := floorDiv(skipped, secondsPerDay)
		_, shown := floorDiv(skipped+g.length, secondsPerDay)
		if *steps > p.limit || differ(shown, late, unit) {
			return true
		}
	}
	return false
}

// differAt reports whether the slots differ at an instant on a day that a and b name, at which the clock shows one time and another one is late.
func (p *gapPair) differAt(shown, late, unit int64) bool {
	aShown, bShown := p.a.hasUnit(shown, unit), p.b.hasUnit(shown, unit)
	aLate, bLate := p.a.hasUnit(late, unit), p.b.hasUnit(late, unit)
	common := (aShown || aLate && !p.a.elapsed) && (bShown || bLate && !p.b.elapsed)
	return common != (aShown && bShown || aLate && bLate)
}

// mayDifferAcross is differAt where the two times are of different days: it reports whether there are days for which the slots differ.
func (p *gapPair) mayDifferAcross(shown, late, unit int64) bool {
	aLate, bLate := p.a.hasUnit(late, unit), p.b.hasUnit(late, unit)
	return bLate && !p.b.elapsed && p.a.hasUnit(shown, unit) ||
		aLate && !p.a.elapsed && p.b.hasUnit(shown, unit) ||
		aLate && bLate && p.a.elapsed != p.b.elapsed
}

// hasUnit reports whether a time of day matches down to a unit of an hour, a minute or a second.
func (c *calendar) hasUnit(at, unit int64) bool {
	return c.hours>>(at/3600)&1 != 0 && (unit >= 3600 || c.minutes>>(at/60%60)&1 != 0) && (unit >= 60 || c.seconds>>(at%60)&1 != 0)
}

// maxGapSteps is how many steps the comparison of two calendars within the gaps of a zone may take.
const maxGapSteps = 1 << 12

// differIn compares the slots around one gap, at the start of a span.
func (p *gapPair) differIn(s span, steps *int) bool {
	end := s.start + s.gap()
	for after := s.start - 1; ; {
		if *steps > p.limit {
			return true
		}
		slot, ok := nextOnClock(p.both, p.zone, after, steps)
		common, found := p.nextCommon(after, end, steps)
		ok, found = ok && slot <= end, found && common <= end
		if ok != found || ok && slot != common {
			return true
		}
		if !ok {
			return false
		}
		after = slot
	}
}

// nextCommon returns the first slot after an instant that a and b share. It gives up behind another instant, or at the limit.
func (p *gapPair) nextCommon(after, through int64, steps *int) (slot int64, ok bool) {
	for *steps <= p.limit {
		a, okA := nextOnClock(p.a, p.zone, after, steps)
		b, okB := nextOnClock(p.b, p.zone, after, steps)
		if !okA || !okB || max(a, b) > through {
			return 0, false
		}
		if a == b {
			return a, true
		}
		after = max(a, b) - 1
	}
	return 0, false
}
