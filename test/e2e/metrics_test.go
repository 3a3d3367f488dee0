package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
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

// sum adds up the counters and gauges of a family that have these labels, given as
// pairs; of a histogram, what was observed.
func (f figures) sum(family string, labels ...string) float64 {
	var sum float64
	for _, metric := range f[family].GetMetric() {
		if hasLabels(metric, labels) {
			sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + float64(metric.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

var _ = Describe("Metrics", func() {
	It("say of N runs that they were N, and how much there is", func(ctx SpecContext) {
		const once, stalled = 7, 2
		namespace := newNamespace(ctx)
		manager := startManager()
		manager.awaitReady(ctx)
		manager.awaitLead(ctx)
		Expect(manager.logLines()).To(ContainElement(And(ContainSubstring(`"msg":"starting"`), ContainSubstring(`"maxWorkers":20`))))
		before := manager.figures(ctx)
		for i := range once {
			made := loadTask(namespace, i)
			made.Spec.Trigger.SimpleTrigger = v1alpha1.SimpleTrigger{Date: &v1alpha1.DateTrigger{}}
			Expect(env.client.Create(ctx, made)).To(Succeed())
		}
		for i := range stalled {
			made := loadTask(namespace, once+i)
			made.Spec.Action.Handler.Name = "nobody-has-it"
			Expect(env.client.Create(ctx, made)).To(Succeed())
		}
		grown := func(after figures, family string, labels ...string) float64 {
			return after.sum(family, labels...) - before.sum(family, labels...)
		}
		Eventually(ctx, func(g Gomega) {
			after := manager.figures(ctx)
			g.Expect(grown(after, "carillon_runs_total", "result", "succeeded", "source", "scheduled")).To(BeEquivalentTo(once))
			g.Expect(grown(after, "carillon_tasks", "state", "completed")).To(BeEquivalentTo(once))
			g.Expect(grown(after, "carillon_tasks", "state", "stalled")).To(BeEquivalentTo(stalled))
			g.Expect(grown(after, "carillon_schedule_delay_seconds")).To(BeEquivalentTo(once))
			g.Expect(grown(after, "carillon_run_duration_seconds", "result", "succeeded")).To(BeEquivalentTo(once))
			// A Task of another spec may be on its way out, with a run that its manager has left to this one.
			g.Expect(after.sum("carillon_active_runs")).To(BeZero())
		}).Should(Succeed())
		after := manager.figures(ctx)
		Expect(grown(after, "carillon_runs_total")).To(BeEquivalentTo(once), "no run of another kind")
		Expect(after.sum("carillon_leader")).To(BeEquivalentTo(1))
		Expect(after.sum("carillon_wakeup_lag_seconds")).To(BeNumerically(">", 0))
	}, SpecTimeout(2*time.Minute))
})

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
