package httpcall

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
)

// plainError takes the URL out of an error, which may hold a secret, and leaves the host,
// which after a redirect may be another one than that of the Task.
func plainError(err error, req *http.Request, resp *http.Response) error {
	wrapped, ok := errors.AsType[*url.Error](err)
	if !ok {
		return err
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
	}
	return fmt.Errorf("calling %s: %w%s", escaped(host), err, hint(err))
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

// secretValues are the values from Secrets that a request was sent with.
type secretValues []string

// hidden stands for a secret in a message.
const hidden = "***"

// quoted is what a message quotes.
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)

// replace returns a text without the secrets, also where a URL escapes them.
func (s secretValues) replace(text string) string {
	for _, secret := range s {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			if form != "" {
				text = strings.ReplaceAll(text, form, hidden)
			}
		}
	}
	return text
}

// hide returns an error whose text does not hold the secrets. Errors of the transport
// quote what the server sent, which may be a part of what it was sent.
func (s secretValues) hide(err error) error {
	if len(s) == 0 {
		return err
	}
	return &hiddenError{text: quoted.ReplaceAllString(s.replace(err.Error()), hidden), err: err}
}

type hiddenError struct {
	text string
	err  error
}

// Error implements error.
func (e *hiddenError) Error() string { return e.text }

// Unwrap returns the error with the whole text.
func (e *hiddenError) Unwrap() error { return e.err }
