package engine

import "time"

// Limits of R10.
const (
	// maxJump is how far the wall clock may run ahead of elapsed time before
	// it is doubted.
	maxJump = time.Minute
	// steady is for how long a clock that has jumped must go evenly before
	// it is believed.
	steady = 30 * time.Second
	// setBack is by how much the clock has to be set back to count as set.
	setBack = 10 * time.Second
	// confirmInterval is how often Config.Confirm is asked while the clock is doubted.
	confirmInterval = time.Second
)

// jumpWatch compares the wall clock with elapsed time (R10). A machine whose
// clock is set wrong for a moment, at boot or by a broken time server, must not
// have a year of slots decided.
type jumpWatch struct {
	wall    time.Time
	elapsed time.Duration
	seen    bool
	doubted time.Duration // until when, in elapsed time; zero: not
}

// jump is what has become of the wall clock since it was last looked at.
type jump int

const (
	noJump    jump = iota
	ahead          // it has jumped ahead and is doubted
	back           // it was set back
	believed       // it has been steady, and is believed again
	confirmed      // another clock agrees with it
)

// check takes a reading of both clocks.
func (j *jumpWatch) check(wall time.Time, elapsed time.Duration) jump {
	wall = wall.Round(0)
	gained := wall.Sub(j.wall) - (elapsed - j.elapsed)
	seen := j.seen
	j.wall, j.elapsed, j.seen = wall, elapsed, true
	switch {
	case !seen:
		return noJump
	case gained > maxJump:
		j.doubted = elapsed + steady
		return ahead
	case gained < -setBack:
		return back
	case j.doubted != 0 && elapsed >= j.doubted:
		j.doubted = 0
		return believed
	default:
		return noJump
	}
}

// trust ends the doubt early.
func (j *jumpWatch) trust() { j.doubted = 0 }

// isDoubted reports whether the wall clock is not to be relied on.
func (j *jumpWatch) isDoubted() bool { return j.doubted != 0 }
