package main

import (
	"slices"
	"testing"
	"time"
)

// A cost is what one call takes.
type cost struct {
	Nanoseconds float64
	Allocations float64
	// Word is why there is no cost, if there is none.
	Word string
}

const (
	rounds    = 11
	batchTime = 4 * time.Millisecond
)

// measureTypical goes from slot to slot of every typical expression with every
// library. The libraries take turns, so that what disturbs the machine disturbs
// all of them, and the median of the rounds counts. The costs are in the order of
// the expressions and then of the libraries.
func measureTypical() [][]cost {
	costs := make([][]cost, len(typical))
	for i, e := range typical {
		walks := make([]*walk, len(libraries))
		costs[i] = make([]cost, len(libraries))
		for k, lib := range libraries {
			find, err := lib.parse(e)
			if err != nil {
				costs[i][k].Word = rejects
				continue
			}
			walks[k] = newWalk(find, typicalFrom.In(e.location()))
			costs[i][k].Allocations = testing.AllocsPerRun(1000, func() { walks[k].run(1) })
		}
		for range rounds {
			for _, w := range walks {
				if w != nil {
					w.measure()
				}
			}
		}
		for k, w := range walks {
			if w != nil {
				costs[i][k].Nanoseconds = median(w.measured)
			}
		}
	}
	return costs
}

// A walk goes from slot to slot for some years, again and again.
type walk struct {
	find            next
	from, until, at time.Time
	calls           int // in a batch
	measured        []float64
}

func newWalk(find next, from time.Time) *walk {
	w := &walk{find: find, from: from, until: from.AddDate(11, 0, 0), at: from}
	for w.calls = 1; w.run(w.calls) < batchTime; w.calls *= 2 {
	}
	return w
}

// run makes a number of calls and returns how long they took. A library that does
// not advance begins again.
func (w *walk) run(calls int) time.Duration {
	begin := time.Now()
	for range calls {
		slot, ok := w.find(w.at)
		if !ok || !slot.After(w.at) || slot.After(w.until) {
			slot = w.from
		}
		w.at = slot
	}
	return time.Since(begin)
}

// measure makes a batch of calls from the same place as every other batch.
func (w *walk) measure() {
	w.at = w.from
	w.measured = append(w.measured, float64(w.run(w.calls).Nanoseconds())/float64(w.calls))
}

// measureHard asks a library the same hard question again and again.
func measureHard(lib library, q hardQuestion) (result cost) {
	defer func() {
		if recover() != nil {
			result = cost{Word: panics}
		}
	}()
	find, err := lib.parse(q.expression)
	if err != nil {
		return cost{Word: cannot}
	}
	from := instant(q.from).In(q.location())
	find(from)
	begin, calls := time.Now(), 0
	for ; calls < 10 || time.Since(begin) < 10*batchTime; calls++ {
		find(from)
	}
	took := time.Since(begin)
	return cost{
		Nanoseconds: float64(took.Nanoseconds()) / float64(calls),
		Allocations: testing.AllocsPerRun(3, func() { find(from) }),
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return 0
	}
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
