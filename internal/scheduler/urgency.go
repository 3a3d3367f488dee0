package scheduler

import "time"

// How long a change may wait to be saved together with others. A run that ends
// within lazySave costs no write of its own for having begun.
const (
	saveInterval = time.Second
	lazySave     = 10 * time.Second
)

// Bulk saves: so many at once, and then one in each interval.
const (
	bulkBurst    = 100
	bulkInterval = 50 * time.Millisecond
)

// saveAt is when a change of this urgency is to be saved.
func (s *Scheduler) saveAt(e *entry, u Urgency, now time.Time) time.Time {
	if e.dirty.IsZero() {
		e.dirty = now
	}
	switch u {
	case Now:
		return now
	case Soon:
		return e.saved.Add(saveInterval)
	case Bulk:
		if e.bulkAt.IsZero() {
			e.bulkAt = s.bulk.reserve(now)
		}
		return e.bulkAt
	default:
		return e.dirty.Add(lazySave)
	}
}

// pacer spreads bulk saves over time.
type pacer struct{ next time.Time }

// reserve returns when the next save may be sent.
func (p *pacer) reserve(now time.Time) time.Time {
	at := later(p.next, now.Add(-(bulkBurst-1)*bulkInterval))
	p.next = at.Add(bulkInterval)
	return later(at, now)
}
