package app

import (
	"bytes"
	"flag"
	"io"
	"strings"
	"testing"
)

// parse reads flags as the command does.
func parse(args ...string) (Config, error) {
	var cfg Config
	fs := flag.NewFlagSet("manager", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	cfg.AddFlags(fs)
	if err := fs.Parse(args); err != nil {
		return cfg, err
	}
	return cfg, cfg.Validate()
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		want string // part of the error; empty: none
	}{
		"defaults":                {},
		"several CIDRs":           {args: []string{"--http-allow-cidr=10.0.0.0/8,fd00::/8", "--http-allow-cidr=127.0.0.1/32"}},
		"an address is no CIDR":   {args: []string{"--http-allow-cidr=10.0.0.1"}, want: "10.0.0.0/8 or 127.0.0.1/32"},
		"no workers":              {args: []string{"--max-workers=0"}, want: "--max-workers must be at least 1, not 0"},
		"negative shutdown":       {args: []string{"--shutdown-timeout=-1s"}, want: "--shutdown-timeout must not be negative"},
		"renewing after the end":  {args: []string{"--leader-election-renew-deadline=20s"}, want: "must be shorter than --leader-election-lease-duration (15s)"},
		"retrying too seldom":     {args: []string{"--leader-election-retry-period=9s"}, want: "--leader-election-retry-period (9s)"},
		"a level that is no one":  {args: []string{"--log-level=loud"}, want: "write debug, info, warn or error"},
		"a flag that is not ours": {args: []string{"--leader-elct"}, want: "not defined"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(tc.args...)
			switch {
			case tc.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestRepeatedCIDRsAddUp(t *testing.T) {
	t.Parallel()
	cfg, err := parse("--http-allow-cidr=10.0.0.0/8,fd00::/8", "--http-allow-cidr=127.0.0.1/32")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cfg.HTTPAllow.String(), "10.0.0.0/8,fd00::/8,127.0.0.1/32"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLoggerDropsWhatIsBelowItsLevel(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger, err := NewLogger(&out, "warn")
	if err != nil {
		t.Fatal(err)
	}
	logger.Info("quiet")
	logger.Error(nil, "loud")
	if got := out.String(); strings.Contains(got, "quiet") || !strings.Contains(got, `"msg":"loud"`) {
		t.Errorf("logged %s", got)
	}
}

func TestResourceOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/api/v1/namespaces/ns/pods":                               "pods",
		"/api/v1/namespaces/ns/pods/p":                             "pods",
		"/apis/carillon.dev/v1alpha1/namespaces/ns/tasks/t/status": "tasks/status",
		"/apis/carillon.dev/v1alpha1/namespaces/ns/schedulers":     "schedulers",
		"/apis/events.k8s.io/v1/namespaces/ns/events":              "events",
		"/api/v1/namespaces/ns":                                    "namespaces",
		"/api":                                                     "other",
	} {
		if got := resourceOf(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}
