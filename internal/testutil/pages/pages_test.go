package pages

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const text = "# A page\n" +
		"```yaml title=\"hello.yaml\"\n" +
		"kind: Task\n" +
		"```\n" +
		"1. In a list:\n" +
		"\n" +
		"   ```sh\n" +
		"   kubectl apply -f hello.yaml\n" +
		"     --indented\n" +
		"   ```\n" +
		"\n" +
		"```\n" +
		"no `language`\n" +
		"```\n"
	want := []Block{
		{Page: "p.md", Line: 2, Language: "yaml", Title: "hello.yaml", Text: "kind: Task\n"},
		{Page: "p.md", Line: 7, Language: "sh", Text: "kubectl apply -f hello.yaml\n  --indented\n"},
		{Page: "p.md", Line: 12, Text: "no `language`\n"},
	}
	got, err := parse("p.md", text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
}

func TestParseWithoutEnd(t *testing.T) {
	t.Parallel()
	if _, err := parse("p.md", "\n```sh\nmake\n"); err == nil || err.Error() != "p.md:2: the block does not end" {
		t.Errorf("the error is %v", err)
	}
}
