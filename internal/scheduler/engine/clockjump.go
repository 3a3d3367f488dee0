package engine

import "time"

// Limits of R10.
const (
	// maxJump is how far the wall clock may run ahead of elapsed time before
	// it is suspect.
	maxJump = time.Minute
	// settleTime is for how long a clock that has jumped must go evenly before
	// it is trusted.
	settleTime = 30 * time.Second
	// backwardTolerance is by how much the clock has to be set back to count as set.
	backwardTolerance = 10 * time.Second
	// confirmInterval is how often Config.ConfirmTime is asked while the clock is suspect.
	confirmInterval = time.Second
)

// clockJumpDetector compares the wall clock with elapsed time (R10). A machine whose
// clock is set wrong for a moment, at boot or by a broken time server, must not
// have a year of slots decided.
type clockJumpDetector struct {
	wall         time.Time
	elapsed      time.Duration
	seen         bool
	suspectUntil time.Duration // until when, in elapsed time; zero: not
}

// clockJump is what has become of the wall clock since it was last looked at.
type clockJump int

const (
	noJump        clockJump = iota
	jumpedForward           // it has jumped ahead and is suspect
	setBackward             // it was set back
	trustedAgain            // it has been steady, and is trusted again
	confirmedTime           // another clock agrees with it
)

// check takes a reading of both clocks.
func (j *clockJumpDetector) check(wall time.Time, elapsed time.Duration) clockJump {
	wall = wall.Round(0)
	gained := wall.Sub(j.wall) - (elapsed - j.elapsed)
	seen := j.seen
	j.wall, j.elapsed, j.seen = wall, elapsed, true
	switch {
	case !seen:
		return noJump
	case gained > maxJump:
		j.suspectUntil = elapsed + settleTime
		return jumpedForward
	case gained < -backwardTolerance:
		return setBackward
	case j.suspectUntil != 0 && elapsed >= j.suspectUntil:
		j.suspectUntil = 0
		return trustedAgain
	default:
		return noJump
	}
}

// trust ends the doubt early.
func (j *clockJumpDetector) trust() { j.suspectUntil = 0 }

// isSuspect reports whether the wall clock is not to be relied on.
func (j *clockJumpDetector) isSuspect() bool { return j.suspectUntil != 0 }
