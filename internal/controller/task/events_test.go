package task

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNotesAreCutToWhatTheAPIServerTakes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		note    string
		wantCut bool
	}{
		"short":                    {note: "short"},
		"just fits":                {note: strings.Repeat("a", 1024)},
		"one byte too long":        {note: strings.Repeat("a", 1025), wantCut: true},
		"cut within a character":   {note: strings.Repeat("ü", 600), wantCut: true},
		"cut within a longer one":  {note: "a" + strings.Repeat("世", 400), wantCut: true},
		"cut within the next byte": {note: "aa" + strings.Repeat("世", 400), wantCut: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := cut(tc.note)
			if len(got) > maxNote || !utf8.ValidString(got) {
				t.Errorf("%d bytes, valid %t", len(got), utf8.ValidString(got))
			}
			if wasCut := got != tc.note; wasCut != tc.wantCut || wasCut && !strings.HasSuffix(got, "…") {
				t.Errorf("cut %t, want %t: %q", wasCut, tc.wantCut, got)
			}
		})
	}
}
