package level

import (
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	debian := Host{Root: true, UsesAPT: true, MissingPackages: []string{"containerd"}}
	for name, tc := range map[string]struct {
		wanted  string
		host    Host
		want    Level
		wantWhy string // part of the reason or of the error
	}{
		"root on Debian":                     {host: debian, want: Full, wantWhy: "can run"},
		"root elsewhere, nothing missing":    {host: Host{Root: true}, want: Full, wantWhy: "can run"},
		"root elsewhere, containerd missing": {host: Host{Root: true, MissingPackages: []string{"containerd"}}, want: Simulated, wantWhy: "containerd"},
		"a user":                             {host: Host{UsesAPT: true}, want: Simulated, wantWhy: "root"},
		"root without control groups":        {host: Host{Root: true, Problems: []string{"no control groups"}}, want: Simulated, wantWhy: "no control groups"},
		"full by a user":                     {wanted: "full", host: Host{}, wantWhy: "root"},
		"full by root":                       {wanted: "full", host: debian, want: Full, wantWhy: "asked"},
		"simulated by root":                  {wanted: "simulated", host: debian, want: Simulated, wantWhy: "asked"},
		"another word":                       {wanted: "Full", host: debian, wantWhy: `unknown level "Full"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, why, err := Choose(tc.wanted, tc.host)
			if err != nil {
				why = err.Error()
			}
			if got != tc.want || (err != nil) != (tc.want == "") {
				t.Errorf("Choose() = %q, %v, want %q", got, err, tc.want)
			}
			if !strings.Contains(why, tc.wantWhy) {
				t.Errorf("reason %q does not mention %q", why, tc.wantWhy)
			}
		})
	}
}
