package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// figures are the metrics of a manager at an instant.
type figures map[string]*dto.MetricFamily

// figures reads the metrics of the manager.
func (m *managerProcess) figures(ctx context.Context) figures {
	GinkgoHelper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.metrics+"/metrics", nil)
	Expect(err).NotTo(HaveOccurred())
	response, err := http.DefaultClient.Do(request)
	Expect(err).NotTo(HaveOccurred())
	defer mustClose(response.Body)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	Expect(err).NotTo(HaveOccurred())
	return families
}

// sum adds up the counters of a family that have these labels, given as pairs.
func (f figures) sum(family string, labels ...string) float64 {
	var sum float64
	for _, metric := range f[family].GetMetric() {
		if hasLabels(metric, labels) {
			sum += metric.GetCounter().GetValue()
		}
	}
	return sum
}

func hasLabels(metric *dto.Metric, labels []string) bool {
	has := map[string]string{}
	for _, pair := range metric.GetLabel() {
		has[pair.GetName()] = pair.GetValue()
	}
	for i := 0; i < len(labels); i += 2 {
		if has[labels[i]] != labels[i+1] {
			return false
		}
	}
	return true
}

// distribution describes a histogram: its mean, and the buckets that anything
// fell into.
func (f figures) distribution(family string) string {
	var text strings.Builder
	for _, metric := range f[family].GetMetric() {
		histogram := metric.GetHistogram()
		fmt.Fprintf(&text, "mean %.0f ms of %d;", 1000*histogram.GetSampleSum()/float64(histogram.GetSampleCount()), histogram.GetSampleCount())
		var below uint64
		for _, bucket := range histogram.GetBucket() {
			if count := bucket.GetCumulativeCount(); count > below {
				fmt.Fprintf(&text, " %.1f %% within %g s", 100*float64(count)/float64(histogram.GetSampleCount()), bucket.GetUpperBound())
				below = count
			}
		}
	}
	return text.String()
}
