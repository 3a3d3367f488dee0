package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// contractPage lists the rules.
const contractPage = "docs/contract.md"

// TestRules shows that every rule of the contract has a test that bears its number:
// a function such as TestR1_…, or a spec whose text begins with "R1: ".
func TestRules(t *testing.T) {
	t.Parallel()
	rules := regexp.MustCompile(`(?m)^- \*\*([A-Z][0-9]+)\*\* `).FindAllStringSubmatch(read(t, contractPage), -1)
	if len(rules) < 30 {
		t.Fatalf("%d rules in %s, want at least 30", len(rules), contractPage)
	}
	tests := allTests(t)
	for _, rule := range rules {
		named := regexp.MustCompile(`(?m)^func Test` + rule[1] + `_|\bIt\("` + rule[1] + `: `)
		if !named.MatchString(tests) {
			t.Errorf("no test is named after rule %s", rule[1])
		}
	}
}

// allTests is the text of all tests of all modules.
func allTests(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
