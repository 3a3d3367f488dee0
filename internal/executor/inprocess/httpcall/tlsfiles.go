package httpcall

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"os"
	"slices"

	certutil "k8s.io/client-go/util/cert"
)

// TLSFiles names what https requests use besides the roots of the system. All are read
// again when they change.
type TLSFiles struct {
	// CAFile holds certificates of authorities in PEM that are trusted besides the
	// roots of the system. Empty: none.
	CAFile string
	// CertFile and KeyFile hold a client certificate with its chain, and its key, in
	// PEM. Empty: none.
	CertFile, KeyFile string
	// CertHosts are the servers that the client certificate is presented to, each
	// host:port in lower case. A server that is not listed is not shown it.
	CertHosts []string
}

// none reports whether there is no file to read.
func (f TLSFiles) none() bool { return f.CAFile == "" && f.CertFile == "" }

// presentsTo reports whether a request to u carries the client certificate.
func (f TLSFiles) presentsTo(u *url.URL) bool {
	return f.CertFile != "" && u.Scheme == "https" && slices.Contains(f.CertHosts, hostPort(u))
}

// tlsContent is what the files held, and what it means.
type tlsContent struct {
	ca, cert, key []byte

	roots *x509.CertPool // nil: those of the system
	pair  *tls.Certificate
}

// read reads the files. The error names the one that cannot be used, and what it must
// hold; it never quotes it.
func (f TLSFiles) read() (c tlsContent, err error) {
	if f.CAFile != "" {
		if c.ca, err = os.ReadFile(f.CAFile); err != nil {
			return c, fmt.Errorf("http.caFile: %w", err)
		}
		if c.roots, err = poolOf(c.ca); err != nil {
			return c, fmt.Errorf("http.caFile: %s: %w", f.CAFile, err)
		}
	}
	if f.CertFile == "" {
		return c, nil
	}
	if c.cert, err = os.ReadFile(f.CertFile); err != nil {
		return c, fmt.Errorf("http.clientCertFile: %w", err)
	}
	if c.key, err = os.ReadFile(f.KeyFile); err != nil {
		return c, fmt.Errorf("http.clientKeyFile: %w", err)
	}
	pair, err := tls.X509KeyPair(c.cert, c.key)
	if err != nil {
		return c, fmt.Errorf("http.clientCertFile: %s and %s are not a certificate and its key in PEM: %w", f.CertFile, f.KeyFile, err)
	}
	c.pair = &pair
	return c, nil
}

// poolOf returns the roots of the system and those in a bundle.
func poolOf(bundle []byte) (*x509.CertPool, error) {
	certs, err := certutil.ParseCertsPEM(bundle)
	if err != nil {
		return nil, fmt.Errorf("it must hold certificates in PEM, each from -----BEGIN CERTIFICATE----- on: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("reading the roots of the system: %w", err)
	}
	for _, cert := range certs {
		roots.AddCert(cert)
	}
	return roots, nil
}

func (c tlsContent) equal(other tlsContent) bool {
	return bytes.Equal(c.ca, other.ca) && bytes.Equal(c.cert, other.cert) && bytes.Equal(c.key, other.key)
}

// config returns the configuration of TLS for a transport.
func (c tlsContent) config(certified bool) *tls.Config {
	cfg := &tls.Config{RootCAs: c.roots, MinVersion: tls.VersionTLS12}
	if certified && c.pair != nil {
		// Whatever authorities the server names: the host has been chosen for it,
		// and the server says what is wrong with it.
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c.pair, nil }
	}
	return cfg
}
