package app_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/app"
	"github.com/carillon-dev/carillon/internal/tracing"
)

var _ = Describe("Tracing", func() {
	It("makes one trace of a run over a change of managers, and hands it to the Pods", func(ctx SpecContext) {
		// Each manager exports on its own, as each process does.
		exported := tracetest.NewInMemoryExporter()
		tracer := func() *tracing.Tracer { return tracing.New(1, sdktrace.WithSyncer(exported)) }
		stopFirst := bootWith(app.Dependencies{Registry: prometheus.NewRegistry(), Tracer: tracer()})

		namespace := newNamespace(ctx)
		task := makeTask(namespace, "traced", now(), podAction())
		task.Spec.RetryPolicy = &v1alpha1.RetryPolicy{MaxAttempts: 2, Backoff: &v1alpha1.Backoff{Initial: &metav1.Duration{Duration: time.Second}}}
		Expect(admin.Create(ctx, task)).To(Succeed())
		Eventually(func(g Gomega) {
			finishPods(ctx, namespace, corev1.PodFailed)
			g.Expect(named(exported, namespace, tracing.SpanAttempt)).To(HaveLen(1))
		}).WithTimeout(15 * time.Second).Should(Succeed())
		stopFirst()
		bootWith(app.Dependencies{Registry: prometheus.NewRegistry(), Tracer: tracer()})
		Eventually(func(g Gomega) {
			finishPods(ctx, namespace, corev1.PodSucceeded)
			g.Expect(named(exported, namespace, tracing.SpanRun)).To(HaveLen(1))
		}).WithTimeout(20 * time.Second).Should(Succeed())

		run, attempts := named(exported, namespace, tracing.SpanRun)[0], named(exported, namespace, tracing.SpanAttempt)
		Expect(named(exported, namespace, tracing.SpanWait)).To(HaveLen(1))
		Expect(attempts).To(HaveLen(2))
		pods := &corev1.PodList{}
		Expect(admin.List(ctx, pods, client.InNamespace(namespace))).To(Succeed())
		Expect(pods.Items).To(HaveLen(2))
		told := map[string]string{}
		for _, pod := range pods.Items {
			Expect(run.SpanContext.TraceID().String()).To(Equal(pod.Labels[v1alpha1.LabelRunID]))
			Expect(pod.Spec.Containers[0].Env).To(ContainElement(corev1.EnvVar{Name: "TRACEPARENT", Value: pod.Annotations[v1alpha1.AnnotationTraceParent]}))
			told[pod.Name] = pod.Annotations[v1alpha1.AnnotationTraceParent]
		}
		for _, attempt := range attempts {
			Expect(attempt.Parent.SpanID()).To(Equal(run.SpanContext.SpanID()))
			Expect(attempt.SpanContext.TraceID()).To(Equal(run.SpanContext.TraceID()))
			Expect(told[attribute(attempt, "k8s.pod.name")]).To(Equal("00-" + attempt.SpanContext.TraceID().String() + "-" + attempt.SpanContext.SpanID().String() + "-01"))
		}
	})
})

// named returns the spans of that name of runs of a namespace.
func named(exported *tracetest.InMemoryExporter, namespace, name string) (spans tracetest.SpanStubs) {
	for _, span := range exported.GetSpans() {
		if span.Name == name && attribute(span, "k8s.namespace.name") == namespace {
			spans = append(spans, span)
		}
	}
	return spans
}

func attribute(span tracetest.SpanStub, key string) string {
	for _, attr := range span.Attributes {
		if string(attr.Key) == key {
			return attr.Value.String()
		}
	}
	return ""
}
