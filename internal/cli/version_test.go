package cli

import (
	"regexp"
	"testing"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	stdout, stderr, status := execute(t, "", "version")
	if status != 0 {
		t.Fatal(stderr)
	}
	want := regexp.MustCompile(`^Carillon   \S+\ntzdata     20\d\d[a-z] \(embedded\)\nGo         go\S+ \S+/\S+\n$`)
	if !want.MatchString(stdout) {
		t.Errorf("got:\n%s", stdout)
	}
}
