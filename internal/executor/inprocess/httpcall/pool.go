package httpcall

import (
	"net/http"
)

// Bounds of the connections that are kept for a next request. Together they bound the
// memory of all: about 16 KiB each, 32 MiB in the worst case.
const (
	maxTransports  = 128
	maxIdle        = 16
	maxIdlePerHost = 4
)

// route says how a request leaves. Each route has a transport of its own, so that no
// connection of one is used for another.
type route struct {
	// namespace is that of the Task. Servers may know somebody by the connection.
	namespace string
	// certified: with the client certificate.
	certified bool
	// proxied: through the proxy.
	proxied bool
}

// pool holds the transports that were used last.
type pool struct {
	byRoute map[route]*pooled
	uses    uint64
}

type pooled struct {
	*http.Transport

	lastUse uint64 // counts the uses of the pool
}

// get returns the transport of a route, which build makes if there is none. If there are
// too many, the one that was used least recently is let go.
func (p *pool) get(r route, build func() *http.Transport) *http.Transport {
	p.uses++
	found := p.byRoute[r]
	if found == nil {
		if len(p.byRoute) >= maxTransports {
			p.dropOldest()
		}
		if p.byRoute == nil {
			p.byRoute = map[route]*pooled{}
		}
		found = &pooled{Transport: build()}
		p.byRoute[r] = found
	}
	found.lastUse = p.uses
	return found.Transport
}

func (p *pool) dropOldest() {
	var oldest route
	least := p.uses
	for r, t := range p.byRoute {
		if t.lastUse < least {
			oldest, least = r, t.lastUse
		}
	}
	p.byRoute[oldest].CloseIdleConnections()
	delete(p.byRoute, oldest)
}

// drop lets go of all transports: requests under way end on their connections, the other
// connections are closed.
func (p *pool) drop() {
	for _, t := range p.byRoute {
		t.CloseIdleConnections()
	}
	p.byRoute = nil
}
