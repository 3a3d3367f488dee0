package docs_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/client-go/tools/leaderelection"

	"github.com/carillon-dev/carillon/manager/config"
)

// productionPage is for those who run the managers.
const productionPage = "docs/production.md"

// TestPermissionRows shows that the table of permissions has a row with a purpose for each rule of
// the manager's roles, and no other.
func TestPermissionRows(t *testing.T) {
	t.Parallel()
	var want []string
	for _, role := range declared[rbacv1.ClusterRole](t, "config/rbac", "ClusterRole") {
		if !forPeople(role) {
			want = append(want, ruleRows("ClusterRole `"+role.Name+"`", role.Rules)...)
		}
	}
	for _, role := range declared[rbacv1.Role](t, "config/rbac", "Role") {
		want = append(want, ruleRows("Role `"+role.Name+"` in `"+role.Namespace+"`", role.Rules)...)
	}
	var got []string
	for _, row := range regexp.MustCompile("(?m)^\\| ((?:Cluster)?Role `.*) \\| (.*) \\|$").FindAllStringSubmatch(read(t, productionPage), -1) {
		got = append(got, row[1])
		if strings.TrimSpace(row[2]) == "" {
			t.Errorf("it is not said what this is for: %s", row[1])
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-config/rbac +%s):\n%s", productionPage, diff)
	}
}

// ruleRows returns the first cells of a row for each rule.
func ruleRows(role string, rules []rbacv1.PolicyRule) (rows []string) {
	for _, rule := range rules {
		var groups, resources []string
		for _, group := range rule.APIGroups {
			if group == "" {
				groups = append(groups, "core")
			} else {
				groups = append(groups, "`"+group+"`")
			}
		}
		for _, resource := range rule.Resources {
			resources = append(resources, "`"+resource+"`")
		}
		rows = append(rows, strings.Join([]string{role, strings.Join(groups, ", "), strings.Join(resources, ", "), strings.Join(rule.Verbs, ", ")}, " | "))
	}
	return rows
}

// TestAlertRows shows that the table of alerts has every alert, with a link to its runbook.
func TestAlertRows(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, group := range alertGroups(t) {
		for _, rule := range group.Rules {
			want = append(want, fmt.Sprintf("[%s](runbooks.md#%s)", rule.Alert, strings.ToLower(rule.Alert)))
		}
	}
	for _, row := range regexp.MustCompile(`(?m)^\| (\[Carillon[^|]*) \| \S.* \|$`).FindAllStringSubmatch(read(t, productionPage), -1) {
		got = append(got, row[1])
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-%s +%s):\n%s", rulesFile, productionPage, diff)
	}
}

// TestPageQueries shows that the queries on pages ask for metrics and labels that exist.
func TestPageQueries(t *testing.T) {
	t.Parallel()
	known := series(t)
	all := blocks(t, "promql")
	if len(all) < 2 {
		t.Errorf("there are %d queries", len(all))
	}
	for _, block := range all {
		for _, problem := range unknown(known, block.Text) {
			t.Errorf("%s asks for %s, which does not exist", block, problem)
		}
	}
}

// TestProductionFigures shows that the page has the figures of the program.
func TestProductionFigures(t *testing.T) {
	t.Parallel()
	page, setup, cfg := read(t, productionPage), read(t, "internal/app/setup.go"), config.Default()
	constant := func(name string) string {
		found := regexp.MustCompile(`(?m)^\s*` + name + `\s*= (\d+)$`).FindStringSubmatch(setup)
		if found == nil {
			t.Fatalf("internal/app/setup.go has no %s", name)
		}
		return found[1]
	}
	election := cfg.LeaderElection
	// The standby sees a renewal one wait late, and tries one wait after the lease has ended.
	wait := election.RetryPeriod.Seconds() * (1 + leaderelection.JitterFactor)
	least, most := election.LeaseDuration.Seconds(), election.LeaseDuration.Seconds()+2*wait
	_, container := deployment(t)
	for _, text := range []string{
		"| records that are saved at once | " + constant("maxSaves") + " |",
		"| requests about Pods at once | " + constant("maxPodRequests") + " |",
		fmt.Sprintf("for all namespaces | %d,%03d |", cfg.MaxInProcessRuns/1000, cfg.MaxInProcessRuns%1000),
		fmt.Sprintf("for each Scheduler | %d |", cfg.MaxWorkers),
		fmt.Sprintf("`leaseDuration` %s,\n`renewDeadline` %s and `retryPeriod` %s:", election.LeaseDuration.Duration, election.RenewDeadline.Duration, election.RetryPeriod.Duration),
		fmt.Sprintf("| The leader dies, or its node does | %.0f to %.0f seconds |", least, most),
		fmt.Sprintf("looks every %.1f to %.1f seconds", election.RetryPeriod.Seconds(), wait),
		fmt.Sprintf("%.0f seconds at most (`shutdownTimeout`)", cfg.ShutdownTimeout.Seconds()),
		fmt.Sprintf("After %.0f seconds it sends no further write", election.RenewDeadline.Seconds()),
		"| up to 20,000 | " + container.Resources.Limits.Memory().String() + ", the default",
		"| request " + container.Resources.Requests.Cpu().String() + ", the default, no limit |",
	} {
		if !strings.Contains(page, text) {
			t.Errorf("%s does not say %q", productionPage, text)
		}
	}
	if text := "The manager has " + constant("maxSaves") + " saves of records and " + constant("maxPodRequests") + " requests about Pods"; !strings.Contains(read(t, "docs/operations.md"), text) {
		t.Errorf("docs/operations.md does not say %q", text)
	}
}
