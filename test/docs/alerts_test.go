package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestRunbooks shows that every alert links to its section of the runbooks, and that
// there is no section without an alert.
func TestRunbooks(t *testing.T) {
	t.Parallel()
	const base = "https://github.com/carillon-dev/carillon/blob/main/"
	var alerts []string
	for _, group := range alertGroups(t) {
		for _, rule := range group.Rules {
			alerts = append(alerts, rule.Alert)
			if got, want := rule.Annotations["runbook_url"], base+runbooksPage+"#"+strings.ToLower(rule.Alert); got != want {
				t.Errorf("%s links to %s, want %s", rule.Alert, got, want)
			}
			if rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" || rule.Labels["severity"] == "" {
				t.Errorf("%s lacks a summary, a description or a severity", rule.Alert)
			}
		}
	}
	var sections []string
	for _, heading := range regexp.MustCompile(`(?m)^## (Carillon.*)$`).FindAllStringSubmatch(read(t, runbooksPage), -1) {
		sections = append(sections, heading[1])
	}
	if !slices.Equal(sections, alerts) {
		t.Errorf("the runbooks are about %q, and the alerts are %q", sections, alerts)
	}
}

// TestAlerts raises the alerts by promtool, where there is one.
func TestAlerts(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("there is no promtool in PATH: see make check-alerts")
	}
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	groups := alertGroups(t)
	// What is shown to people is checked here, and left out below: it would have to be
	// written twice.
	run("check", "rules", writeRules(t, t.TempDir(), groups))
	dir := t.TempDir()
	for _, group := range groups {
		for i := range group.Rules {
			group.Rules[i].Annotations = nil
		}
	}
	writeRules(t, dir, groups)
	cases := filepath.Join(dir, "alerts.yaml")
	if err := os.WriteFile(cases, []byte(read(t, "test/docs/testdata/alerts.yaml")), 0o600); err != nil {
		t.Fatal(err)
	}
	run("test", "rules", cases)
	run("check", "rules", writeQueries(t, dashboardQueries(t)))
}

// writeRules writes a file of rules and returns its path.
func writeRules(t *testing.T, dir string, groups any) string {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{"groups": groups})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// writeQueries writes the queries of the dashboard as rules, so that their syntax can
// be checked.
func writeQueries(t *testing.T, queries map[string][]string) string {
	t.Helper()
	type record struct {
		Record string            `json:"record"`
		Expr   string            `json:"expr"`
		Labels map[string]string `json:"labels"`
	}
	var rules []record
	variables := strings.NewReplacer("$__rate_interval", "5m", "$__range", "1h")
	for panel, exprs := range queries {
		for _, expr := range exprs {
			rules = append(rules, record{Record: "query", Expr: variables.Replace(expr), Labels: map[string]string{"panel": panel, "query": expr}})
		}
	}
	return writeRules(t, t.TempDir(), []map[string]any{{"name": "dashboard", "rules": rules}})
}
