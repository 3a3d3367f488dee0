package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/manager/config"
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
		"another excerpt":             {"{responseExcerpt: some}", []string{"http.responseExcerpt", `"none", "failures", "always"`, "--http-response-excerpt"}},
		"a NAT64 prefix of IPv4":      {"{nat64Prefixes: [10.0.0.0/8]}", []string{"http.nat64Prefixes[0]", "must be an IPv6 prefix of 32", "--http-nat64-prefix"}},
		"a NAT64 prefix of 33 bits":   {"{nat64Prefixes: [\"2001:db8::/33\"]}", []string{"http.nat64Prefixes[0]", "2001:db8:64::/96"}},
		"a rule for nobody":           {"{rules: [{hosts: [a.example]}]}", []string{"http.rules[0].namespaces", `["*"] for all`, "--http-rule"}},
		"a rule for a pattern":        {"{rules: [{namespaces: [\"*-a\"]}]}", []string{"http.rules[0].namespaces[0]", "such as team-*"}},
		"a rule that is never used":   {"{rules: [{namespaces: [\"team-*\"]}, {namespaces: [b, team-a]}]}", []string{"http.rules[1].namespaces[1]", "http.rules[0] is for it already"}},
		"a rule for an address":       {"{rules: [{namespaces: [a], hosts: [10.1.2.3]}]}", []string{"http.rules[0].hosts[0]", "write it into cidrs"}},
		"a rule for a host and port":  {"{rules: [{namespaces: [a], hosts: [\"a.example:443\"]}]}", []string{"http.rules[0].hosts[0]", "without a port"}},
		"a rule for half a host":      {"{rules: [{namespaces: [a], hosts: [\"a*.example\"]}]}", []string{"http.rules[0].hosts[0]", "*.team-a.svc"}},
		"a rule for no range":         {"{rules: [{namespaces: [a], cidrs: [10.1.2.3]}]}", []string{"http.rules[0].cidrs[0]", "10.0.0.0/8"}},
		"a rule for no port":          {"{rules: [{namespaces: [a], ports: [65536]}]}", []string{"http.rules[0].ports[0]", "from 1 to 65535"}},
		"a rule with an action":       {"{rules: [{namespaces: [a], action: deny}]}", []string{"action"}},
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

// Rules of flags replace those of a file, and are read as strictly.
func TestHTTP_RuleFlags(t *testing.T) {
	t.Parallel()
	cfg, err := parse(t, head+"http: {rules: [{namespaces: [c]}]}\n",
		"--http-rule={namespaces: [team-a], hosts: [hooks.example, '*.team-a.svc'], ports: [443]}", "--http-rule={namespaces: ['*'], cidrs: [10.0.0.0/8]}")
	if err != nil {
		t.Fatal(err)
	}
	want := config.HTTPRules{
		{Namespaces: []string{"team-a"}, Hosts: []string{"hooks.example", "*.team-a.svc"}, Ports: []int32{443}},
		{Namespaces: []string{"*"}, CIDRs: config.CIDRs{"10.0.0.0/8"}},
	}
	if diff := cmp.Diff(want, cfg.HTTP.Rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	for flag, want := range map[string]string{
		"--http-rule=team-a":                           "write a rule such as {namespaces: [team-a]",
		"--http-rule={namespaces: [a], action: allow}": "unknown field",
	} {
		if _, err := parse(t, head, flag); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", flag, err, want)
		}
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
