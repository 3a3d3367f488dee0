package httpcall

import (
	"context"
	"net"
	"net/netip"
	"net/url"

	"golang.org/x/net/http/httpproxy"
)

// Proxy is an HTTP proxy that an administrator has named. The guard cannot see what the
// proxy connects to, so the host of each request is resolved and checked here first, and
// a host that cannot be resolved is refused. The proxy resolves the name once more, and
// may find another address: it has to refuse by itself what must not be reached.
type Proxy struct {
	// URL is the proxy: http, a host and a port.
	URL *url.URL
	// NoProxy lists what is reached directly, as the variable NO_PROXY does: hosts,
	// domains such as .svc, addresses and ranges of them, separated by commas.
	NoProxy string
	// Resolve returns the addresses of a host. Defaults to the resolver of the system.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

// serves reports whether a request goes through the proxy.
func (p *Proxy) serves(u *url.URL) bool {
	if p == nil {
		return false
	}
	proxy := httpproxy.Config{HTTPProxy: p.URL.String(), HTTPSProxy: p.URL.String(), NoProxy: p.NoProxy}
	via, err := proxy.ProxyFunc()(u)
	// Loopback addresses are never sent to a proxy by that function: the guard
	// refuses them when they are dialled.
	return err == nil && via != nil
}

func (p *Proxy) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	if p.Resolve != nil {
		return p.Resolve(ctx, host)
	}
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host) //nolint:wrapcheck // the caller says what for
}
