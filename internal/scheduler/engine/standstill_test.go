package engine

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/scheduler/fixture"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// stallingClock stands still, with the goroutine that reads it, at one of its readings.
type stallingClock struct {
	clock.RealClock

	// reading counts down to the reading that stalls; 0 and below: none does.
	reading atomic.Int64
	until   time.Time
}

// Now implements clock.Clock.
func (c *stallingClock) Now() time.Time {
	if c.reading.Add(-1) == 0 {
		time.Sleep(time.Until(c.until))
	}
	return c.RealClock.Now()
}

// The loop may stand still anywhere, and reads a new time when it goes on: it decides nothing
// by that time before it has taken in what was reported until then.
func TestR4_ALoopThatStoodStillKnowsWhatHasEnded(t *testing.T) {
	const s = time.Second
	for reading := int64(1); reading <= 12; reading++ {
		t.Run(fmt.Sprint("at reading ", reading), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sleepUntil(0)
				w := newWorld(t)
				task := nowTask(t, "a", 60, func(task *model.Task) { task.InProcess = true })
				w.apply(task)
				c := &stallingClock{until: fixture.At(185 * s)}
				p := w.bootWith("one", 70*s, func(cfg *Config) {
					cfg.Clock = c
					start := time.Now()
					cfg.Elapsed = func() time.Duration { return time.Since(start) }
				})
				defer p.shutdown()
				sleepUntil(61 * s) // the run ends at 130 s
				p.Observe(task.Key, model.Observation{Run: fixture.SlotRef(60 * s), Attempt: 1, Phase: model.PhaseCreated, Start: fixture.At(60 * s)})
				p.Observe(task.Key, model.Observation{Run: fixture.SlotRef(60 * s), Attempt: 1, Phase: model.PhaseRunning, Start: fixture.At(60 * s)})
				sleepUntil(119 * s)
				c.reading.Store(reading)
				sleepUntil(125 * s)
				p.Upsert(w.snapshot(task.Key)) // comes together with the end of the run
				sleepUntil(186 * s)
				rec := w.record(task.Key)
				if !rec.LastSlot.Equal(fixture.At(180 * s)) {
					t.Errorf("last slot %v, recent %q; want the slot at 180 s to have its run", rec.LastSlot, fixture.Recent(rec))
				}
			})
		})
	}
}
