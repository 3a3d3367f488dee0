package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/config"
)

func TestHTTP_RejectsWhatCannotWork(t *testing.T) {
	t.Parallel()
	const pair = "clientCertFile: /c/tls.crt, clientKeyFile: /c/tls.key"
	for name, tc := range map[string]struct {
		http string
		want []string // parts of the error
	}{
		"a relative CA":               {"{caFile: ca.crt}", []string{"http.caFile", "an absolute path", "--http-ca-file"}},
		"a certificate without hosts": {"{" + pair + "}", []string{"http.clientCertHosts", "together", "--http-client-cert-host"}},
		"a certificate without a key": {"{clientCertFile: /c/tls.crt, clientCertHosts: [a.example]}", []string{"http.clientKeyFile", "together"}},
		"hosts without a certificate": {"{clientCertHosts: [a.example]}", []string{"http.clientCertFile", "http.clientKeyFile", "together"}},
		"a pattern of hosts":          {"{" + pair + ", clientCertHosts: [\"*.example\"]}", []string{"http.clientCertHosts[0]", "without patterns"}},
		"a URL as a host":             {"{" + pair + ", clientCertHosts: [\"https://a.example\"]}", []string{"http.clientCertHosts[0]", "hooks.internal.example:8443"}},
		"a port that is none":         {"{" + pair + ", clientCertHosts: [\"a.example:0\"]}", []string{"http.clientCertHosts[0]"}},
		"a proxy with a password":     {"{proxyURL: \"http://me:secret@proxy\"}", []string{"http.proxyURL", "no credentials", "--http-proxy-url"}},
		"a proxy without a scheme":    {"{proxyURL: \"proxy.example:3128\"}", []string{"http.proxyURL", "http://proxy.example:3128"}},
		"a proxy of another kind":     {"{proxyURL: \"socks5://proxy.example:1080\"}", []string{"http.proxyURL", "must be http"}},
		"a proxy with a path":         {"{proxyURL: \"http://proxy.example/secret\"}", []string{"http.proxyURL", "must be http"}},
		"exceptions without a proxy":  {"{noProxy: [.svc]}", []string{"http.proxyURL", "leave http.noProxy out"}},
		"an exception with a pattern": {"{proxyURL: \"http://proxy\", noProxy: [\"*\"]}", []string{"http.noProxy[0]", ".svc"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(t, head+"http: "+tc.http+"\n")
			if err == nil {
				t.Fatal("it is accepted")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %q, want one with %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

func TestHTTP_Hosts(t *testing.T) {
	t.Parallel()
	got, err := config.Hosts{"Hooks.Example", "hooks.example.:8443", "10.0.0.1", "[fd00::1]:8443", "fd00::1"}.Addresses()
	want := []string{"hooks.example:443", "hooks.example:8443", "10.0.0.1:443", "[fd00::1]:8443", "[fd00::1]:443"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Addresses: %v (-want +got):\n%s", err, diff)
	}
}

func TestHTTP_Proxy(t *testing.T) {
	t.Parallel()
	cfg, err := parse(t, head+"http: {proxyURL: \"http://proxy.example:3128/\", noProxy: [.svc, 10.0.0.0/8, api.example, 10.0.0.1]}\n")
	if err != nil {
		t.Fatal(err)
	}
	if proxy, err := cfg.HTTP.Proxy(); err != nil || proxy.String() != "http://proxy.example:3128" {
		t.Errorf("Proxy = %v, %v", proxy, err)
	}
	if proxy, err := config.Default().HTTP.Proxy(); err != nil || proxy != nil {
		t.Errorf("Proxy = %v, %v by default, want none", proxy, err)
	}
}
