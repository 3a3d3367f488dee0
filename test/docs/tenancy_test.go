package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

// tenancyPage says what tenants can do.
const tenancyPage = "docs/multi-tenancy.md"

// TestTenancy shows that every row of the tables about rights names tests, and tests that exist.
func TestTenancy(t *testing.T) {
	t.Parallel()
	tests := allTests(t)
	quoted := regexp.MustCompile("`([^`]+)`")
	rows, inTable := 0, false
	for line := range strings.Lines(read(t, tenancyPage)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		shown := strings.TrimSpace(cells[len(cells)-1])
		switch {
		case !strings.HasPrefix(line, "|"):
			inTable = false
			continue
		case shown == "Shown by":
			inTable = true
			continue
		case !inTable || strings.HasPrefix(shown, "--"):
			continue
		}
		rows++
		names := quoted.FindAllStringSubmatch(shown, -1)
		if len(names) == 0 {
			t.Errorf("no test is named for: %s", line)
		}
		for _, name := range names {
			if !strings.Contains(tests, `"`+name[1]+`"`) && !strings.Contains(tests, "func "+name[1]+"(") {
				t.Errorf("no test is called %q", name[1])
			}
		}
	}
	if rows < 29 {
		t.Errorf("%d rows name tests", rows)
	}
}
