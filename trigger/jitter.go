package trigger

import "time"

// Delay returns by how much the start of a slot is put off (T7): the same for the same Task UID and slot, at least zero,
// less than the jitter, and never up to the next slot.
func (t *Trigger) Delay(uid string, slot time.Time) time.Duration {
	if t.jitter <= 0 {
		return 0
	}
	at := slot.Unix()
	limit := min(t.jitter, time.Duration(t.freeUpTo(at, at+int64(t.jitter/time.Second)+1)-at)*time.Second)
	return time.Duration(hashSlot(uid, at) % uint64(limit)) //nolint:gosec // it is positive
}

// freeUpTo returns the first slot after one instant. It returns a later instant that no slot lies before if there is none up to that one, and an earlier
// one if a search takes more steps than one piece has.
func (t *Trigger) freeUpTo(after, through int64) int64 {
	steps := 0
	if t.NeedsSearch() {
		found := t.searchAll(after, min(through, t.endAt), pieceSteps, &steps)
		switch found.outcome {
		case Found:
			return found.slot
		case NotBefore:
			return found.resume + 1
		default:
			return through
		}
	}
	if slot, ok := t.next(after, &steps); ok {
		return min(slot, through)
	}
	return through
}

// hashSlot spreads the slots of all Tasks evenly. It must never change, or runs would move on an upgrade.
func hashSlot(uid string, slot int64) uint64 {
	// FNV-1a over the UID and the slot's bytes, with a final mix for the sake of the low bits.
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(uid) {
		h = (h ^ uint64(uid[i])) * prime
	}
	for shift := 0; shift < 64; shift += 8 {
		h = (h ^ uint64(slot)>>shift&0xff) * prime //nolint:gosec // the bits are what is hashed
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
