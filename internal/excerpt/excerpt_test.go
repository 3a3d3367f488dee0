package excerpt

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestOf(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text  string
		limit int
		want  string
	}{
		"short":               {"all good", 20, "all good"},
		"exactly the limit":   {"12345678", 8, "12345678"},
		"cut":                 {"123456789", 8, "12345…"},
		"cut at a blank":      {"1234 6789", 8, "1234…"},
		"lines":               {"\n one\r\n\ttwo  three\n", 20, "one two three"},
		"escape sequences":    {"\x1b[31mred\x1b[0m\x00", 20, "[31mred[0m"},
		"no UTF-8":            {"a\xff\xfeb", 20, "ab"},
		"wide characters":     {"ääääää", 8, "ää…"},
		"empty":               {"", 8, ""},
		"no printable at all": {"\x00\x01\n", 8, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Of(tc.text, tc.limit); got != tc.want {
				t.Errorf("Of(%q, %d) = %q, want %q", tc.text, tc.limit, got, tc.want)
			}
		})
	}
}

func TestOfIsOnePrintableBoundedLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		limit := rapid.IntRange(3, 40).Draw(t, "limit")
		got := Of(text, limit)
		if len(got) > limit || !utf8.ValidString(got) || got != strings.TrimSpace(got) {
			t.Fatalf("Of(%q, %d) = %q", text, limit, got)
		}
		for _, r := range got {
			if !unicode.IsPrint(r) {
				t.Fatalf("Of(%q, %d) = %q holds %q", text, limit, got, r)
			}
		}
	})
}
