package egress_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/egress"
)

// rules are those of a cluster of three teams. team-c has no rule.
var rules = egress.New([]egress.Rule{
	{
		Namespaces: []string{"team-a"}, Hosts: []string{"*.team-a.svc", "hooks.example", "*.api.example", "metrics.monitoring.svc"},
		CIDRs: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16")}, Ports: []uint16{443, 5000},
	},
	{Namespaces: []string{"team-a", "team-b*"}, Hosts: []string{"*"}},
	{Namespaces: []string{"private-*"}, CIDRs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
}, "")

func TestCheck(t *testing.T) {
	t.Parallel()
	const (
		first   = `http.rules[0] of the manager's configuration, which is for namespace "team-a",`
		second  = `http.rules[1] of the manager's configuration, which is for namespace "team-b",`
		neither = " lists neither the host in hosts nor the address in cidrs"
		private = "the address is private, and "
		service = `it is in namespace "team-a", and ` + second + " lists neither it in hosts nor its address in cidrs"
	)
	tests := map[string]struct {
		namespace, host, canonical string
		leads                      string // addresses; empty: one that is public
		want                       string // part of the error; empty: allowed
	}{
		"a listed host":                         {namespace: "team-a", host: "hooks.example"},
		"a listed host, written otherwise":      {namespace: "team-a", host: "Hooks.Example."},
		"a listed host at a private address":    {namespace: "team-a", host: "hooks.example", leads: "10.1.2.3"},
		"below a listed domain":                 {namespace: "team-a", host: "v1.api.example"},
		"the listed domain itself":              {namespace: "team-a", host: "api.example", want: first + neither},
		"a host that ends like it":              {namespace: "team-a", host: "evilapi.example", want: first + neither},
		"another host":                          {namespace: "team-a", host: "evil.example", want: first + neither},
		"another host at a listed address":      {namespace: "team-a", host: "evil.example", leads: "10.20.1.1"},
		"a listed address":                      {namespace: "team-a", leads: "10.20.1.1"},
		"another address":                       {namespace: "team-a", leads: "10.21.1.1", want: first + neither},
		"a Service that is listed":              {namespace: "team-a", host: "metrics.monitoring.svc.cluster.local", leads: "10.96.0.9"},
		"a Service that is completed":           {namespace: "team-a", host: "metrics.monitoring", canonical: "metrics.monitoring.svc.cluster.local.", leads: "10.96.0.9"},
		"a Service that is not listed":          {namespace: "team-a", host: "db.monitoring.svc", leads: "10.96.0.9", want: `it is in namespace "monitoring"`},
		"an alias of a Service that is not":     {namespace: "team-a", host: "x.team-a.svc", canonical: "db.monitoring.svc.cluster.local.", leads: "10.96.0.9", want: `it is in namespace "monitoring"`},
		"an alias of a host that is not":        {namespace: "team-a", host: "x.team-a.svc", canonical: "evil.example.", leads: "10.96.0.9", want: first + neither},
		"the rule before decides":               {namespace: "team-a", host: "public.example", want: first},
		"any public host":                       {namespace: "team-b", host: "public.example"},
		"any public host, by an alias":          {namespace: "team-b", host: "public.example", canonical: "edge.cdn.example."},
		"any public address":                    {namespace: "team-b"},
		"a namespace by its beginning":          {namespace: "team-b2", host: "public.example"},
		"its own Service":                       {namespace: "team-b", host: "db.team-b.svc", leads: "10.96.0.9"},
		"a Pod of a Service of its own":         {namespace: "team-b", host: "db-0.db.team-b.svc.cluster.local", leads: "10.244.0.9"},
		"a Service of another":                  {namespace: "team-b", host: "db.team-a.svc", leads: "10.96.0.9", want: service},
		"a Service of another, in full":         {namespace: "team-b", host: "db.team-a.svc.cluster.local.", leads: "10.96.0.9", want: service},
		"a Service of another, completed":       {namespace: "team-b", host: "db.team-a", canonical: "db.team-a.svc.cluster.local.", leads: "10.96.0.9", want: service},
		"a public Service of another":           {namespace: "team-b", host: "db.team-a.svc", want: service},
		"a Pod of another":                      {namespace: "team-b", host: "10-244-0-9.team-a.pod.cluster.local", leads: "10.244.0.9", want: service},
		"an alias of a Service of another":      {namespace: "team-b", host: "x.team-b.svc", canonical: "db.team-a.svc.cluster.local.", leads: "10.96.0.9", want: service},
		"an alias that leads outside":           {namespace: "team-b", host: "x.team-b.svc", canonical: "evil.example.", leads: "10.96.0.9", want: private + second + neither},
		"a private address":                     {namespace: "team-b", leads: "10.96.0.9", want: private + second + neither},
		"a shared address":                      {namespace: "team-b", leads: "100.64.0.9", want: private},
		"a private IPv6 address":                {namespace: "team-b", leads: "fd00::9", want: private},
		"a private address in a public one":     {namespace: "team-b", leads: "64:ff9b::a60:9 10.96.0.9", want: private},
		"a public name of a private address":    {namespace: "team-b", host: "rebound.example", leads: "10.96.0.9", want: private},
		"a name that looks like its Service":    {namespace: "team-b", host: "db.team-b.svc.evil.example", leads: "10.96.0.9", want: private},
		"addresses alone, and a public host":    {namespace: "private-x", host: "public.example", want: "http.rules[2]"},
		"addresses alone, and one of them":      {namespace: "private-x", host: "public.example", leads: "10.1.1.1"},
		"a namespace that begins in that way":   {namespace: "team-a2", host: "hooks.example", want: `no rule in http.rules of the manager's configuration is for namespace "team-a2"`},
		"a namespace that no rule is for":       {namespace: "team-c", host: "hooks.example", want: `is for namespace "team-c"`},
		"a private address of nobody's concern": {namespace: "team-c", leads: "10.1.1.1", want: "no rule"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := rules.For(tc.namespace)
			err := policy.CheckPort(443)
			if err == nil {
				err = policy.Check(egress.Host{Name: tc.host, Canonical: tc.canonical}, addresses(tc.leads))
			}
			switch {
			case tc.want == "" && err != nil:
				t.Errorf("it is refused: %v", err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("Check = %v, want an error with %s", err, tc.want)
			}
		})
	}
}

func addresses(text string) (all []netip.Addr) {
	if text == "" {
		text = "192.0.2.7"
	}
	for word := range strings.FieldsSeq(text) {
		all = append(all, netip.MustParseAddr(word))
	}
	return all
}

func TestCheckPort(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		rules     *egress.Rules
		namespace string
		port      uint16
		want      string // part of the error; empty: allowed
	}{
		"any port without rules":   {nil, "team-a", 5432, ""},
		"a bad port without rules": {nil, "team-a", 25, "refusing to connect to port 25: it is the port of another protocol"},
		"a bad port with rules":    {rules, "team-b", 22, "port of another protocol"},
		"a port of a rule":         {rules, "team-a", 5000, ""},
		"a default port it lacks":  {rules, "team-a", 80, `http.rules[0] of the manager's configuration, which is for namespace "team-a", allows the ports 443, 5000 alone`},
		"a default port":           {rules, "team-b", 8080, ""},
		"no default port":          {rules, "team-b", 9090, "allows the ports 80, 443, 8080, 8443 alone"},
		"no rule":                  {rules, "team-c", 443, `no rule in http.rules of the manager's configuration is for namespace "team-c"`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tc.rules.For(tc.namespace).CheckPort(tc.port)
			switch {
			case tc.want == "" && err != nil:
				t.Errorf("it is refused: %v", err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("CheckPort = %v, want an error with %s", err, tc.want)
			}
		})
	}
}

// A cluster may have another domain; the usual one is then a name like any other.
func TestDomain(t *testing.T) {
	t.Parallel()
	policy := egress.New([]egress.Rule{{Namespaces: []string{"*"}}}, "k8s.corp.").For("team-a")
	for host, allowed := range map[string]bool{
		"db.team-a.svc": true, "db.team-a.svc.k8s.corp": true, "db.team-a.svc.cluster.local": false, "db.team-b.svc.k8s.corp": false,
	} {
		if err := policy.Check(egress.Host{Name: host}, addresses("10.96.0.9")); (err == nil) != allowed {
			t.Errorf("%s: %v, want it allowed: %t", host, err, allowed)
		}
	}
}
