package app

import (
	"fmt"
	"net/netip"
	"os"
	"strings"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/egress"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
)

// Variables by which the manifests pass the manager its addresses and those of its node,
// separated by commas. Without them these are not refused.
const (
	envPodIPs  = "POD_IPS"
	envHostIPs = "HOST_IPS"
)

// newGuard keeps http actions from what is configured, from the manager and from its node.
// It refuses everything until an addressRefresh has set the addresses of the API server.
func newGuard(cfg *Config) (*guard.Guard, error) {
	all := guard.Config{AwaitAPIServers: true}
	for _, list := range []struct {
		field string
		read  func() ([]netip.Prefix, error)
		into  *[]netip.Prefix
	}{
		{"http.allowCIDRs", cfg.HTTP.AllowCIDRs.Prefixes, &all.Allow},
		{"http.denyCIDRs", cfg.HTTP.DenyCIDRs.Prefixes, &all.Deny},
		{"http.nat64Prefixes", cfg.HTTP.NAT64Prefixes.Prefixes, &all.NAT64},
	} {
		prefixes, err := list.read()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", list.field, err)
		}
		*list.into = prefixes
	}
	var err error
	if all.Own, err = addressesIn(envPodIPs); err != nil {
		return nil, err
	}
	if all.Nodes, err = addressesIn(envHostIPs); err != nil {
		return nil, err
	}
	return guard.New(all), nil
}

// addressesIn returns the addresses in a variable of the environment.
func addressesIn(variable string) (all []netip.Addr, err error) {
	for text := range strings.SplitSeq(os.Getenv(variable), ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("the variable %s must hold addresses, separated by commas, as the field status.podIPs or status.hostIPs does: %w", variable, err)
		}
		all = append(all, addr)
	}
	return all, nil
}

// resolvConf says which domains the resolver completes names with.
const resolvConf = "/etc/resolv.conf"

// newRules returns the rules for what each namespace may reach.
func newRules(cfg *Config) (*egress.Rules, error) {
	rules := make([]egress.Rule, 0, len(cfg.HTTP.Rules))
	for i := range cfg.HTTP.Rules {
		configured := &cfg.HTTP.Rules[i]
		rule := egress.Rule{Namespaces: configured.Namespaces, Hosts: configured.Hosts}
		var err error
		if rule.CIDRs, err = configured.CIDRs.Prefixes(); err != nil {
			return nil, fmt.Errorf("http.rules[%d].cidrs: %w", i, err)
		}
		for j, port := range configured.Ports {
			number := uint16(port) //nolint:gosec // it has been validated
			if egress.IsBadPort(number) {
				return nil, fmt.Errorf("http.rules[%d].ports[%d]: Invalid value: %d: is the port of another protocol, which no request is sent to: leave it out", i, j, port)
			}
			rule.Ports = append(rule.Ports, number)
		}
		rules = append(rules, rule)
	}
	content, err := os.ReadFile(resolvConf)
	if err != nil {
		content = nil // outside a cluster; the usual domain holds then
	}
	return egress.New(rules, clusterDomain(string(content))), nil
}

// clusterDomain returns the domain of the cluster by the search domains that the kubelet
// gives a Pod, such as svc.cluster.local; empty if there are none.
func clusterDomain(conf string) string {
	for line := range strings.Lines(conf) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] != "search" {
			continue
		}
		for _, word := range words[1:] {
			if domain, found := strings.CutPrefix(word, "svc."); found {
				return strings.TrimSuffix(domain, ".")
			}
		}
	}
	return ""
}
