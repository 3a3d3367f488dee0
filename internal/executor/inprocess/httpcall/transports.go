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

	"github.com/carillon-dev/carillon/internal/executor/inprocess/egress"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
)

const (
	// maxHeader is how large the header of a response may be, in bytes.
	maxHeader = 16 << 10

	// How long the steps before a request may take, and how long a connection
	// is kept for the next one.
	connectTimeout   = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	idleTimeout      = 60 * time.Second

	// reloadInterval is how often the files are compared with what was read, at most.
	reloadInterval = 10 * time.Second
)

// transports sends each request on its route. The transports are built anew when a file
// of the configuration has changed.
type transports struct {
	guard     *guard.Guard
	rules     *egress.Rules
	canonical CanonicalName
	files     TLSFiles
	proxy     *Proxy
	clock     clock.PassiveClock
	log       logr.Logger

	mu      sync.Mutex
	content tlsContent
	checked time.Time
	problem string // why the files could not be read again, empty when they could
	pool    pool
}

func newTransports(cfg Config) *transports {
	t := &transports{guard: cfg.Guard, rules: cfg.Rules, canonical: cfg.Canonical, files: cfg.TLS, proxy: cfg.Proxy, clock: cfg.Clock, log: cfg.Log}
	if t.clock == nil {
		t.clock = clock.RealClock{}
	}
	if t.canonical == nil {
		t.canonical = net.DefaultResolver.LookupCNAME
	}
	return t
}

// of returns what sends the requests of a namespace.
func (t *transports) of(namespace string) http.RoundTripper { return sender{t, namespace} }

// sender sends the requests of a namespace.
type sender struct {
	*transports

	namespace string
}

// RoundTrip implements [http.RoundTripper]. It refuses the answers that the client cannot
// be left alone with.
func (t sender) RoundTrip(req *http.Request) (*http.Response, error) {
	r := route{namespace: t.namespace, certified: t.files.presentsTo(req.URL), proxied: t.proxy.serves(req.URL)}
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

// transport returns the transport of a route, with the files as they are now.
func (t *transports) transport(r route) *http.Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reload()
	return t.pool.get(r, func() *http.Transport { return t.build(r) })
}

func (t *transports) build(r route) *http.Transport {
	transport := &http.Transport{
		DialContext:            t.dialer(r.namespace),
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
		policy := t.rules.For(r.namespace)
		transport.Proxy = func(req *http.Request) (*url.URL, error) {
			return t.proxy.URL, t.admitProxied(req.Context(), policy, req.URL)
		}
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
		t.pool.drop()
	}
	t.problem = ""
}

func (t *transports) closeIdle() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pool.drop()
}

// hostPort is the host, in lower case, and the port that a URL leads to.
func hostPort(u *url.URL) string {
	return net.JoinHostPort(strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), portOf(u))
}

var _ http.RoundTripper = sender{}
