package trigger

import (
	"sort"
	"time"
)

// A span is a stretch of time during which a zone's clock has one offset.
type span struct {
	start, end int64 // instants, end exclusive; beginningOfTime and endOfTime where the zone has no earlier or later change
	offset     int64 // seconds east of UTC
	before     int64 // offset of the previous span
	// high is the wall time that the clock had reached when the span began. Wall times of the span below it happened before (a repeat), those
	// between it and the span's first wall time never happen (a gap).
	high int64
}

const (
	beginningOfTime int64 = -1 << 60
	endOfTime       int64 = 1 << 60
)

// wallStart and wallEnd are the wall times at which a span begins and ends.
func (s span) wallStart() int64 { return s.start + s.offset }
func (s span) wallEnd() int64   { return s.end + s.offset }

// gap returns by how much the clock was put forward at the start of the span, zero if it was not.
func (s span) gap() int64 { return max(0, s.offset-s.before) }

// shifted returns the span as it repeats later.
func (s span) shifted(by int64) span {
	s.start += by
	s.end += by
	s.high += by
	return s
}

// A zone is the table of a location's spans. It is immutable.
//
// The rules that zone files give for the far future repeat with the Gregorian calendar. So the table ends 400 years after a point at which all zones
// follow such rules, and later instants are looked up 400 years earlier, as often as it takes.
type zone struct {
	name     string
	location *time.Location
	spans    []span
	// index finds the span of an instant without a search: index[i] is the span of indexBase + i<<indexShift.
	index     []uint16
	indexBase int64
	repeats   bool
	gaps      []gap
	// earliest and latest are the offsets with which the clock is furthest behind and ahead, since 1970.
	earliest, latest int64
}

const (
	// The explicit changes of the zone database end in 2087.
	repeatStart int64 = 4102444800 // 2100-01-01
	repeatEnd         = repeatStart + secondsPerCycle

	indexShift = 22 // about 48 days: mostly one step per look-up

	// maxOffset is more than any zone has been ahead of or behind UTC.
	maxOffset = 16 * 3600
)

// newZone tabulates a location.
func newZone(name string, location *time.Location) *zone {
	z := &zone{name: name, location: location}
	z.spans = append(z.spans, span{start: beginningOfTime, end: endOfTime, high: beginningOfTime})
	last := &z.spans[0]
	last.offset = offsetAt(location, minInstant)
	last.before = last.offset
	for at := nextBound(location, minInstant); at < endOfTime; at = nextBound(location, at) {
		if offset := offsetAt(location, at); offset != last.offset {
			last.end = at
			z.spans = append(z.spans, span{
				start: at, end: endOfTime, offset: offset, before: last.offset, high: max(last.high, last.wallEnd()),
			})
			last = &z.spans[len(z.spans)-1]
			if at >= repeatEnd {
				z.repeats = true
				break
			}
		}
		if at >= repeatEnd+secondsPerCycle/400*2 {
			break
		}
	}
	z.buildIndex()
	z.findGaps()
	return z
}

// nextBound returns an instant after the given one up to which the offset is certain not to change, endOfTime if it never does.
func nextBound(location *time.Location, at int64) int64 {
	_, end := time.Unix(at, 0).In(location).ZoneBounds()
	if end.IsZero() {
		return endOfTime
	}
	// On the last day of a leap year ZoneBounds can name an end that is already past. No zone changes its clock on New Year's Eve by rule, so it
	// is safe to step over that day.
	if end.Unix() <= at {
		return at + secondsPerDay
	}
	return end.Unix()
}

func offsetAt(location *time.Location, at int64) int64 {
	_, offset := time.Unix(at, 0).In(location).Zone()
	return int64(offset)
}

func (z *zone) buildIndex() {
	if len(z.spans) == 1 {
		return
	}
	z.indexBase = z.spans[0].end
	last := z.spans[len(z.spans)-1].start
	z.index = make([]uint16, (last-z.indexBase)>>indexShift+1)
	for i := range z.index {
		at := z.indexBase + int64(i)<<indexShift
		z.index[i] = uint16(sort.Search(len(z.spans), func(k int) bool { return z.spans[k].end > at })) //nolint:gosec // no zone has so many changes
	}
}

// at returns the span of an instant.
func (z *zone) at(instant int64) span {
	if z.repeats && instant >= repeatEnd {
		shift := (instant - repeatStart) / secondsPerCycle * secondsPerCycle
		return z.lookup(instant - shift).shifted(shift)
	}
	return *z.lookup(instant)
}

func (z *zone) lookup(instant int64) *span {
	if instant < z.indexBase || len(z.spans) == 1 {
		return &z.spans[0]
	}
	bucket := min(int((instant-z.indexBase)>>indexShift), len(z.index)-1)
	i := int(z.index[bucket])
	for instant >= z.spans[i].end {
		i++
	}
	return &z.spans[i]
}

// reaching returns the earliest span, not before the given one, in which the clock gets beyond a wall time: the span that the wall time lies in,
// or the one at whose start the clock skips it.
func (z *zone) reaching(wall int64, from span) span {
	s := from
	if early := z.at(wall - maxOffset); early.start > s.start {
		s = early
	}
	for wall >= s.wallEnd() {
		s = z.at(s.end)
	}
	return s
}

// instantOf returns when a wall time happens: the first time, and when the clock skips it, later by the length of the gap (T3).
func (z *zone) instantOf(wall int64) int64 {
	s := z.reaching(wall, z.at(wall-maxOffset))
	if wall < s.wallStart() {
		return wall - s.before
	}
	return wall - s.offset
}

// wallOf returns what the clock shows at an instant.
func (z *zone) wallOf(instant int64) int64 { return instant + z.at(instant).offset }

// fixed reports whether the clock has not changed since 1970 and never will.
func (z *zone) fixed() bool {
	last := z.spans[len(z.spans)-1]
	return !z.repeats && last.start <= 0
}
