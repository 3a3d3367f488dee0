package figures

import (
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i) // 100 to 1: not sorted
	}
	for name, tc := range map[string]struct {
		values []float64
		q      float64
		want   float64
	}{
		"none":                 {nil, 0.5, 0},
		"one":                  {[]float64{7}, 0.99, 7},
		"the first":            {hundred, 0, 1},
		"the median":           {hundred, 0.5, 50},
		"one in a hundred":     {hundred, 0.99, 99},
		"the last":             {hundred, 1, 100},
		"a rank between two":   {[]float64{1, 2, 3}, 0.5, 2},
		"the p99 of a handful": {[]float64{1, 2, 3}, 0.99, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Quantile(tc.values, tc.q); got != tc.want {
				t.Errorf("Quantile(%g) = %g, want %g", tc.q, got, tc.want)
			}
		})
	}
	if hundred[0] != 100 {
		t.Error("Quantile has sorted its argument")
	}
}

func TestSpreadOf(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		values []float64
		want   Spread
	}{
		"none":  {nil, Spread{}},
		"one":   {[]float64{3}, Spread{3, 3, 3}},
		"three": {[]float64{9, 1, 2}, Spread{2, 1, 9}},
		"four":  {[]float64{9, 1, 2, 4}, Spread{3, 1, 9}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := SpreadOf(tc.values); got != tc.want {
				t.Errorf("SpreadOf = %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestDelaysSince(t *testing.T) {
	t.Parallel()
	slot := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	var instants []time.Time
	for i := range 200 {
		instants = append(instants, slot.Add(time.Duration(i+1)*10*time.Millisecond))
	}
	if got, want := DelaysSince(slot, instants), (Delays{First: 0.01, P50: 1, P99: 1.98, Last: 2}); got != want {
		t.Errorf("DelaysSince = %+v, want %+v", got, want)
	}
}
