package figures

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Metrics are what a server exposed at an instant, by the names of the families.
type Metrics map[string]*dto.MetricFamily

// ParseMetrics reads the text format.
func ParseMetrics(text io.Reader) (Metrics, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(text)
	if err != nil {
		return nil, fmt.Errorf("parsing metrics: %w", err)
	}
	return families, nil
}

// Sum adds up the counters and gauges of a family that have these labels, given as pairs.
func (m Metrics) Sum(family string, labels ...string) float64 {
	var sum float64
	for _, metric := range m[family].GetMetric() {
		if hasLabels(metric, labels) {
			sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
		}
	}
	return sum
}

func hasLabels(metric *dto.Metric, labels []string) bool {
	has := labelsOf(metric)
	for i := 0; i < len(labels); i += 2 {
		if has[labels[i]] != labels[i+1] {
			return false
		}
	}
	return true
}

func labelsOf(metric *dto.Metric) map[string]string {
	labels := map[string]string{}
	for _, pair := range metric.GetLabel() {
		labels[pair.GetName()] = pair.GetValue()
	}
	return labels
}

// Histogram counts observations by the upper bounds of their buckets, cumulated.
type Histogram map[float64]float64

// Histogram adds up the histograms of a family.
func (m Metrics) Histogram(family string) Histogram {
	h := Histogram{}
	for _, metric := range m[family].GetMetric() {
		for _, bucket := range metric.GetHistogram().GetBucket() {
			if bound := bucket.GetUpperBound(); !math.IsInf(bound, 1) { // that is the count
				h[bound] += float64(bucket.GetCumulativeCount())
			}
		}
		h[math.Inf(1)] += float64(metric.GetHistogram().GetSampleCount())
	}
	return h
}

// Since returns what was observed after an earlier state of the histogram.
func (h Histogram) Since(earlier Histogram) Histogram {
	grown := Histogram{}
	for bound, count := range h {
		grown[bound] = count - earlier[bound]
	}
	return grown
}

// Quantile estimates the value below which a share q of the observations lies: linearly within
// its bucket, and the largest finite bound for what lies beyond. It is 0 without observations.
func (h Histogram) Quantile(q float64) float64 {
	bounds := make([]float64, 0, len(h))
	for bound := range h {
		bounds = append(bounds, bound)
	}
	slices.Sort(bounds)
	rank := q * h[math.Inf(1)]
	var lower, below float64
	for _, bound := range bounds {
		count := h[bound]
		if count >= rank && count > below {
			if math.IsInf(bound, 1) {
				return lower
			}
			return lower + (bound-lower)*(rank-below)/(count-below)
		}
		if !math.IsInf(bound, 1) {
			lower = bound
		}
		below = count
	}
	return 0
}

// Writes counts requests that change something, by verb and resource, such as "POST pods" or
// "PATCH tasks/status".
type Writes map[string]float64

// requestsFamily is where the API server counts all requests.
const requestsFamily = "apiserver_request_total"

// writingVerbs are the API server's words for requests that change something.
var writingVerbs = []string{"POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"}

// notCounted are resources whose requests change nothing that is stored, and leases, which are
// renewed whatever else goes on.
var notCounted = []string{"leases", "subjectaccessreviews", "selfsubjectaccessreviews", "tokenreviews", "serviceaccounts/token"}

// Refused is the key in [Writes] of requests that were not carried out, such as conflicts.
const Refused = "refused"

// Writes returns the write requests that an API server has answered. Dry runs change nothing
// and are left out.
func (m Metrics) Writes() Writes {
	writes := Writes{}
	for _, metric := range m[requestsFamily].GetMetric() {
		labels := labelsOf(metric)
		resource := labels["resource"]
		if sub := labels["subresource"]; sub != "" {
			resource += "/" + sub
		}
		if labels["dry_run"] != "" || !slices.Contains(writingVerbs, labels["verb"]) || slices.Contains(notCounted, resource) {
			continue
		}
		key := labels["verb"] + " " + resource
		if !strings.HasPrefix(labels["code"], "2") {
			key = Refused
		}
		writes[key] += metric.GetCounter().GetValue()
	}
	return writes
}

// Since returns the writes after an earlier state; none where there were none.
func (w Writes) Since(earlier Writes) Writes {
	grown := Writes{}
	for key, count := range w {
		if more := count - earlier[key]; more > 0 {
			grown[key] = more
		}
	}
	return grown
}

// Total adds up all writes that were carried out.
func (w Writes) Total() float64 {
	var sum float64
	for key, count := range w {
		if key != Refused {
			sum += count
		}
	}
	return sum
}

// Per divides the writes, such as by a number of seconds.
func (w Writes) Per(n float64) Writes {
	shares := Writes{}
	for key, count := range w {
		shares[key] = count / n
	}
	return shares
}
