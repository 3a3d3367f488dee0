package httpcall_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/payload"
)

// proxyServer is an HTTP proxy on loopback that leads every request to one server.
type proxyServer struct {
	target string // host:port

	mu    sync.Mutex
	asked []string // the method and the target of each request
}

func (p *proxyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.Host)
	p.mu.Unlock()
	if r.Method != http.MethodConnect {
		_, _ = io.WriteString(w, "through the proxy")
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = server.Close() }()
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = client.Close() }()
	_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(server, client); _ = server.Close() }()
	_, _ = io.Copy(client, server)
}

func (p *proxyServer) requests() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.asked, ", ")
}

// startProxy starts a proxy and returns a Caller that goes through it, for which the hosts
// ending in .example have the address 192.0.2.1, and metadata.example another one.
func startProxy(t *testing.T, target string, cfg httpcall.Config) (*proxyServer, *httpcall.Caller) {
	t.Helper()
	proxy := &proxyServer{target: target}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Guard, cfg.Excerpts = guard.New(guard.Config{}), httpcall.ExcerptsOfAll
	cfg.Proxy = &httpcall.Proxy{URL: at, NoProxy: ".svc,127.0.0.1,direct.example", Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
		switch {
		case host == "metadata.example":
			return []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("169.254.169.254")}, nil
		case strings.HasSuffix(host, ".example"):
			return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
		default:
			return nil, errors.New("no such host")
		}
	}}
	caller, err := httpcall.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(caller.Close)
	return proxy, caller
}

// Requests go through the proxy, but the guard is asked about their host before.
func TestProxy_IsGuarded(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ url, want, wantAsked string }{
		"http":                 {"http://hooks.example/run", "200 OK: through the proxy", "GET hooks.example"},
		"http on a port":       {"http://hooks.example:8080/run", "200 OK: through the proxy", "GET hooks.example:8080"},
		"metadata by name":     {"http://metadata.example/latest", "refusing to connect to 169.254.169.254", ""},
		"metadata by address":  {"http://169.254.169.254/latest", "refusing to connect to 169.254.169.254", ""},
		"metadata by https":    {"https://metadata.example/latest", "refusing to connect to 169.254.169.254", ""},
		"metadata in IPv6":     {"http://[::ffff:169.254.169.254]/latest", "which leads to 169.254.169.254", ""},
		"a number":             {"http://2852039166/latest", "no such host", ""},
		"loopback":             {"http://127.0.0.1:2/", "refusing to connect to 127.0.0.1", ""},
		"localhost":            {"http://localhost:2/", "refusing to connect to", ""},
		"not resolved":         {"http://hooks.internal/", "resolving the host before the proxy is asked for it", ""},
		"with a port too high": {"http://hooks.example:99999/", "port 99999", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy, caller := startProxy(t, "", httpcall.Config{})
			answer, err := caller.Call(t.Context(), &payload.HTTP{URL: tc.url}, facts)
			if got := answer + text(err); !strings.Contains(got, tc.want) || proxy.requests() != tc.wantAsked {
				t.Errorf("Call = %q, %v, the proxy was asked for %q; want %q and %q", answer, err, proxy.requests(), tc.want, tc.wantAsked)
			}
		})
	}
}

// A request to an https server is encrypted through the proxy, with the same certificates.
func TestProxy_CarriesTLS(t *testing.T) {
	t.Parallel()
	authority := issue(t, "authority", nil)
	client := issue(t, "manager", &authority)
	url := serveTLS(t, issue(t, "server", &authority), tls.RequireAnyClientCert, nil)
	path := files(t, map[string][]byte{"ca.crt": authority.cert, "tls.crt": client.cert, "tls.key": client.key})
	proxy, caller := startProxy(t, strings.TrimPrefix(url, "https://"), httpcall.Config{TLS: httpcall.TLSFiles{
		CAFile: path("ca.crt"), CertFile: path("tls.crt"), KeyFile: path("tls.key"), CertHosts: []string{"192.0.2.7:443"},
	}})
	answer, err := caller.Call(t.Context(), &payload.HTTP{URL: "https://192.0.2.7/"}, facts)
	if answer != "200 OK: manager" || proxy.requests() != "CONNECT 192.0.2.7:443" {
		t.Errorf("Call = %q, %v, the proxy was asked for %q", answer, err, proxy.requests())
	}
}

// A redirect through the proxy is checked like the first request.
func TestProxy_ChecksRedirects(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(redirect(http.StatusFound, "http://169.254.169.254/latest"))
	t.Cleanup(proxy.Close)
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	caller := open(t, httpcall.Config{Proxy: &httpcall.Proxy{URL: at}})
	if _, err := caller.Call(t.Context(), &payload.HTTP{URL: "http://192.0.2.1/"}, facts); !strings.Contains(text(err), "refusing to connect to 169.254.169.254") {
		t.Errorf("Call = %v, want that it is refused", err)
	}
}

// What is excepted from the proxy is dialled directly, and guarded there.
func TestProxy_Exceptions(t *testing.T) {
	t.Parallel()
	direct, requests := serve(t, status(http.StatusNoContent))
	proxy := httptest.NewServer(status(http.StatusTeapot))
	t.Cleanup(proxy.Close)
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	caller := open(t, httpcall.Config{Proxy: &httpcall.Proxy{URL: at, NoProxy: "127.0.0.0/8"}})
	if answer, err := caller.Call(t.Context(), &payload.HTTP{URL: direct}, facts); err != nil || answer != "204 No Content" || len(requests) != 1 {
		t.Errorf("Call = %q, %v", answer, err)
	}
}
