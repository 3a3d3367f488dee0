package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

// tenancyPage says what tenants can do.
const tenancyPage = "docs/multi-tenancy.md"

// TestTenancy shows that every row of the tables about rights names tests that exist.
func TestTenancy(t *testing.T) {
	t.Parallel()
	tests := allTests(t)
	quoted := regexp.MustCompile("`([^`]+)`")
	rows := 0
	for line := range strings.Lines(read(t, tenancyPage)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		shown := strings.TrimSpace(cells[len(cells)-1])
		if !strings.HasPrefix(line, "|") || !strings.HasPrefix(shown, "`") {
			continue
		}
		rows++
		for _, name := range quoted.FindAllStringSubmatch(shown, -1) {
			if !strings.Contains(tests, `"`+name[1]+`"`) && !strings.Contains(tests, "func "+name[1]+"(") {
				t.Errorf("no test is called %q", name[1])
			}
		}
	}
	if rows < 15 {
		t.Errorf("%d rows name tests", rows)
	}
}
