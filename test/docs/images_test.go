package docs_test

import (
	"encoding/xml"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/internal/testutil/pages"
)

// TestImages shows that the images can be drawn and have a title for those who cannot see
// them, and that each is on a page.
func TestImages(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "docs/images/*.svg"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found %q (%v), want images", files, err)
	}
	var shown []string
	for _, page := range everyPage(t) {
		found, err := pages.Links(root, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range found {
			shown = append(shown, filepath.Base(link.Destination))
		}
	}
	for _, file := range files {
		name := filepath.Base(file)
		var image struct {
			XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
			ViewBox string   `xml:"viewBox,attr"`
			Title   string   `xml:"title"`
		}
		if err := xml.Unmarshal([]byte(read(t, "docs/images/"+name)), &image); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if image.ViewBox == "" || strings.TrimSpace(image.Title) == "" {
			t.Errorf("%s has the viewBox %q and the title %q, want both", name, image.ViewBox, image.Title)
		}
		if !slices.Contains(shown, name) {
			t.Errorf("%s is on no page", name)
		}
	}
}
