package text

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Escape returns a writer for people. Much of what they are shown was written by somebody
// else: what a terminal would obey is shown as \x1b is instead, but for ends of lines and
// tabs.
func Escape(w io.Writer) io.Writer { return escaper{w} }

type escaper struct{ w io.Writer }

// Write implements io.Writer.
func (e escaper) Write(data []byte) (int, error) {
	if _, err := io.WriteString(e.w, Visible(string(data))); err != nil {
		return 0, err //nolint:wrapcheck // writing to the terminal
	}
	return len(data), nil
}

// Visible returns a text without what a terminal would obey: control characters but for ends
// of lines and tabs, characters that change the direction of the text, and bytes that are no
// UTF-8.
func Visible(text string) string {
	if strings.IndexFunc(text, isHarmful) < 0 {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case !isHarmful(r):
			b.WriteRune(r)
		case r == utf8.RuneError:
			if _, size := utf8.DecodeRuneInString(text[i:]); size > 1 { // it stands there itself
				b.WriteRune(r)
			} else {
				fmt.Fprintf(&b, `\x%02x`, text[i])
			}
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// isHarmful reports whether a character has to be looked at.
func isHarmful(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r < ' ', 0x7f <= r && r <= 0x9f, r == utf8.RuneError:
		return true
	default: // marks, embeddings and isolates of directions
		return r == 0x061c || r == 0x200e || r == 0x200f || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
	}
}

// Line returns a text as one line, for a cell of a table and for what must not begin a line
// of its own.
func Line(text string) string { return strings.Join(strings.Fields(text), " ") }
