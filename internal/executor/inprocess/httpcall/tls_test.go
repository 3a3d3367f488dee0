package httpcall_test

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/payload"
)

// certificate is a certificate with its key, both in PEM too.
type certificate struct {
	pair      tls.Certificate
	cert, key []byte
}

// issue makes a certificate for 127.0.0.1 and 192.0.2.7, signed by another or, without one, by itself.
func issue(t *testing.T, name string, by *certificate) certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(192, 0, 2, 7)}, BasicConstraintsValid: true, IsCA: by == nil,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	parent, signer := template, any(key)
	if by != nil {
		parent, signer = by.pair.Leaf, by.pair.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c := certificate{
		cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		key:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	}
	if c.pair, err = tls.X509KeyPair(c.cert, c.key); err != nil {
		t.Fatal(err)
	}
	return c
}

// serveTLS starts a server with a certificate. It answers with the name in the client's
// certificate, "nobody" without one.
func serveTLS(t *testing.T, cert certificate, clients tls.ClientAuthType, handler http.HandlerFunc) (url string) {
	t.Helper()
	if handler == nil {
		handler = func(w http.ResponseWriter, r *http.Request) {
			name := "nobody"
			if certs := r.TLS.PeerCertificates; len(certs) > 0 {
				name = certs[0].Subject.CommonName
			}
			_, _ = io.WriteString(w, name)
		}
	}
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert.pair}, ClientAuth: clients, MinVersion: tls.VersionTLS13}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

// files writes files into a directory and returns where a name is in it.
func files(t *testing.T, contents map[string][]byte) func(name string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range contents {
		write(t, filepath.Join(dir, name), content)
	}
	return func(name string) string { return filepath.Join(dir, name) }
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// open returns a Caller that may reach 127.0.0.1, and that quotes all answers if cfg does
// not say which.
func open(t *testing.T, cfg httpcall.Config) *httpcall.Caller {
	t.Helper()
	cfg.Excerpts = cmp.Or(cfg.Excerpts, httpcall.ExcerptsOfAll)
	cfg.Guard = guard.New(guard.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	caller, err := httpcall.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(caller.Close)
	return caller
}

func TestTLS_UnknownAuthoritySaysWhatToDo(t *testing.T) {
	t.Parallel()
	url := serveTLS(t, issue(t, "own", nil), tls.NoClientCert, nil)
	_, err := newCaller(t).Call(t.Context(), &payload.HTTP{URL: url}, facts)
	if !strings.Contains(text(err), "--http-ca-file") {
		t.Errorf("Call = %v, want that it names --http-ca-file", err)
	}
}

func TestTLS_OwnAuthorityIsTrusted(t *testing.T) {
	t.Parallel()
	authority, other := issue(t, "authority", nil), issue(t, "other", nil)
	bundle := files(t, map[string][]byte{"ca.crt": append(other.cert, authority.cert...)})
	caller := open(t, httpcall.Config{TLS: httpcall.TLSFiles{CAFile: bundle("ca.crt")}})
	url := serveTLS(t, issue(t, "server", &authority), tls.RequestClientCert, nil)
	if answer, err := caller.Call(t.Context(), &payload.HTTP{URL: url}, facts); err != nil || answer != "200 OK: nobody" {
		t.Errorf("Call = %q, %v", answer, err)
	}
	stranger := serveTLS(t, issue(t, "stranger", nil), tls.NoClientCert, nil)
	if _, err := caller.Call(t.Context(), &payload.HTTP{URL: stranger}, facts); !strings.Contains(text(err), "certificate signed by unknown authority") {
		t.Errorf("Call = %v, want that others are refused", err)
	}
}

// A file that changes is read again; one that cannot be used leaves what was there.
func TestTLS_FilesAreReadAgain(t *testing.T) {
	t.Parallel()
	first, second := issue(t, "first", nil), issue(t, "second", nil)
	old, renewed := issue(t, "old", &first), issue(t, "renewed", &first)
	url := serveTLS(t, issue(t, "server", &first), tls.RequireAnyClientCert, nil)
	urlSecond := serveTLS(t, issue(t, "server", &second), tls.RequestClientCert, nil)
	path := files(t, map[string][]byte{"ca.crt": first.cert, "tls.crt": old.cert, "tls.key": old.key})
	clock := clocktesting.NewFakePassiveClock(time.Now())
	caller := open(t, httpcall.Config{Clock: clock, TLS: httpcall.TLSFiles{
		CAFile: path("ca.crt"), CertFile: path("tls.crt"), KeyFile: path("tls.key"), CertHosts: []string{strings.TrimPrefix(url, "https://")},
	}})
	check := func(when, url, want string) {
		t.Helper()
		clock.SetTime(clock.Now().Add(10 * time.Second))
		answer, err := caller.Call(t.Context(), &payload.HTTP{URL: url}, facts)
		if got := answer + text(err); !strings.Contains(got, want) {
			t.Errorf("%s: Call = %q, want %q", when, got, want)
		}
	}
	check("at first", url, "200 OK: old")
	check("at first", urlSecond, "unknown authority")
	write(t, path("tls.crt"), renewed.cert)
	check("with the certificate, and not its key, renewed", url, "200 OK: old")
	write(t, path("tls.key"), renewed.key)
	check("with both renewed", url, "200 OK: renewed")
	write(t, path("ca.crt"), []byte("nothing"))
	check("with a bundle that is none", url, "200 OK: renewed")
	write(t, path("ca.crt"), append(first.cert, second.cert...))
	check("with another authority", urlSecond, "200 OK: nobody")
	if err := os.Remove(path("ca.crt")); err != nil {
		t.Fatal(err)
	}
	check("without a bundle", urlSecond, "200 OK: nobody")
}

// The client certificate is for the servers that the administrator lists, whatever a
// Task names and wherever a redirect leads.
func TestTLS_ClientCertificateIsForListedHosts(t *testing.T) {
	t.Parallel()
	authority := issue(t, "authority", nil)
	server, client := issue(t, "server", &authority), issue(t, "manager", &authority)
	listed := serveTLS(t, server, tls.RequireAnyClientCert, nil)
	other := serveTLS(t, server, tls.RequestClientCert, nil)
	strict := serveTLS(t, server, tls.RequireAnyClientCert, nil)
	away := serveTLS(t, server, tls.RequireAnyClientCert, redirect(http.StatusFound, other))
	back := serveTLS(t, server, tls.RequestClientCert, redirect(http.StatusFound, listed))
	address := func(url string) string { return strings.TrimPrefix(url, "https://") }
	path := files(t, map[string][]byte{"ca.crt": authority.cert, "tls.crt": client.cert, "tls.key": client.key})
	caller := open(t, httpcall.Config{TLS: httpcall.TLSFiles{
		CAFile: path("ca.crt"), CertFile: path("tls.crt"), KeyFile: path("tls.key"), CertHosts: []string{address(listed), address(away)},
	}})
	for name, tc := range map[string]struct{ url, want string }{
		"listed":                 {listed, "200 OK: manager"},
		"another port":           {other, "200 OK: nobody"},
		"another that wants one": {strict, "--http-client-cert-host"},
		"redirected away":        {away, "200 OK (after 1 redirect, from " + other + "): nobody"},
		"redirected to it":       {back, "200 OK (after 1 redirect, from " + listed + "): manager"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // with a connection that is kept, too
				answer, err := caller.Call(t.Context(), &payload.HTTP{URL: tc.url}, facts)
				if got := answer + text(err); !strings.Contains(got, tc.want) {
					t.Errorf("Call = %q, want %q", got, tc.want)
				}
			}
		})
	}
}

func TestOpen_RejectsFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	one, two := issue(t, "one", nil), issue(t, "two", nil)
	path := files(t, map[string][]byte{
		"ca.crt": one.cert, "empty": nil, "text": []byte("s3cret"), "broken": []byte("-----BEGIN CERTIFICATE-----\nczNjcmV0\n-----END CERTIFICATE-----\n"),
		"key": two.key,
	})
	for name, tc := range map[string]struct {
		files httpcall.TLSFiles
		want  []string
	}{
		"no such bundle":    {httpcall.TLSFiles{CAFile: path("none")}, []string{"http.caFile", path("none"), "no such file"}},
		"a directory":       {httpcall.TLSFiles{CAFile: path(".")}, []string{"http.caFile", "is a directory"}},
		"an empty bundle":   {httpcall.TLSFiles{CAFile: path("empty")}, []string{"http.caFile", "-----BEGIN CERTIFICATE-----"}},
		"a text":            {httpcall.TLSFiles{CAFile: path("text")}, []string{"http.caFile", "-----BEGIN CERTIFICATE-----"}},
		"a broken one":      {httpcall.TLSFiles{CAFile: path("broken")}, []string{"http.caFile", path("broken")}},
		"a key as a bundle": {httpcall.TLSFiles{CAFile: path("key")}, []string{"http.caFile", "-----BEGIN CERTIFICATE-----"}},
		"no certificate":    {httpcall.TLSFiles{CertFile: path("none"), KeyFile: path("key")}, []string{"http.clientCertFile", path("none")}},
		"no key":            {httpcall.TLSFiles{CertFile: path("ca.crt"), KeyFile: path("none")}, []string{"http.clientKeyFile", path("none")}},
		"another's key":     {httpcall.TLSFiles{CertFile: path("ca.crt"), KeyFile: path("key")}, []string{"http.clientCertFile", path("key")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := httpcall.Open(httpcall.Config{Guard: guard.New(guard.Config{}), TLS: tc.files})
			for _, want := range tc.want {
				if !strings.Contains(text(err), want) {
					t.Errorf("Open = %v, want an error with %q", err, want)
				}
			}
			if strings.Contains(text(err), "s3cret") {
				t.Errorf("Open quotes the file: %v", err)
			}
		})
	}
}
