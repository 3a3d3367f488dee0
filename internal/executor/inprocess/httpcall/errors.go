package httpcall

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/egress"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
)

// plainError takes the URL out of an error, which may hold a secret, and leaves the host,
// which after a redirect may be another one than that of the Task.
func plainError(err error, req *http.Request, resp *http.Response, secrets secretValues) error {
	wrapped, ok := errors.AsType[*url.Error](err)
	if !ok {
		return secrets.hide(err)
	}
	host := req.URL.Host
	if u, parseErr := url.Parse(wrapped.URL); parseErr == nil && u.Host != "" {
		host = u.Host
	} else if resp != nil { // a redirect that is not followed
		host = resp.Request.URL.Host
	}
	err = wrapped.Err
	if refusal, ok := errors.AsType[*guard.Error](err); ok {
		err = refusal
	} else if refusal, ok := errors.AsType[*egress.Error](err); ok {
		err = refusal
	} else if errors.Is(err, guard.ErrNotReady) {
		err = guard.ErrNotReady
	}
	// The secrets first: what is cut in the middle of one is not found any more.
	return secrets.hide(fmt.Errorf("calling %s: %w%s", escaped(secrets.replace(host)), err, hint(err)))
}

// hint says what to do about an error of TLS, empty where there is nothing to say.
func hint(err error) string {
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var authority x509.UnknownAuthorityError
	switch {
	case errors.As(err, &authority):
		return "; write an https URL whose certificate is signed by a well-known authority, " +
			"or have the manager started with --http-ca-file and the certificate of this one"
	case errors.As(err, &name):
		return "; write a host in the URL that the certificate is for"
	case errors.As(err, &invalid):
		return "; the server needs another certificate"
	case strings.Contains(err.Error(), "tls: certificate required"): // an alert, whose type is not exported
		return "; the server wants a client certificate: have the manager started with " +
			"--http-client-cert-file, --http-client-key-file and --http-client-cert-host for this host"
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "; write http:// if the server has no TLS"
	default:
		return ""
	}
}
