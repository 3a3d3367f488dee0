// Package figures holds what the load benchmarks measure: statistics, metrics, results as JSON,
// and tables of them. It starts nothing and asks nobody.
package figures

import (
	"math"
	"slices"
	"time"
)

// Quantile returns the value below which a share q of the values lies, as one of them: the
// nearest rank. It is 0 without values.
func Quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[min(max(rank, 0), len(sorted)-1)]
}

// Spread is what several rounds make of a figure.
type Spread struct {
	Median, Min, Max float64
}

// SpreadOf returns the spread of values; all of it is 0 without values.
func SpreadOf(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + median) / 2
	}
	return Spread{Median: median, Min: sorted[0], Max: sorted[len(sorted)-1]}
}

// Delays describes when things happened, in seconds since an instant.
type Delays struct {
	First float64 `json:"first"`
	P50   float64 `json:"p50"`
	P99   float64 `json:"p99"`
	Last  float64 `json:"last"`
}

// DelaysSince returns the delays of instants since an origin.
func DelaysSince(origin time.Time, instants []time.Time) Delays {
	seconds := make([]float64, len(instants))
	for i, instant := range instants {
		seconds[i] = instant.Sub(origin).Seconds()
	}
	return Delays{First: Quantile(seconds, 0), P50: Quantile(seconds, 0.5), P99: Quantile(seconds, 0.99), Last: Quantile(seconds, 1)}
}
