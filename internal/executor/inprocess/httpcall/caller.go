// Package httpcall makes the requests of http actions.
//
// They leave as the manager: from its network, with none of its credentials. No proxy is
// taken from the environment; see [Proxy] for the one that an administrator names.
package httpcall

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/egress"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/runinfo"
	"github.com/carillon-dev/carillon/internal/serviceaccount"
)

// DefaultTimeout bounds a request of a Task without a timeout.
const DefaultTimeout = 30 * time.Second

// Config is what a Caller needs.
type Config struct {
	// Guard decides which addresses may be dialled.
	Guard *guard.Guard
	// Rules say which servers each namespace may reach besides. Not set: every one.
	Rules *egress.Rules
	// Canonical finds the canonical names of hosts for Rules. Defaults to the resolver
	// of the system.
	Canonical CanonicalName
	// Secrets reads the headers that come from Secrets. Not set: they are refused.
	Secrets SecretReader
	// Tokens issues the tokens that requests carry. Not set: requests with one are refused.
	Tokens TokenSource
	// TLS names the files with further authorities and with the client certificate.
	TLS TLSFiles
	// Proxy is the HTTP proxy that requests go through. Not set: none.
	Proxy *Proxy
	// Excerpts says of which answers the beginning is quoted. Defaults to
	// ExcerptsOfFailures.
	Excerpts Excerpts
	// Clock says when the files are to be read again. Defaults to the real one.
	Clock clock.PassiveClock
	Log   logr.Logger
}

// Caller makes requests. It may be used from any goroutine.
type Caller struct {
	transports *transports
	secrets    SecretReader
	tokens     TokenSource
	excerpts   Excerpts
}

// Excerpts says of which answers the beginning is quoted in the message of a run, which
// everybody who may read the Task can read.
type Excerpts string

// The values of Excerpts.
const (
	ExcerptsOfNone     Excerpts = "none"
	ExcerptsOfFailures Excerpts = "failures"
	ExcerptsOfAll      Excerpts = "always"
)

// quotes reports whether an answer is quoted.
func (e Excerpts) quotes(failed bool) bool {
	switch e {
	case ExcerptsOfAll:
		return true
	case ExcerptsOfNone:
		return false
	default:
		return failed
	}
}

// SecretReader reads an entry of a Secret as an account, or as the manager if the account
// has no name. Its errors must not reveal what Secrets hold.
type SecretReader func(ctx context.Context, as serviceaccount.Account, secret payload.SecretKey) (string, error)

// TokenSource returns a token of an account for an audience.
type TokenSource func(ctx context.Context, account serviceaccount.Account, audience string) (string, error)

// New returns a Caller whose connections all pass the guard. Without secrets it refuses
// headers that come from one. It trusts the roots of the system and has neither a client
// certificate nor a proxy; see [Open] for those.
func New(g *guard.Guard, secrets SecretReader) *Caller {
	return &Caller{secrets: secrets, transports: newTransports(Config{Guard: g})}
}

// Open returns a Caller as cfg says. It reads the files of cfg.TLS; the error names the
// one that cannot be used.
func Open(cfg Config) (*Caller, error) {
	t := newTransports(cfg)
	if err := t.load(); err != nil {
		return nil, err
	}
	return &Caller{secrets: cfg.Secrets, tokens: cfg.Tokens, excerpts: cfg.Excerpts, transports: t}, nil
}

// Close closes the connections that are kept.
func (c *Caller) Close() { c.transports.closeIdle() }

// Call makes a request and passes the run info on (R6). The answer comes back as text,
// such as `200 OK: {"queued":3}`; a status that is not expected is an error with that
// text. The status alone decides: a body that breaks off changes nothing. But a body that
// has not ended when ctx ends is an error: the time of a request includes its answer.
func (c *Caller) Call(ctx context.Context, spec *payload.HTTP, facts runinfo.RunInfo) (string, error) {
	req, secrets, err := c.newRequest(ctx, spec, facts)
	if err != nil {
		return "", err
	}
	expected := spec.Expected
	if expected == nil {
		expected = payload.DefaultStatuses
	}
	policy := &redirectPolicy{spec: spec, facts: facts, expected: expected, secrets: secrets}
	client := &http.Client{Transport: c.transports.of(facts.Namespace), CheckRedirect: policy.check}
	resp, err := client.Do(req)
	if err != nil {
		return "", plainError(err, req, resp, secrets)
	}
	failed := !expected.Contains(resp.StatusCode)
	answer, err := read(ctx, resp, policy, c.excerpts.quotes(failed))
	if err != nil {
		return "", err
	}
	if failed {
		return "", refused(resp, fmt.Errorf("the answer was not in %s but %s", expected, answer))
	}
	return answer, nil
}
