package docs_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/internal/metrics"
)

// The files that ask for metrics.
const (
	rulesFile     = "config/components/prometheus/rules.yaml"
	dashboardFile = "config/components/grafana/carillon.json"
	taskStateFile = "config/components/kube-state-metrics/custom_resource_state.yaml"
	runbooksPage  = "docs/runbooks.md"
)

// alertRule is an alert as far as it is looked at here.
type alertRule struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	For         string            `json:"for,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type ruleGroup struct {
	Name  string      `json:"name"`
	Rules []alertRule `json:"rules"`
}

// alertGroups returns the groups of rules in the component.
func alertGroups(t *testing.T) []ruleGroup {
	t.Helper()
	var object struct {
		Spec struct{ Groups []ruleGroup }
	}
	if err := yaml.Unmarshal([]byte(read(t, rulesFile)), &object); err != nil {
		t.Fatal(err)
	}
	if len(object.Spec.Groups) == 0 {
		t.Fatal("there are no alerts")
	}
	return object.Spec.Groups
}

// dashboardQueries returns the queries of the dashboard by the titles of their panels.
func dashboardQueries(t *testing.T) map[string][]string {
	t.Helper()
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, dashboardFile)), &dashboard); err != nil {
		t.Fatal(err)
	}
	queries := map[string][]string{}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			queries[panel.Title] = append(queries[panel.Title], target.Expr)
		}
	}
	if len(queries) == 0 {
		t.Fatal("the dashboard asks for nothing")
	}
	return queries
}

// series returns the names of all series that can be asked for, with their labels.
func series(t *testing.T) map[string][]string {
	t.Helper()
	known := map[string][]string{}
	for _, d := range metrics.Definitions() {
		var labels []string
		for _, label := range d.Labels {
			labels = append(labels, label.Name)
		}
		if d.Kind != metrics.Histogram {
			known[d.Name] = labels
			continue
		}
		known[d.Name+"_bucket"] = append([]string{"le"}, labels...)
		known[d.Name+"_sum"], known[d.Name+"_count"] = labels, labels
	}
	var states struct {
		Spec struct {
			Resources []struct {
				MetricNamePrefix string
				LabelsFromPath   map[string][]string
				Metrics          []struct{ Name string }
			}
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, taskStateFile)), &states); err != nil {
		t.Fatal(err)
	}
	for _, resource := range states.Spec.Resources {
		var labels []string
		for label := range resource.LabelsFromPath {
			labels = append(labels, label)
		}
		for _, metric := range resource.Metrics {
			known[resource.MetricNamePrefix+"_"+metric.Name] = labels
		}
	}
	return known
}

// TestTaskState shows that kube-state-metrics is told of fields that a Task has.
func TestTaskState(t *testing.T) {
	t.Parallel()
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict([]byte(read(t, "config/crd/bases/carillon.dev_tasks.yaml")), crd); err != nil {
		t.Fatal(err)
	}
	type gauge struct {
		Path      []string
		NilIsZero bool
	}
	var states struct {
		Kind string
		Spec struct {
			Resources []struct {
				GroupVersionKind metav1.GroupVersionKind
				MetricNamePrefix string
				LabelsFromPath   map[string][]string
				Metrics          []struct {
					Name, Help string
					Each       struct {
						Type  string
						Gauge gauge
					}
				}
			}
		}
	}
	if err := yaml.UnmarshalStrict([]byte(read(t, taskStateFile)), &states); err != nil {
		t.Fatal(err)
	}
	for _, resource := range states.Spec.Resources {
		if kind := resource.GroupVersionKind; kind.Group != crd.Spec.Group || kind.Version != crd.Spec.Versions[0].Name || kind.Kind != crd.Spec.Names.Kind {
			t.Errorf("it is about %v", kind)
		}
		for _, metric := range resource.Metrics {
			field := *crd.Spec.Versions[0].Schema.OpenAPIV3Schema
			for _, name := range metric.Each.Gauge.Path {
				next, ok := field.Properties[name]
				if !ok {
					t.Errorf("%s: a Task has no %q", metric.Name, metric.Each.Gauge.Path)
				}
				field = next
			}
			if field.Type != "integer" && field.Format != "date-time" {
				t.Errorf("%s: %q is no number and no time", metric.Name, metric.Each.Gauge.Path)
			}
			if metric.Each.Type != "Gauge" || metric.Help == "" {
				t.Errorf("%s is a %s with the help %q", metric.Name, metric.Each.Type, metric.Help)
			}
		}
	}
}

var (
	nameInQuery  = regexp.MustCompile(`\bcarillon_[a-z_]+`)
	matchers     = regexp.MustCompile(`\{([^}]*)\}`)
	matcherLabel = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)`)
	grouping     = regexp.MustCompile(`\b(?:by|without)\s*\(([^)]*)\)`)
)

// unknown returns what a query asks for that there is not.
func unknown(known map[string][]string, query string) (problems []string) {
	var labels []string
	names := nameInQuery.FindAllString(query, -1)
	if len(names) == 0 {
		return []string{"no metric of ours"}
	}
	for _, name := range names {
		has, ok := known[name]
		if !ok {
			problems = append(problems, "the metric "+name)
		}
		labels = append(labels, has...)
	}
	var asked []string
	for _, match := range matchers.FindAllStringSubmatch(query, -1) {
		for _, label := range matcherLabel.FindAllStringSubmatch(match[1], -1) {
			asked = append(asked, label[1])
		}
	}
	for _, match := range grouping.FindAllStringSubmatch(query, -1) {
		for label := range strings.SplitSeq(match[1], ",") {
			asked = append(asked, strings.TrimSpace(label))
		}
	}
	for _, label := range asked {
		if !slices.Contains(labels, label) {
			problems = append(problems, "the label "+label)
		}
	}
	return problems
}

func TestUnknownIsFound(t *testing.T) {
	t.Parallel()
	known := map[string][]string{"carillon_runs_total": {"result"}}
	for query, want := range map[string]string{
		`sum by (result) (rate(carillon_runs_total{result="failed"}[5m]))`: "",
		`sum(carillon_run_total)`:                     "the metric carillon_run_total",
		`carillon_runs_total{outcome="failed"}`:       "the label outcome",
		`sum by (result, task) (carillon_runs_total)`: "the label task",
		`up == 1`: "no metric of ours",
		`sum by (le) (rate(carillon_runs_total_sum[1m]))`: "the metric carillon_runs_total_sum, the label le",
	} {
		if got := strings.Join(unknown(known, query), ", "); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

// TestQueries shows that alerts and dashboard ask for metrics and labels that there are.
func TestQueries(t *testing.T) {
	t.Parallel()
	known := series(t)
	for _, group := range alertGroups(t) {
		for _, rule := range group.Rules {
			for _, problem := range unknown(known, rule.Expr) {
				t.Errorf("the alert %s asks for %s, which does not exist", rule.Alert, problem)
			}
		}
	}
	for panel, queries := range dashboardQueries(t) {
		for _, query := range queries {
			for _, problem := range unknown(known, query) {
				t.Errorf("the panel %s asks for %s, which does not exist: %s", panel, problem, query)
			}
		}
	}
}
