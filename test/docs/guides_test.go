package docs_test

import (
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/taskspec"
	"github.com/carillon-dev/carillon/trigger"
)

// TestGuides_LastWorkingDay holds the trigger of docs/guides.md against a calendar, as far as the page
// says that it is right.
func TestGuides_LastWorkingDay(t *testing.T) {
	t.Parallel()
	var payroll *v1alpha1.Task
	for _, block := range blocks(t, "yaml") {
		if block.Page == "docs/guides.md" && strings.Contains(block.Text, "name: payroll") {
			payroll = &v1alpha1.Task{}
			if err := yaml.UnmarshalStrict([]byte(block.Text), payroll); err != nil {
				t.Fatal(err)
			}
		}
	}
	if payroll == nil {
		t.Fatal("docs/guides.md has no Task payroll")
	}
	compiled, err := trigger.Compile(taskspec.Trigger(&payroll.Spec.Trigger), trigger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	slot := time.Date(2026, 1, 1, 0, 0, 0, 0, compiled.Location())
	for month := slot; month.Year() < 2044; month = month.AddDate(0, 1, 0) {
		want := month.AddDate(0, 1, -1).Add(17 * time.Hour)
		for want.Weekday() == time.Saturday || want.Weekday() == time.Sunday {
			want = want.AddDate(0, 0, -1)
		}
		next, ok := compiled.Next(slot)
		if slot = next.In(compiled.Location()); !ok || slot.Format(time.DateTime) != want.Format("2006-01-02")+" 17:00:00" {
			t.Fatalf("in %s it is %s, want the %s", month.Format("January 2006"), slot.Format(time.DateTime), want.Format(time.DateOnly))
		}
	}
}
