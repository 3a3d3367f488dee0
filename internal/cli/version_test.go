package cli

import (
	"regexp"
	"testing"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	stdout, _, err := execute(t, "", "version")
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^Carillon   \S+\ntzdata     20\d\d[a-z] \(embedded\)\nGo         go\S+ \S+/\S+\n$`)
	if !want.MatchString(stdout) {
		t.Errorf("got:\n%s", stdout)
	}
}
