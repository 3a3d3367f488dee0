package pages

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLinks(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		want []Link
	}{
		"a page":                {"see\n[Task](spec/task.md)", []Link{{"p.md", 2, "spec/task.md"}}},
		"an anchor":             {"[here](#state)", []Link{{"p.md", 1, "#state"}}},
		"a title":               {`[Task](task.md "All fields")`, []Link{{"p.md", 1, "task.md"}}},
		"an image":              {"![A model](images/model.svg)", []Link{{"p.md", 1, "images/model.svg"}}},
		"text in several lines": {"[several\nteams](teams.md)", []Link{{"p.md", 2, "teams.md"}}},
		"code as text":          {"[`config/rbac`](../config/rbac)", []Link{{"p.md", 1, "../config/rbac"}}},
		"a definition":          {"[task][]\n\n[task]: spec/task.md", []Link{{"p.md", 3, "spec/task.md"}}},
		"two in a line":         {"[a](a.md), [b](b.md)", []Link{{"p.md", 1, "a.md"}, {"p.md", 1, "b.md"}}},
		"inline code":           {"`[no](link.md)`, `over\nlines` [a](a.md)", []Link{{"p.md", 2, "a.md"}}},
		"a block":               {"```\n[no](link.md)\n```\n[a](a.md)", []Link{{"p.md", 4, "a.md"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, links("p.md", tc.text)); diff != "" {
				t.Errorf("links (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnchors(t *testing.T) {
	t.Parallel()
	const text = "# Several teams in one cluster\n" +
		"## A Task, line by line\n" +
		"### `spec.action`: [Pod](pod.md) ###\n" +
		"## Wait_for it - später\n" +
		"```sh\n" +
		"# a comment\n" +
		"```\n" +
		"## A Task, line by line\n" +
		"#hashtag\n"
	want := []string{
		"several-teams-in-one-cluster", "a-task-line-by-line", "specaction-pod", "wait_for-it---später", "a-task-line-by-line-1",
	}
	if diff := cmp.Diff(want, anchors(text)); diff != "" {
		t.Errorf("anchors (-want +got):\n%s", diff)
	}
}
