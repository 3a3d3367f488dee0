package payload

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseStatuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text      string
		want      Statuses
		wantError string
	}{
		"unset":            {"", Statuses{{First: 200, Last: 299}}, ""},
		"one":              {"204", Statuses{{First: 204, Last: 204}}, ""},
		"range":            {"200-299", Statuses{{First: 200, Last: 299}}, ""},
		"list":             {"200,404-410", Statuses{{First: 200, Last: 200}, {First: 404, Last: 410}}, ""},
		"both ends":        {"200-599", Statuses{{First: 200, Last: 599}}, ""},
		"below":            {"199", nil, `"199"`},
		"above":            {"600", nil, `"600"`},
		"backwards":        {"200,299-200", nil, `"299-200"`},
		"open":             {"200-", nil, `"200-"`},
		"empty part":       {"200,", nil, `""`},
		"a class":          {"2xx", nil, `"2xx"`},
		"blank":            {"200, 204", nil, `" 204"`},
		"sign":             {"+20", nil, `"+20"`},
		"leading zero":     {"0200", nil, `"0200"`},
		"three-part range": {"200-204-206", nil, `"200-204-206"`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseStatuses(tc.text)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("ParseStatuses(%q) (-want +got):\n%s", tc.text, diff)
			}
			switch {
			case tc.wantError == "" && err != nil:
				t.Errorf("ParseStatuses(%q): %v", tc.text, err)
			case tc.wantError != "" && (err == nil || !strings.Contains(err.Error(), tc.wantError)):
				t.Errorf("ParseStatuses(%q) = %v, want an error with %s", tc.text, err, tc.wantError)
			}
		})
	}
}

func TestStatusesReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var set Statuses
		for range rapid.IntRange(1, 5).Draw(t, "ranges") {
			first := rapid.IntRange(200, 599).Draw(t, "first")
			set = append(set, StatusRange{First: first, Last: rapid.IntRange(first, 599).Draw(t, "last")})
		}
		got, err := ParseStatuses(set.String())
		if err != nil {
			t.Fatalf("ParseStatuses(%q): %v", set, err)
		}
		if diff := cmp.Diff(set, got); diff != "" {
			t.Fatalf("%q read back (-want +got):\n%s", set, diff)
		}
		code := rapid.IntRange(100, 699).Draw(t, "code")
		want := false
		for _, r := range set {
			want = want || code >= r.First && code <= r.Last
		}
		if set.Contains(code) != want {
			t.Fatalf("(%q).Contains(%d) = %v", set, code, !want)
		}
	})
}
