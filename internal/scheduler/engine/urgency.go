package engine

import (
	"time"

	"github.com/carillon-dev/carillon/internal/scheduler/decide"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

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
func (s *Engine) saveAt(e *entry, u decide.Urgency, now time.Time) time.Time {
	if e.dirtySince.IsZero() {
		e.dirtySince = now
	}
	switch u {
	case decide.Now:
		return now
	case decide.Soon:
		return e.savedAt.Add(saveInterval)
	case decide.Bulk:
		if e.bulkAt.IsZero() {
			e.bulkAt = s.bulk.reserve(now)
		}
		return e.bulkAt
	default:
		return e.dirtySince.Add(lazySave)
	}
}

// pacer spreads bulk saves over time.
type pacer struct{ next time.Time }

// reserve returns when the next save may be sent.
func (p *pacer) reserve(now time.Time) time.Time {
	at := model.Later(p.next, now.Add(-(bulkBurst-1)*bulkInterval))
	p.next = at.Add(bulkInterval)
	return model.Later(at, now)
}
