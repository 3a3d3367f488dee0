package sim

import (
	"math/rand/v2"
	"time"
)

// dice is where the randomness of a simulation comes from. Each throw depends on
// the seed and on what it is for, and on nothing that was thrown before: the
// order in which goroutines get to run changes nothing, and a seed reproduces a
// simulation.
type dice uint64

// of returns the random numbers for one thing: the n-th time that something
// happens to somebody.
func (d dice) of(what, whom string, n int) *rand.Rand {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for _, part := range [...]string{what, "/", whom} {
		for i := range len(part) {
			h = (h ^ uint64(part[i])) * prime
		}
	}
	return rand.New(rand.NewPCG(uint64(d), h^uint64(n)*0x9e3779b97f4a7c15))
}

// between returns a duration from low up to high. It is not a round number, so
// that hardly any two things happen at one instant.
func between(rng *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(rng.Int64N(int64(high-low)))
}

// about returns a duration that is often shorter than mean and seldom much longer.
func about(rng *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(min(rng.ExpFloat64(), 10)*float64(mean)) + 1
}

// chance reports true with a probability.
func chance(rng *rand.Rand, p float64) bool { return rng.Float64() < p }

// pick returns one of the options.
func pick[T any](rng *rand.Rand, options ...T) T { return options[rng.IntN(len(options))] }
