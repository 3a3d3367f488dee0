package httpcall

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/egress"
)

// CanonicalName returns the name that the name server has for a host, with the search
// domains of this machine and after aliases.
type CanonicalName func(ctx context.Context, host string) (string, error)

// dialer returns the DialContext of a transport of a namespace. Each address is checked
// when it is dialled, after the name has been resolved.
func (t *transports) dialer(namespace string) func(ctx context.Context, network, address string) (net.Conn, error) {
	policy := t.rules.For(namespace)
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		defer cancel()
		name, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("reading the address: %w", err)
		}
		host, err := t.admit(ctx, policy, name, port)
		if err != nil {
			return nil, err
		}
		dialer := &net.Dialer{ControlContext: func(ctx context.Context, network, address string, conn syscall.RawConn) error {
			if err := t.guard.Control(ctx, network, address, conn); err != nil {
				return err //nolint:wrapcheck // it says all
			}
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("reading the address: %w", err)
			}
			return policy.Check(host, t.guard.Leads(to.Addr())) //nolint:wrapcheck // it says all
		}}
		return dialer.DialContext(ctx, network, address) //nolint:wrapcheck // the client takes it for the transport's
	}
}

// admit checks the port of a server, and returns its names.
func (t *transports) admit(ctx context.Context, policy *egress.Policy, name, port string) (egress.Host, error) {
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return egress.Host{}, fmt.Errorf("port %s is not one from 0 to 65535", port)
	}
	if err := policy.CheckPort(uint16(number)); err != nil {
		return egress.Host{}, err //nolint:wrapcheck // it says all
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return egress.Host{}, nil
	}
	host := egress.Host{Name: name}
	if policy.NeedsName() {
		if host.Canonical, err = t.canonical(ctx, name); err != nil {
			return host, fmt.Errorf("finding the canonical name of the host: %w", err)
		}
	}
	return host, nil
}

// admitProxied checks a server that the proxy is to be asked for.
func (t *transports) admitProxied(ctx context.Context, policy *egress.Policy, u *url.URL) error {
	host, err := t.admit(ctx, policy, u.Hostname(), portOf(u))
	if err != nil {
		return err
	}
	port, err := strconv.ParseUint(portOf(u), 10, 16)
	if err != nil {
		return fmt.Errorf("reading the port: %w", err)
	}
	addrs, err := t.proxy.resolve(ctx, u.Hostname())
	if err != nil {
		return fmt.Errorf("resolving the host before the proxy is asked for it: %w", err)
	}
	for _, addr := range addrs {
		if err := t.guard.Check(netip.AddrPortFrom(addr, uint16(port))); err != nil {
			return err //nolint:wrapcheck // it says all
		}
		if err := policy.Check(host, t.guard.Leads(addr)); err != nil {
			return err //nolint:wrapcheck // it says all
		}
	}
	return nil
}
