package figures

import (
	"maps"
	"strings"
	"testing"
)

const apiServerMetrics = `# TYPE apiserver_request_total counter
apiserver_request_total{code="201",component="apiserver",dry_run="",group="",resource="pods",scope="resource",subresource="",verb="POST",version="v1"} 1000
apiserver_request_total{code="201",component="apiserver",dry_run="All",group="",resource="pods",scope="resource",subresource="",verb="POST",version="v1"} 1
apiserver_request_total{code="409",component="apiserver",dry_run="",group="",resource="pods",scope="resource",subresource="",verb="POST",version="v1"} 2
apiserver_request_total{code="200",component="apiserver",dry_run="",group="carillon.dev",resource="tasks",scope="resource",subresource="status",verb="PATCH",version="v1alpha1"} 1500
apiserver_request_total{code="200",component="apiserver",dry_run="",group="carillon.dev",resource="tasks",scope="resource",subresource="status",verb="APPLY",version="v1alpha1"} 5
apiserver_request_total{code="200",component="apiserver",dry_run="",group="",resource="pods",scope="cluster",subresource="",verb="LIST",version="v1"} 12
apiserver_request_total{code="200",component="apiserver",dry_run="",group="",resource="pods",scope="cluster",subresource="",verb="WATCH",version="v1"} 3
apiserver_request_total{code="200",component="apiserver",dry_run="",group="coordination.k8s.io",resource="leases",scope="resource",subresource="",verb="PUT",version="v1"} 99
apiserver_request_total{code="201",component="apiserver",dry_run="",group="authorization.k8s.io",resource="subjectaccessreviews",scope="cluster",subresource="",verb="POST",version="v1"} 42
`

func parse(t *testing.T, text string) Metrics {
	t.Helper()
	m, err := ParseMetrics(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWrites(t *testing.T) {
	t.Parallel()
	got := parse(t, apiServerMetrics).Writes()
	want := Writes{"POST pods": 1000, "PATCH tasks/status": 1500, "APPLY tasks/status": 5, Refused: 2}
	if !maps.Equal(got, want) {
		t.Errorf("Writes = %v, want %v", got, want)
	}
	if total := got.Total(); total != 2505 {
		t.Errorf("Total = %g, want those that were carried out, 2505", total)
	}
	since := got.Since(Writes{"POST pods": 400, "PATCH tasks/status": 1500})
	if want := (Writes{"POST pods": 600, "APPLY tasks/status": 5, Refused: 2}); !maps.Equal(since, want) {
		t.Errorf("Since = %v, want %v", since, want)
	}
	if per := since.Per(10); per["POST pods"] != 60 {
		t.Errorf("Per(10) = %v, want a tenth", per)
	}
}

func TestParseMetrics_RefusesOtherText(t *testing.T) {
	t.Parallel()
	if _, err := ParseMetrics(strings.NewReader("<html>")); err == nil {
		t.Error("no error")
	}
}

func TestSum(t *testing.T) {
	t.Parallel()
	m := parse(t, "# TYPE runs counter\nruns{result=\"ok\",source=\"a\"} 3\nruns{result=\"ok\",source=\"b\"} 4\nruns{result=\"bad\",source=\"b\"} 5\n# TYPE leader gauge\nleader 1\n")
	for name, tc := range map[string]struct {
		family string
		labels []string
		want   float64
	}{
		"all":         {"runs", nil, 12},
		"one label":   {"runs", []string{"result", "ok"}, 7},
		"two labels":  {"runs", []string{"result", "ok", "source", "b"}, 4},
		"a gauge":     {"leader", nil, 1},
		"not exposed": {"nothing", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := m.Sum(tc.family, tc.labels...); got != tc.want {
				t.Errorf("Sum = %g, want %g", got, tc.want)
			}
		})
	}
}

const delays = `# TYPE delay histogram
delay_bucket{le="0.1"} %A
delay_bucket{le="1"} %B
delay_bucket{le="+Inf"} %C
delay_sum 1
delay_count %C
`

func histogram(t *testing.T, a, b, c string) Histogram {
	t.Helper()
	return parse(t, strings.NewReplacer("%A", a, "%B", b, "%C", c).Replace(delays)).Histogram("delay")
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	before, after := histogram(t, "10", "10", "10"), histogram(t, "60", "100", "110")
	grown := after.Since(before) // 50 within 0.1 s, 40 within 1 s, 10 beyond
	for q, want := range map[float64]float64{0.25: 0.05, 0.5: 0.1, 0.7: 0.55, 0.99: 1} {
		if got := grown.Quantile(q); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("Quantile(%g) = %g, want %g", q, got, want)
		}
	}
	if got := before.Since(before).Quantile(0.5); got != 0 {
		t.Errorf("the quantile of nothing is %g, want 0", got)
	}
}
