// Package egress decides which servers the http actions of a namespace may reach.
//
// Requests of all namespaces leave from one address, that of the manager, so that no
// NetworkPolicy tells them apart. The rules here do. They come on top of the package guard,
// which keeps every namespace from the same addresses.
package egress

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// DefaultPorts are the ports of a rule that lists none.
var DefaultPorts = []uint16{80, 443, 8080, 8443}

// AnyHost in the hosts of a rule is every host but the Services of other namespaces and
// those with a private address.
const AnyHost = "*"

// Rule says what the http actions of some namespaces may reach. Everything that it does not
// list is refused.
type Rule struct {
	// Namespaces are names of namespaces, or beginnings of names with a * after them.
	Namespaces []string
	// Hosts are names of hosts, *. and a domain for all hosts below it, or AnyHost. The
	// addresses that the names lead to do not matter. Empty without CIDRs: AnyHost.
	Hosts []string
	// CIDRs are addresses that may be reached by any name, or by none.
	CIDRs []netip.Prefix
	// Ports are the ports that may be reached. Empty: DefaultPorts.
	Ports []uint16
}

// Rules is a list of rules. The first that is for a namespace decides for it; a namespace
// that no rule is for reaches nothing. Without any rule nothing is refused but bad ports.
type Rules struct {
	rules  []Rule
	domain string
}

// New returns rules for a cluster whose Services have names that end in .svc and domain,
// which defaults to cluster.local.
func New(rules []Rule, domain string) *Rules {
	if domain == "" {
		domain = "cluster.local"
	}
	return &Rules{rules: rules, domain: plain(domain)}
}

// For returns what holds for a namespace.
func (r *Rules) For(namespace string) *Policy {
	p := &Policy{namespace: namespace}
	if r == nil || len(r.rules) == 0 {
		return p
	}
	p.on, p.domain = true, r.domain
	p.index = slices.IndexFunc(r.rules, func(rule Rule) bool { return slices.ContainsFunc(rule.Namespaces, p.isOf) })
	if p.index >= 0 {
		p.rule = r.rules[p.index]
	}
	return p
}

// Policy is what holds for the http actions of one namespace.
type Policy struct {
	namespace string
	on        bool
	index     int // of the rule; negative if there is none
	rule      Rule
	domain    string
}

// isOf reports whether a rule for the given namespaces is for this one.
func (p *Policy) isOf(pattern string) bool {
	if prefix, found := strings.CutSuffix(pattern, "*"); found {
		return strings.HasPrefix(p.namespace, prefix)
	}
	return pattern == p.namespace
}

// Error says what was refused, and which rule refuses it.
type Error struct {
	// What is the server that was to be reached.
	What string
	// Why says which rule refuses it.
	Why string
}

// Error implements error.
func (e *Error) Error() string { return "refusing to connect to " + e.What + ": " + e.Why }

// NeedsName reports whether Check has to know the canonical name of a host.
func (p *Policy) NeedsName() bool { return p.on && p.index >= 0 }

// CheckPort returns an *Error when a port may not be reached, whatever the server.
func (p *Policy) CheckPort(port uint16) error {
	refuse := func(format string, args ...any) error {
		return &Error{What: fmt.Sprintf("port %d", port), Why: fmt.Sprintf(format, args...)}
	}
	if IsBadPort(port) {
		return refuse("it is the port of another protocol, which no request is sent to")
	}
	switch {
	case !p.on:
		return nil
	case p.index < 0:
		return refuse("no rule in http.rules of the manager's configuration is for namespace %q", p.namespace)
	}
	ports := p.rule.Ports
	if len(ports) == 0 {
		ports = DefaultPorts
	}
	if !slices.Contains(ports, port) {
		return refuse("%s allows the ports %s alone", p.ruleName(), join(ports))
	}
	return nil
}

// Host is a server as a URL names it.
type Host struct {
	// Name is the host in the URL; an address has none.
	Name string
	// Canonical is the name that the name server has for it: with the search domains of the
	// manager, and after aliases. Without it, it is Name.
	Canonical string
}

// Check returns an *Error when a server may not be reached. leads are the addresses that a
// connection to it may end at: one, or those that it wraps.
func (p *Policy) Check(host Host, leads []netip.Addr) error {
	if !p.on {
		return nil
	}
	name := p.decisive(host)
	for _, addr := range leads {
		if why := p.refuse(name, addr); why != "" {
			what := addr.String()
			if name != "" {
				what = fmt.Sprintf("%q at %s", name, addr)
			}
			return &Error{What: what, Why: why}
		}
	}
	return nil
}

// decisive returns the name that the rules are asked about. A name inside the cluster may be
// an alias that somebody gave his own Service, so where it leads decides; and a name that
// leads into the cluster may be one that the search domains complete.
func (p *Policy) decisive(host Host) string {
	name, canonical := p.short(host.Name), p.short(host.Canonical)
	if canonical != "" && (namespaceOf(name) != "" || namespaceOf(canonical) != "") {
		return canonical
	}
	return name
}

// refuse says why an address that a name leads to is refused, empty if it is not.
func (p *Policy) refuse(name string, addr netip.Addr) string {
	if slices.ContainsFunc(p.rule.CIDRs, func(c netip.Prefix) bool { return c.Contains(addr) }) {
		return ""
	}
	if slices.ContainsFunc(p.rule.Hosts, func(pattern string) bool { return matches(p.short(pattern), name) }) {
		return ""
	}
	anyHost := slices.Contains(p.rule.Hosts, AnyHost) || len(p.rule.Hosts) == 0 && len(p.rule.CIDRs) == 0
	of := namespaceOf(name)
	switch {
	case anyHost && of == p.namespace:
		return ""
	case of != "" && of != p.namespace:
		return fmt.Sprintf("it is in namespace %q, and %s lists neither it in hosts nor its address in cidrs", of, p.ruleName())
	case anyHost && !isPrivate(addr):
		return ""
	case anyHost:
		return fmt.Sprintf("the address is private, and %s lists neither the host in hosts nor the address in cidrs", p.ruleName())
	default:
		return p.ruleName() + " lists neither the host in hosts nor the address in cidrs"
	}
}

func (p *Policy) ruleName() string {
	return fmt.Sprintf("http.rules[%d] of the manager's configuration, which is for namespace %q,", p.index, p.namespace)
}

func join(ports []uint16) string {
	texts := make([]string, len(ports))
	for i, port := range ports {
		texts[i] = fmt.Sprint(port)
	}
	return strings.Join(texts, ", ")
}
