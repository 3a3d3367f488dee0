package apiclient

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/kubeconfig"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/pki"
)

func TestClient(t *testing.T) {
	t.Parallel()
	handler := http.NewServeMux()
	handler.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"name": %q}`, r.TLS.PeerCertificates[0].Subject.CommonName)
	})
	handler.HandleFunc("GET /table", func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Accept"), "as=Table") {
			fmt.Fprint(w, `{"columnDefinitions": [{"name": "Age"}]}`)
		}
	})
	handler.HandleFunc("GET /forbidden", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "not for you", http.StatusForbidden)
	})
	client := newClient(t, handler)

	var who struct{ Name string }
	if err := client.Get(t.Context(), "/who", &who); err != nil || who.Name != "admin" {
		t.Errorf("the server took the client for %q (%v), want admin", who.Name, err)
	}
	table, err := client.GetTable(t.Context(), "/table")
	if err != nil || len(table.ColumnDefinitions) != 1 {
		t.Errorf("GetTable() = %+v, %v, want one column", table, err)
	}
	if err := client.Get(t.Context(), "/forbidden", nil); err == nil || !strings.Contains(err.Error(), "not for you") {
		t.Errorf("Get() = %v, want what the server said", err)
	}
}

// newClient returns a client of a server that knows its users by certificate.
func newClient(t *testing.T, handler http.Handler) *Client {
	t.Helper()
	authority, err := pki.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	serverPair := issue(t, authority, pki.Leaf{CommonName: "server", IPs: []string{"127.0.0.1"}})
	certificate, err := tls.X509KeyPair(serverPair.Certificate, serverPair.Key)
	if err != nil {
		t.Fatal(err)
	}
	users := x509.NewCertPool()
	users.AppendCertsFromPEM(authority.Pair().Certificate)

	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: users}
	server.StartTLS()
	t.Cleanup(server.Close)

	client, err := New(kubeconfig.Credentials{
		Server: server.URL,
		CA:     authority.Pair().Certificate,
		Client: issue(t, authority, pki.Leaf{CommonName: "admin"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func issue(t *testing.T, authority *pki.Authority, leaf pki.Leaf) pki.Pair {
	t.Helper()
	pair, err := authority.Issue(leaf)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}
