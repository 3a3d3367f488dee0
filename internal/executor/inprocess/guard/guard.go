// Package guard keeps the requests that Tasks ask for away from addresses that
// only the manager ought to reach.
//
// Users who may create Tasks may make the manager send requests. The guard sits
// where a connection is made, after every name has been resolved, so that it
// sees the address that is really dialled: neither a DNS name, nor one that
// changes between two look-ups, nor a redirect gets around it.
package guard

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
)

// Config says what is allowed and refused besides the built-in rules.
type Config struct {
	// Allow lists addresses that may be reached although the built-in rules
	// refuse them.
	Allow []netip.Prefix
	// Deny lists addresses that may not be reached. It wins over Allow.
	Deny []netip.Prefix
	// APIServers lists where the API server is. Port 0 stands for every port.
	// They are refused unless Allow has a prefix of that single address: a
	// whole network that is allowed does not open the API server in it.
	APIServers []netip.AddrPort
	// AwaitAPIServers refuses every address until SetAPIServers has been called.
	AwaitAPIServers bool
	// Own are the addresses of the manager, Nodes those of the node that it runs on.
	// They are refused as APIServers are, on every port.
	Own, Nodes []netip.Addr
	// NAT64 are prefixes by which the network translates addresses to IPv4, besides
	// 64:ff9b::/96. Their lengths are those of RFC 6052: 32, 40, 48, 56, 64 or 96.
	NAT64 []netip.Prefix
}

// Guard decides which addresses may be dialled. The zero Config gives one with
// the built-in rules alone. It may be used by several goroutines at once.
type Guard struct {
	allow, deny []netip.Prefix
	own, nodes  []netip.Addr
	nat64       []netip.Prefix
	apiServers  atomic.Pointer[[]netip.AddrPort] // nil until they are known
}

// New returns a Guard.
func New(cfg Config) *Guard {
	g := &Guard{
		allow: plain(cfg.Allow), deny: plain(cfg.Deny), nat64: plain(cfg.NAT64),
		own: plainAddrs(cfg.Own), nodes: plainAddrs(cfg.Nodes),
	}
	if !cfg.AwaitAPIServers {
		g.SetAPIServers(cfg.APIServers)
	}
	return g
}

// SetAPIServers replaces Config.APIServers, because they have moved. It is in effect for
// every connection that is made afterwards.
func (g *Guard) SetAPIServers(addresses []netip.AddrPort) {
	plain := make([]netip.AddrPort, 0, len(addresses))
	for _, a := range addresses {
		plain = append(plain, netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port()))
	}
	g.apiServers.Store(&plain)
}

// ParsePrefixes reads addresses and ranges of them, such as 10.1.2.3 and
// 192.168.0.0/16, as flags give them. The error names the one that cannot be
// read.
func ParsePrefixes(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		text = strings.TrimSpace(text)
		prefix, err := netip.ParsePrefix(text)
		if addr, errAddr := netip.ParseAddr(text); err != nil && errAddr == nil && addr.Zone() == "" {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("%q is no address and no range of them: write for example 10.1.2.3 or 192.168.0.0/16", text)
		}
		all = append(all, prefix)
	}
	return all, nil
}

// plain returns prefixes in the form in which addresses are compared with them:
// IPv4 as IPv4.
func plain(prefixes []netip.Prefix) []netip.Prefix {
	var all []netip.Prefix
	for _, p := range prefixes {
		if mapped := p.Addr().Is4In6() && p.Bits() >= 96; mapped {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		all = append(all, p.Masked())
	}
	return all
}

func plainAddrs(addrs []netip.Addr) []netip.Addr {
	all := make([]netip.Addr, 0, len(addrs))
	for _, addr := range addrs {
		all = append(all, addr.Unmap().WithZone(""))
	}
	return all
}

// ErrNotReady says that nothing may be dialled yet.
var ErrNotReady = errors.New("refusing to connect to anything yet: the manager has not learned the addresses of the API server, " +
	"which no request may reach; it tries again every few seconds, and its log says what is wrong")

// Error says that an address was refused.
type Error struct {
	// Addr is the address that was to be dialled, Means the one that it leads to
	// if it wraps another one, else the same.
	Addr, Means netip.Addr
	// Why says what kind of address it is.
	Why string
	// Denied is set when the configuration refuses it, and not a built-in rule.
	Denied bool
}

// Error says what was refused, why, and what to do if it was meant.
func (e *Error) Error() string {
	text := fmt.Sprintf("refusing to connect to %s", e.Addr)
	if e.Means != e.Addr {
		text += fmt.Sprintf(", which leads to %s", e.Means)
	}
	text += ": " + e.Why
	if !e.Denied {
		text += fmt.Sprintf("; if that is meant, start the manager with --http-allow-cidr=%s", netip.PrefixFrom(e.Means, e.Means.BitLen()))
	}
	return text
}

// Check returns an *Error when the address may not be dialled. An address that
// wraps an IPv4 address may be dialled only if both may.
func (g *Guard) Check(to netip.AddrPort) error {
	if g.apiServers.Load() == nil {
		return ErrNotReady
	}
	addr := to.Addr().WithZone("")
	for _, means := range g.unwrap(addr) {
		if why, denied := g.refuse(means, to.Port()); why != "" {
			return &Error{Addr: addr, Means: means, Why: why, Denied: denied}
		}
	}
	return nil
}

// Leads returns the addresses that a connection to addr may end at, as Check sees them:
// addr itself, and those that it wraps.
func (g *Guard) Leads(addr netip.Addr) []netip.Addr { return g.unwrap(addr.WithZone("")) }

// refuse says why an address that wraps no other is refused, empty when it is
// not.
func (g *Guard) refuse(addr netip.Addr, port uint16) (why string, denied bool) {
	contains := func(p netip.Prefix) bool { return p.Contains(addr) }
	if slices.ContainsFunc(g.deny, contains) {
		return "the manager's configuration denies it", true
	}
	if why := g.single(addr, port); why != "" {
		if slices.ContainsFunc(g.allow, func(p netip.Prefix) bool { return p.IsSingleIP() && p.Contains(addr) }) {
			return "", false
		}
		return why, false
	}
	if slices.ContainsFunc(g.allow, contains) {
		return "", false
	}
	for _, r := range refused {
		if known := r.why == whyNAT64 && slices.ContainsFunc(g.nat64, contains); r.prefix.Contains(addr) && !known {
			return r.why, false
		}
	}
	return "", false
}

// single says why an address is refused that only an entry for itself allows.
func (g *Guard) single(addr netip.Addr, port uint16) string {
	switch {
	case g.isAPIServer(addr, port):
		return "it is the API server"
	case slices.Contains(g.own, addr):
		return "it is the manager itself"
	case slices.Contains(g.nodes, addr):
		return "it is the manager's node"
	default:
		return ""
	}
}

func (g *Guard) isAPIServer(addr netip.Addr, port uint16) bool {
	return slices.ContainsFunc(*g.apiServers.Load(), func(s netip.AddrPort) bool {
		return s.Addr() == addr && (s.Port() == port || s.Port() == 0)
	})
}

// Control is a [net.Dialer]'s ControlContext: it is asked for each address,
// after names have been resolved and before anything is sent.
func (g *Guard) Control(_ context.Context, network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !strings.HasPrefix(network, "tcp") {
		return fmt.Errorf("refusing to connect to %s over %s: not an address of TCP", address, network)
	}
	return g.Check(to)
}
