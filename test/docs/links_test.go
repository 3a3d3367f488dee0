package docs_test

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/internal/testutil/pages"
)

// hosted begins the addresses of files of this repository on its host.
const hosted = "https://github.com/carillon-dev/carillon/blob/main/"

// TestLinks shows that links within the repository lead to a file, and to a heading of it.
func TestLinks(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, page := range everyPage(t) {
		found, err := pages.Links(root, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range found {
			checked++
			if problem := deadLink(link); problem != "" {
				t.Errorf("%s: the link %s %s", link, link.Destination, problem)
			}
		}
	}
	if checked < 300 {
		t.Errorf("only %d links were checked", checked)
	}
}

// everyPage lists all Markdown files of the repository.
func everyPage(t *testing.T) (all []string) {
	t.Helper()
	built := []string{".git", "bin", "dist", "node_modules"}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(built, entry.Name()):
			return filepath.SkipDir
		case filepath.Ext(file) != ".md":
			return nil
		}
		page, err := filepath.Rel(root, file)
		all = append(all, filepath.ToSlash(page))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// deadLink says what is wrong with a link. It returns "" for one that works, and for one
// that leaves the repository.
func deadLink(link pages.Link) string {
	target, err := url.Parse(strings.TrimPrefix(link.Destination, hosted))
	if err != nil {
		return "is no address"
	}
	file := link.Page
	switch {
	case target.IsAbs():
		return ""
	case strings.HasPrefix(link.Destination, hosted):
		file = path.Clean(target.Path)
	case target.Path != "":
		file = path.Join(path.Dir(link.Page), target.Path)
	}
	if !filepath.IsLocal(file) {
		return "leads out of the repository"
	}
	about, err := os.Stat(filepath.Join(root, file))
	if err != nil {
		return "leads nowhere"
	}
	if target.Fragment == "" {
		return ""
	}
	if about.IsDir() {
		file = path.Join(file, "README.md")
	}
	known, err := pages.Anchors(root, file)
	if err != nil || !slices.Contains(known, target.Fragment) {
		return "leads to no heading of " + file
	}
	return ""
}

// TestLinks_FindsDeadOnes shows that the test above fails where it should.
func TestLinks_FindsDeadOnes(t *testing.T) {
	t.Parallel()
	for destination, want := range map[string]string{
		"https://kubernetes.io/docs":         "",
		"#pause":                             "",
		"#no-such-heading":                   "leads to no heading of docs/concepts.md",
		"spec/task.md":                       "",
		"spec/task.md#trigger":               "",
		"spec/task.md#no-such-heading":       "leads to no heading of docs/spec/task.md",
		"spec/tasks.md":                      "leads nowhere",
		"task.md":                            "leads nowhere",
		"../config/rbac":                     "",
		"../../elsewhere/README.md":          "leads out of the repository",
		"..#try-it":                          "",
		"..#no-such-heading":                 "leads to no heading of README.md",
		hosted + "docs/cli.md":               "",
		hosted + "docs/runbooks.md#no-alert": "leads to no heading of docs/runbooks.md",
	} {
		t.Run(destination, func(t *testing.T) {
			t.Parallel()
			if got := deadLink(pages.Link{Page: "docs/concepts.md", Line: 1, Destination: destination}); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// indexPage lists the documents, and is the navigation of the site.
const indexPage = "docs/README.md"

// TestIndex shows that the index lists every document once, but for the decisions, which
// have a list of their own.
func TestIndex(t *testing.T) {
	t.Parallel()
	found, err := pages.Links(root, indexPage)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(read(t, indexPage), "\n")
	entries := map[string]int{}
	for _, link := range found {
		if strings.HasPrefix(lines[link.Line-1], "- [") {
			entries[path.Join("docs", link.Destination)]++
		}
	}
	for _, page := range allPages(t) {
		decision := path.Dir(page) == "docs/adr" && path.Base(page) != "README.md"
		if page == indexPage || page == "README.md" || decision {
			continue
		}
		if n := entries[page]; n != 1 {
			t.Errorf("%s has %d entries in %s, want one", page, n, indexPage)
		}
	}
}
