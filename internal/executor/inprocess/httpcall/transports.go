package httpcall

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
)

const (
	// maxHeader is how large the header of a response may be, in bytes.
	maxHeader = 64 << 10

	// How long the steps before a request may take, and how long a connection
	// is kept for the next one.
	connectTimeout   = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	idleTimeout      = 60 * time.Second
	maxIdle          = 100
	maxIdlePerHost   = 4

	// reloadInterval is how often the files are compared with what was read, at most.
	reloadInterval = 10 * time.Second
)

// route says how a request leaves. Each route has a transport of its own, so that no
// connection of one is used for another.
type route struct {
	// certified: with the client certificate.
	certified bool
	// proxied: through the proxy.
	proxied bool
}

// transports sends each request on its route. The transports are built anew when a file
// of the configuration has changed.
type transports struct {
	guard *guard.Guard
	files TLSFiles
	proxy *Proxy
	clock clock.PassiveClock
	log   logr.Logger

	mu      sync.Mutex
	content tlsContent
	checked time.Time
	problem string // why the files could not be read again, empty when they could
	byRoute map[route]*http.Transport
}

func newTransports(cfg Config) *transports {
	t := &transports{guard: cfg.Guard, files: cfg.TLS, proxy: cfg.Proxy, clock: cfg.Clock, log: cfg.Log}
	if t.clock == nil {
		t.clock = clock.RealClock{}
	}
	t.byRoute = map[route]*http.Transport{}
	return t
}

// RoundTrip implements [http.RoundTripper]. It refuses the answers that the client cannot
// be left alone with.
func (t *transports) RoundTrip(req *http.Request) (*http.Response, error) {
	r := t.routeOf(req.URL)
	if r.proxied { // a Task has nothing to say to the proxy
		req = req.Clone(req.Context())
		req.Header.Del("Proxy-Authorization")
		req.Header.Del("Proxy-Connection")
	}
	resp, err := t.transport(r).RoundTrip(req)
	if err != nil {
		return nil, err //nolint:wrapcheck // the client takes it for the transport's
	}
	var refusal error
	switch location := resp.Header.Get("Location"); {
	case resp.StatusCode == http.StatusSwitchingProtocols:
		// The connection would be ours now, with nobody to end it in time.
		refusal = errors.New("answered 101 Switching Protocols, which no request asks for; write the URL of a server that answers with HTTP")
	case location != "" && 300 <= resp.StatusCode && resp.StatusCode <= 399:
		if _, err := req.URL.Parse(location); err != nil { // the client's error would quote it whole
			refusal = fmt.Errorf("answered %d with a Location that is not a URL", resp.StatusCode)
		}
	}
	if refusal != nil {
		_ = resp.Body.Close()
		return nil, refusal
	}
	return resp, nil
}

func (t *transports) routeOf(u *url.URL) route {
	return route{certified: t.files.presentsTo(u), proxied: t.proxy.serves(u)}
}

// transport returns the transport of a route, with the files as they are now.
func (t *transports) transport(r route) *http.Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reload()
	if t.byRoute[r] == nil {
		t.byRoute[r] = t.build(r)
	}
	return t.byRoute[r]
}

func (t *transports) build(r route) *http.Transport {
	dialer := &net.Dialer{Timeout: connectTimeout, ControlContext: t.guard.Control}
	transport := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        t.content.config(r.certified),
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    handshakeTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		MaxResponseHeaderBytes: maxHeader,
	}
	if r.proxied { // the proxy is all that is dialled then, and may have any address
		transport.DialContext = (&net.Dialer{Timeout: connectTimeout}).DialContext
		transport.Proxy = t.proxy.route(t.guard)
	}
	return transport
}

// load reads the files for the first time.
func (t *transports) load() error {
	content, err := t.files.read()
	if err != nil {
		return err
	}
	t.content, t.checked = content, t.clock.Now()
	return nil
}

// reload reads the files again when it is time to. What cannot be used, such as a
// certificate whose key has not been replaced yet, leaves what was read before in force.
func (t *transports) reload() {
	if t.files.none() || t.clock.Since(t.checked) < reloadInterval {
		return
	}
	t.checked = t.clock.Now()
	content, err := t.files.read()
	switch {
	case err != nil:
		if problem := err.Error(); problem != t.problem {
			t.problem = problem
			t.log.Error(err, "reading the files for https requests again; those that were read before stay in force")
		}
		return
	case !content.equal(t.content):
		t.log.Info("the files for https requests have changed; new connections use them")
		t.content = content
		t.dropTransports()
	}
	t.problem = ""
}

// dropTransports lets requests under way end on their connections, and closes the others.
func (t *transports) dropTransports() {
	for _, transport := range t.byRoute {
		transport.CloseIdleConnections()
	}
	t.byRoute = map[route]*http.Transport{}
}

func (t *transports) closeIdle() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dropTransports()
}

// hostPort is the host, in lower case, and the port that a URL leads to.
func hostPort(u *url.URL) string {
	return net.JoinHostPort(strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), portOf(u))
}

var _ http.RoundTripper = (*transports)(nil)
