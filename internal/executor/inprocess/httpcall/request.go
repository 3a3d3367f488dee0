package httpcall

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/runinfo"
	"github.com/carillon-dev/carillon/internal/serviceaccount"
)

const (
	headerAuthorization = "Authorization"
	headerUserAgent     = "User-Agent"
	userAgent           = "carillon"
)

var headers = runinfo.Names{
	Task:          v1alpha1.HeaderTask,
	Namespace:     v1alpha1.HeaderNamespace,
	ID:            v1alpha1.HeaderIdempotencyKey,
	Source:        v1alpha1.HeaderSource,
	ScheduledTime: v1alpha1.HeaderScheduledTime,
	DueTime:       v1alpha1.HeaderDueTime,
	StartTime:     v1alpha1.HeaderStartTime,
	Attempt:       v1alpha1.HeaderAttempt,
	Coalesced:     v1alpha1.HeaderCoalesced,
	TraceParent:   v1alpha1.HeaderTraceParent,
}

// newRequest makes the request. The Task's headers are none of those that inform the server
// about the run: above all the Idempotency-Key, by which a repeated call is recognised.
// What is secret of it, the values that came from Secrets and the token, is returned with it.
func (c *Caller) newRequest(ctx context.Context, spec *payload.HTTP, facts runinfo.RunInfo) (*http.Request, secretValues, error) {
	method := spec.Method
	switch {
	case method != "":
	case spec.Body != "":
		method = http.MethodPost
	default:
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, spec.URL, strings.NewReader(facts.Expand(spec.Body)))
	if err != nil {
		return nil, nil, fmt.Errorf("making the request: %w", redacted(err))
	}
	if req.URL.User != nil {
		return nil, nil, handler.Permanent(errors.New("the URL holds a user name or a password, which everybody sees who may read the Task: " +
			"write a header Authorization with valueFrom.secretKeyRef instead"))
	}
	req.Header.Set(headerUserAgent, userAgent)
	var secrets secretValues
	for _, h := range spec.Headers {
		if err := checkHeader(h.Name); err != nil {
			return nil, nil, err
		}
		value, err := c.valueOf(ctx, h, facts)
		if err != nil {
			return nil, nil, fmt.Errorf("header %s: %w", h.Name, err)
		}
		if h.Secret != nil {
			secrets = append(secrets, value)
			value = h.Value + value
		}
		req.Header.Set(h.Name, value)
	}
	if spec.Audience != "" {
		token, err := c.token(ctx, spec.Audience, facts)
		if err != nil {
			return nil, nil, err
		}
		req.Header.Set(headerAuthorization, "Bearer "+token)
		// The parts as well: a server may answer with some of them.
		secrets = append(append(secrets, token), strings.Split(token, ".")...)
	}
	for _, fact := range facts.Text(headers) {
		req.Header.Set(fact.Name, fact.Value)
	}
	return req, secrets, nil
}

// valueOf is the value of a header. What comes from a Secret is taken as it is, but for
// the end of a line, which editors leave there.
func (c *Caller) valueOf(ctx context.Context, h payload.Header, facts runinfo.RunInfo) (string, error) {
	if h.Secret == nil {
		return facts.Expand(h.Value), nil
	}
	if c.secrets == nil {
		return "", errors.New("the manager may not read Secrets")
	}
	value, err := c.secrets(ctx, accountOf(facts), *h.Secret)
	if err != nil {
		return "", err
	}
	value = strings.TrimRight(value, "\r\n")
	if !httpguts.ValidHeaderFieldValue(value) { // an error of the transport would quote it
		return "", fmt.Errorf("the value in key %q of the Secret %q is not one line without control characters", h.Secret.Key, h.Secret.Name)
	}
	return value, nil
}

// token returns the token that the request carries.
func (c *Caller) token(ctx context.Context, audience string, facts runinfo.RunInfo) (string, error) {
	if c.tokens == nil {
		return "", errors.New("the manager sends no tokens")
	}
	token, err := c.tokens(ctx, accountOf(facts), audience)
	if _, ok := errors.AsType[*serviceaccount.AudienceError](err); ok {
		return "", handler.Permanent(err)
	}
	return token, err
}

// accountOf is the account that the Task acts as.
func accountOf(facts runinfo.RunInfo) serviceaccount.Account {
	return serviceaccount.Account{Namespace: facts.Namespace, Name: facts.ServiceAccount}
}

// redacted leaves the URL out of an error about it.
func redacted(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
