package trigger

// An interval has the slots anchor + k × distance. The days of the distance are added on the wall clock, its seconds as elapsed time (T4).
type interval struct {
	days    int64
	seconds int64
	// anchor is slot 0, an instant; anchorWall is what the clock shows then, or, for a local startAt that the clock skips, what was written.
	anchor     int64
	anchorWall int64
	// first is the number of the first slot: 0 when the anchor was given, 1 when it is the creation time of the Task.
	first int64
}

// distance returns the nominal distance of two slots in seconds.
func (iv *interval) distance() int64 { return iv.days*secondsPerDay + iv.seconds }

// slot returns the k-th slot.
func (iv *interval) slot(z *zone, k int64) int64 {
	if iv.days == 0 || k == 0 {
		return iv.anchor + k*iv.seconds
	}
	return z.instantOf(iv.anchorWall+k*iv.days*secondsPerDay) + k*iv.seconds
}

// after returns the number of the first slot after an instant.
func (iv *interval) after(z *zone, instant int64, steps *int) int64 {
	k, _ := floorDiv(instant-iv.anchor, iv.distance())
	if iv.days == 0 {
		return max(iv.first, k+1)
	}
	// Slots deviate from their nominal distance by a change of offset, which is less than two days.
	for k = max(iv.first, k-2); iv.slot(z, k) <= instant; k++ {
		*steps++
	}
	return k
}

// next returns the first slot after an instant.
func (iv *interval) next(z *zone, after int64, steps *int) int64 {
	*steps++
	return iv.slot(z, iv.after(z, after, steps))
}

// count returns the number of slots after one instant and up to another.
func (iv *interval) count(z *zone, after, through int64, steps *int) int64 {
	if through <= after {
		return 0
	}
	first, end := iv.after(z, after, steps), iv.after(z, through, steps)
	total := end - first
	if iv.days != 1 || iv.seconds != 0 {
		return total
	}
	// Where a zone leaves out a whole day, that day's slot and the next day's land on one instant and fire once.
	for _, g := range z.gaps {
		if g.length != secondsPerDay {
			continue
		}
		for _, s := range g.spans {
			*steps++
			if s.start > through || s.start+secondsPerDay <= after {
				continue
			}
			k, _ := floorDiv(s.start+s.before-iv.anchorWall+secondsPerDay-1, secondsPerDay)
			if k >= first && k+1 < end && iv.slot(z, k) == iv.slot(z, k+1) {
				total--
			}
		}
	}
	return total
}

// maxDistance is the longest distance in seconds. It covers all time that has slots.
const maxDistance = maxInstant - minInstant
