package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// Link is a link or an image of a document.
type Link struct {
	// Page is the path of its document, below the root of the repository.
	Page string
	// Line is where it is, from 1.
	Line int
	// Destination is what it leads to, as it is written.
	Destination string
}

// String is where it is.
func (l Link) String() string { return fmt.Sprintf("%s:%d", l.Page, l.Line) }

// Links returns the links of a document in their order. Those in code are none.
func Links(root, page string) ([]Link, error) {
	text, err := os.ReadFile(filepath.Join(root, page)) //nolint:gosec // for tests, which name the page
	if err != nil {
		return nil, err
	}
	return links(page, string(text)), nil
}

// Anchors returns the names by which the headings of a document are linked to, as code
// hosts make them of the text.
func Anchors(root, page string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(root, page)) //nolint:gosec // for tests, which name the page
	if err != nil {
		return nil, err
	}
	return anchors(string(text)), nil
}

var (
	inlineCode = regexp.MustCompile("`[^`]*`")
	// A link ends in (destination), or (destination "title"); its text may span lines. A
	// definition is [name]: destination.
	destination = regexp.MustCompile(`\]\(([^()\s]+)(?:\s+"[^"]*")?\)|(?m:^\[[^\]]+\]:\s+(\S+))`)
	heading     = regexp.MustCompile(`^#{1,6}\s+(.*?)\s*#*$`)
	linkText    = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
)

func links(page, text string) (all []Link) {
	// The text keeps its lines, so that they can be counted.
	text = inlineCode.ReplaceAllStringFunc(withoutBlocks(text), func(code string) string {
		return strings.Repeat("\n", strings.Count(code, "\n"))
	})
	for _, at := range destination.FindAllStringSubmatchIndex(text, -1) {
		from, to := at[2], at[3]
		if from < 0 {
			from, to = at[4], at[5]
		}
		all = append(all, Link{Page: page, Line: 1 + strings.Count(text[:from], "\n"), Destination: text[from:to]})
	}
	return all
}

func anchors(text string) (all []string) {
	seen := map[string]int{}
	for line := range strings.SplitSeq(withoutBlocks(text), "\n") {
		title := heading.FindStringSubmatch(line)
		if title == nil {
			continue
		}
		name := anchor(title[1])
		again := seen[name]
		seen[name]++
		if again > 0 {
			name = fmt.Sprintf("%s-%d", name, again)
		}
		all = append(all, name)
	}
	return all
}

// anchor returns the name of a heading: its text in lower case, with hyphens for spaces
// and without punctuation.
func anchor(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, linkText.ReplaceAllString(title, "$1"))
}

// withoutBlocks returns a text with empty lines in place of fenced blocks.
func withoutBlocks(text string) string {
	lines, inside := strings.Split(text, "\n"), false
	for i, line := range lines {
		marks := fence.MatchString(line)
		if inside || marks {
			lines[i] = ""
		}
		if marks {
			inside = !inside
		}
	}
	return strings.Join(lines, "\n")
}
