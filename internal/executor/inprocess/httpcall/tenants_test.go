package httpcall_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/egress"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/runinfo"
)

// in returns the facts of a run in a namespace.
func in(namespace string) runinfo.RunInfo {
	of := facts
	of.Namespace = namespace
	return of
}

// A server can know somebody by the connection, so no namespace uses that of another.
func TestConnections_AreNotSharedBetweenNamespaces(t *testing.T) {
	t.Parallel()
	connections := make(chan string, 8)
	url, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) { connections <- r.RemoteAddr })
	caller := newCaller(t)
	by := map[string][]string{}
	for _, namespace := range []string{"team-a", "team-b", "team-a", "team-b"} {
		if _, err := caller.Call(t.Context(), &payload.HTTP{URL: url}, in(namespace)); err != nil {
			t.Fatal(err)
		}
		by[namespace] = append(by[namespace], <-connections)
	}
	a, b := by["team-a"], by["team-b"]
	if a[0] != a[1] || b[0] != b[1] || a[0] == b[0] {
		t.Errorf("team-a used %q, team-b %q, want one connection each", a, b)
	}
}

// The memory for connections does not grow with the number of namespaces.
func TestConnections_AreBounded(t *testing.T) {
	t.Parallel()
	url, requests := serve(t, status(http.StatusOK))
	caller := newCaller(t)
	for i := range httpcall.MaxTransports + 20 {
		for _, namespace := range []string{fmt.Sprintf("team-%d", i), "often"} {
			if _, err := caller.Call(t.Context(), &payload.HTTP{URL: url}, in(namespace)); err != nil {
				t.Fatal(err)
			}
			<-requests
		}
	}
	if kept := caller.Kept(); kept != httpcall.MaxTransports {
		t.Errorf("%d transports are kept, want %d", kept, httpcall.MaxTransports)
	}
}

// ruled returns a Caller with rules, for which every host is its own canonical name.
func ruled(t *testing.T, rules ...egress.Rule) *httpcall.Caller {
	t.Helper()
	return open(t, httpcall.Config{Rules: egress.New(rules, ""), Canonical: func(_ context.Context, host string) (string, error) {
		return host, nil
	}})
}

// Rules are enforced where a connection is made, and on each redirect.
func TestRules(t *testing.T) {
	t.Parallel()
	url, reached := serve(t, status(http.StatusOK))
	port := netip.MustParseAddrPort(strings.TrimPrefix(url, "http://")).Port()
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	tests := map[string]struct {
		rule      egress.Rule
		namespace string
		url       string
		want      string // part of the error; empty: the server is reached
	}{
		"a listed address":  {egress.Rule{CIDRs: loopback, Ports: []uint16{port}}, "team-a", url, ""},
		"another port":      {egress.Rule{CIDRs: loopback, Ports: []uint16{port + 1}}, "team-a", url, fmt.Sprintf("refusing to connect to port %d: http.rules[0]", port)},
		"a default port":    {egress.Rule{CIDRs: loopback}, "team-a", url, "allows the ports 80, 443, 8080, 8443 alone"},
		"another address":   {egress.Rule{Hosts: []string{"hooks.example"}, Ports: []uint16{port}}, "team-a", url, "refusing to connect to 127.0.0.1: http.rules[0]"},
		"another namespace": {egress.Rule{CIDRs: loopback, Ports: []uint16{port}}, "team-b", url, `no rule in http.rules of the manager's configuration is for namespace "team-b"`},
		"a listed host":     {egress.Rule{Hosts: []string{"localhost"}, Ports: []uint16{port}}, "team-a", fmt.Sprintf("http://localhost:%d", port), ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			tc.rule.Namespaces = []string{"team-a"}
			answer, err := ruled(t, tc.rule).Call(t.Context(), &payload.HTTP{URL: tc.url}, in(tc.namespace))
			if got := text(err); tc.want == "" && (err != nil || answer != "200 OK") || tc.want != "" && !strings.Contains(got, tc.want) {
				t.Errorf("Call = %q, %v, want an error with %q", answer, err, tc.want)
			}
			if (len(reached) > 0) != (tc.want == "") {
				t.Errorf("the server got %d requests", len(reached))
			}
			for len(reached) > 0 {
				<-reached
			}
		})
	}
}

// A redirect is a connection like any other: it is checked again.
func TestRules_HoldForRedirects(t *testing.T) {
	t.Parallel()
	elsewhere, reached := serve(t, status(http.StatusOK))
	elsewherePort := netip.MustParseAddrPort(strings.TrimPrefix(elsewhere, "http://")).Port()
	url, _ := serve(t, redirect(http.StatusFound, elsewhere))
	port := netip.MustParseAddrPort(strings.TrimPrefix(url, "http://")).Port()
	rule := egress.Rule{Namespaces: []string{"*"}, CIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Ports: []uint16{port}}
	_, err := ruled(t, rule).Call(t.Context(), &payload.HTTP{URL: url}, facts)
	if want := fmt.Sprintf("refusing to connect to port %d: http.rules[0]", elsewherePort); !strings.Contains(text(err), want) || len(reached) > 0 {
		t.Errorf("Call = %v after %d requests, want %q and none", err, len(reached), want)
	}
}

// With rules, a proxy is asked for what they allow alone.
func TestRules_HoldForAProxy(t *testing.T) {
	t.Parallel()
	rules := egress.New([]egress.Rule{{Namespaces: []string{facts.Namespace}, Hosts: []string{"hooks.example"}}}, "")
	for url, want := range map[string]string{
		"http://hooks.example/":      "200 OK",
		"http://hooks.example:9090/": "allows the ports",
		"http://other.example/":      `refusing to connect to "other.example" at 192.0.2.1: http.rules[0]`,
	} {
		_, caller := startProxy(t, "", httpcall.Config{Rules: rules, Canonical: func(_ context.Context, host string) (string, error) { return host, nil }})
		answer, err := caller.Call(t.Context(), &payload.HTTP{URL: url}, facts)
		if got := answer + text(err); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

// Ports of other protocols are refused also where there are no rules.
func TestBadPorts(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://127.0.0.1:25/", "http://127.0.0.1:22/", "http://[::ffff:127.0.0.1]:6667/"} {
		if _, err := newCaller(t).Call(t.Context(), &payload.HTTP{URL: url}, facts); !strings.Contains(text(err), "it is the port of another protocol") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// Nothing is sent while it is not known where the API server is.
func TestNotReady(t *testing.T) {
	t.Parallel()
	url, reached := serve(t, status(http.StatusOK))
	caller := httpcall.New(guard.New(guard.Config{AwaitAPIServers: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}), nil)
	t.Cleanup(caller.Close)
	_, err := caller.Call(t.Context(), &payload.HTTP{URL: url}, facts)
	if !strings.Contains(text(err), "calling "+strings.TrimPrefix(url, "http://")+": refusing to connect to anything yet") || len(reached) > 0 {
		t.Errorf("Call = %v after %d requests", err, len(reached))
	}
}
