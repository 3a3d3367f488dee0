package docs_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// maxWidth is how wide a line of prose may be: pages wrap at 100, and the last word may stand out.
const maxWidth = 105

// words are what a line can be broken between: code and links stay whole.
var words = regexp.MustCompile("`[^`]*`|!?\\[[^]]*\\]\\([^)]*\\)|\\S+")

// TestPages_WrapProse: a change of a sentence shows as a change of a line, and a page can be read
// in a terminal. Code, tables, headings and generated pages are as wide as they are.
func TestPages_WrapProse(t *testing.T) {
	t.Parallel()
	for _, page := range allPages(t) {
		if strings.HasPrefix(page, "docs/reference/") {
			continue
		}
		inCode := false
		for number, line := range strings.Split(read(t, page), "\n") {
			text := strings.TrimSpace(line)
			if strings.HasPrefix(text, "```") {
				inCode = !inCode
				continue
			}
			isProse := !inCode && !strings.HasPrefix(line, "    ") && text != "" && !strings.ContainsAny(text[:1], "|#<")
			if width := utf8.RuneCountInString(line); isProse && width > maxWidth && len(words.FindAllString(text, 3)) > 2 {
				t.Errorf("%s:%d: wrap the line at 100 characters: it has %d", page, number+1, width)
			}
		}
	}
}
