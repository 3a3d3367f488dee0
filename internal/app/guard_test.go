package app

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/egress"
	"github.com/carillon-dev/carillon/manager/config"
)

// The manager and its node are out of reach of http actions, by what the Pod is told.
func TestGuard_RefusesTheManagerAndItsNode(t *testing.T) {
	t.Setenv(envPodIPs, "10.244.0.7,fd00:10::7")
	t.Setenv(envHostIPs, "192.0.2.7")
	g, err := newGuard(config.Default())
	if err != nil {
		t.Fatal(err)
	}
	g.SetAPIServers(nil)
	for address, want := range map[string]string{
		"10.244.0.7:8443": "it is the manager itself", "[fd00:10::7]:8081": "it is the manager itself",
		"192.0.2.7:10250": "it is the manager's node", "10.244.0.8:8443": "",
	} {
		err := g.Check(netip.MustParseAddrPort(address))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
	t.Setenv(envPodIPs, "none")
	if _, err := newGuard(config.Default()); err == nil || !strings.Contains(err.Error(), "POD_IPS") {
		t.Errorf("an address that is none: %v", err)
	}
}

func TestRules_AreThoseOfTheConfiguration(t *testing.T) {
	t.Parallel()
	cfg := config.Default()
	cfg.HTTP.Rules = config.HTTPRules{{Namespaces: []string{"team-a"}, Hosts: []string{"hooks.example"}, CIDRs: config.CIDRs{"192.0.2.0/24"}, Ports: []int32{443}}}
	rules, err := newRules(cfg)
	if err != nil {
		t.Fatal(err)
	}
	policy := rules.For("team-a")
	public, listed := []netip.Addr{netip.MustParseAddr("198.51.100.1")}, []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	if policy.CheckPort(443) != nil || policy.CheckPort(80) == nil || policy.Check(egress.Host{}, listed) != nil || policy.Check(egress.Host{}, public) == nil ||
		policy.Check(egress.Host{Name: "hooks.example"}, public) != nil {
		t.Error("the rule is not that of the configuration")
	}
	cfg.HTTP.Rules[0].Ports = []int32{443, 25}
	if _, err := newRules(cfg); err == nil || !strings.Contains(err.Error(), "http.rules[0].ports[1]: Invalid value: 25: is the port of another protocol") {
		t.Errorf("a bad port: %v", err)
	}
}

func TestClusterDomain(t *testing.T) {
	t.Parallel()
	for conf, want := range map[string]string{
		"search carillon-system.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n": "cluster.local",
		"search a.svc.k8s.corp svc.k8s.corp. k8s.corp corp":                                                                  "k8s.corp",
		"search corp.example\n":        "",
		"# search svc.cluster.local\n": "",
		"":                             "",
	} {
		if got := clusterDomain(conf); got != want {
			t.Errorf("%q: %q, want %q", conf, got, want)
		}
	}
}
