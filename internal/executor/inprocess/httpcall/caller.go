// Package httpcall makes the requests of http actions.
//
// They leave as the manager: from its network, with none of its credentials. No
// proxy is taken from the environment, as a proxy would connect on the
// manager's behalf to addresses that the guard refuses. Certificates are
// verified against the roots of the system.
package httpcall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/carillon-dev/carillon/internal/executor/action"
	"github.com/carillon-dev/carillon/internal/executor/excerpt"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
)

const (
	// DefaultTimeout bounds a request of a Task without a timeout.
	DefaultTimeout = 30 * time.Second

	// maxBody is how many bytes of a response are read, maxExcerpt how many of
	// them go into the message.
	maxBody    = 64 << 10
	maxExcerpt = 256
	// maxHeader is how large the header of a response may be, in bytes.
	maxHeader = 64 << 10

	// How long the steps before a request may take, and how long a connection
	// is kept for the next one.
	connectTimeout   = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	idleTimeout      = 60 * time.Second
	maxIdle          = 100
	maxIdlePerHost   = 4
)

// Caller makes requests. It may be used from any goroutine.
type Caller struct {
	transport *http.Transport
	secrets   SecretReader
}

// SecretReader reads an entry of a Secret. Its errors must not tell what Secrets hold.
type SecretReader func(ctx context.Context, namespace, name, key string) (string, error)

// New returns a Caller whose connections all pass the guard. Without secrets it refuses
// headers that come from one.
func New(g *guard.Guard, secrets SecretReader) *Caller {
	dialer := &net.Dialer{Timeout: connectTimeout, ControlContext: g.Control}
	return &Caller{secrets: secrets, transport: &http.Transport{
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    handshakeTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		MaxResponseHeaderBytes: maxHeader,
	}}
}

// Close closes the connections that are kept.
func (c *Caller) Close() { c.transport.CloseIdleConnections() }

// Call makes a request and tells it about the run (R6). What was answered comes
// back as text, such as `200 OK: {"queued":3}`; a status that is not expected is
// an error with that text. The status alone decides: a body that breaks off
// changes nothing.
func (c *Caller) Call(ctx context.Context, spec *action.HTTP, facts action.Facts) (string, error) {
	req, err := c.newRequest(ctx, spec, facts)
	if err != nil {
		return "", err
	}
	expected := spec.Expected
	if expected == nil {
		expected = action.DefaultStatuses
	}
	client := &http.Client{Transport: c.transport, CheckRedirect: redirects(spec, expected)}
	resp, err := client.Do(req)
	if err != nil {
		return "", plainError(err, req, resp)
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxBody)) // to the end, so that the connection can be kept
	answer := resp.Status
	if text := excerpt.Of(string(body), maxExcerpt); text != "" {
		answer += ": " + text
	}
	if !expected.Contains(resp.StatusCode) {
		return "", refused(resp, fmt.Errorf("the answer was not in %s but %s", expected, answer))
	}
	return answer, nil
}

// plainError takes the URL out of an error, which may hold a secret, and leaves
// the host, which after a redirect may be another one than that of the Task.
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
	return fmt.Errorf("calling %s: %w", host, err)
}

// BusyError is an answer that asks for some patience.
type BusyError struct {
	// RetryAfter is for how long.
	RetryAfter time.Duration
	Err        error
}

// Error implements error.
func (e *BusyError) Error() string { return e.Err.Error() }

// Unwrap returns what the answer was.
func (e *BusyError) Unwrap() error { return e.Err }

// refused adds to an error how long the server asks to be left alone: with the status
// 429 or 503, in seconds or as a time (RFC 9110, section 10.2.3).
func refused(resp *http.Response, err error) error {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return err
	}
	asked := resp.Header.Get("Retry-After")
	if seconds, convErr := strconv.ParseUint(asked, 10, 31); convErr == nil {
		return &BusyError{RetryAfter: time.Duration(seconds) * time.Second, Err: err}
	}
	until, timeErr := http.ParseTime(asked)
	sent, dateErr := http.ParseTime(resp.Header.Get("Date")) // by the server's own clock
	if timeErr != nil || dateErr != nil || !until.After(sent) {
		return err
	}
	return &BusyError{RetryAfter: until.Sub(sent), Err: err}
}
