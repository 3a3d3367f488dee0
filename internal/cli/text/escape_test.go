package text_test

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/carillon-dev/carillon/internal/cli/text"
)

func TestEscape(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ in, want string }{
		"plain":                 {"Sends é, 漢字 and 🎉.\n\tEvery day.", "Sends é, 漢字 and 🎉.\n\tEvery day."},
		"clear the screen":      {"a\x1b[2Jb", `a\x1b[2Jb`},
		"the clipboard":         {"\x1b]52;c;aGk=\x07", `\x1b]52;c;aGk=\x07`},
		"back over the line":    {"Failed\rState: Succeeded\b", `Failed\x0dState: Succeeded\x08`},
		"eight bits":            {"\u009b2J\u0085", `\u009b2J\u0085`},
		"a byte of eight bits":  {"a\x9b2J", `a\x9b2J`},
		"deleted":               {"\x7f", `\x7f`},
		"the other direction":   {"\u202ecod.exe\u2066", `\u202ecod.exe\u2066`},
		"a replaced character":  {"\ufffd", "\ufffd"},
		"an emoji that is made": {"👩\u200d💻", "👩\u200d💻"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if n, err := text.Escape(&out).Write([]byte(tc.in)); n != len(tc.in) || err != nil || out.String() != tc.want {
				t.Errorf("wrote %q, %d, %v, want %q", out.String(), n, err, tc.want)
			}
		})
	}
}

// Whatever is written, a terminal is sent no control character but ends of lines and tabs.
func TestEscape_LeavesNoControlCharacter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		got := text.Visible(string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text"))
		for _, r := range got {
			if unicode.IsControl(r) && r != '\n' && r != '\t' {
				t.Fatalf("%q holds %q", got, r)
			}
		}
		if text.Visible(got) != got {
			t.Fatalf("%q is escaped twice", got)
		}
	})
}
