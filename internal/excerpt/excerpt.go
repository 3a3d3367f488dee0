// Package excerpt makes foreign text fit for a status message: what a container,
// a server or a function wrote is shortened to one printable line.
package excerpt

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ellipsis ends a text that goes on.
const ellipsis = "…"

// Of returns the beginning of text as one line of at most limit bytes: runs of
// white space become one blank, other characters that cannot be printed, and
// bytes that are no UTF-8, are left out. A text that was cut ends with "…".
func Of(text string, limit int) string {
	var b strings.Builder
	blank := false
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			blank = b.Len() > 0
			continue
		case r == utf8.RuneError || !unicode.IsPrint(r):
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(r)
		if b.Len() > limit {
			return cut(b.String(), limit)
		}
	}
	return b.String()
}

// cut shortens a text to limit bytes, between two characters.
func cut(text string, limit int) string {
	end := max(limit-len(ellipsis), 0)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.TrimRight(text[:end], " ") + ellipsis
}
