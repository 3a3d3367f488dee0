package httpcall

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/executor/action"
)

const (
	headerUserAgent = "User-Agent"
	userAgent       = "carillon"

	// maxRedirects is how many redirects are followed.
	maxRedirects = 10
)

var headers = action.Names{
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

// harmless are the headers of a Task that describe the request and not who
// makes it: they are sent to every server that a redirect leads to.
var harmless = []string{
	"Accept", "Accept-Language", "Content-Encoding", "Content-Language", "Content-Type", headerUserAgent,
}

// newRequest makes the request. The Task's headers are set first, so that none
// of them can replace what the server is told about the run: above all the
// Idempotency-Key, by which a repeated call is recognised.
func newRequest(ctx context.Context, spec *action.HTTP, facts action.Facts) (*http.Request, error) {
	method := spec.Method
	switch {
	case method != "":
	case spec.Body != "":
		method = http.MethodPost
	default:
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, spec.URL, strings.NewReader(spec.Body))
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", redacted(err))
	}
	req.Header.Set(headerUserAgent, userAgent)
	for _, h := range spec.Headers {
		req.Header.Set(h.Name, h.Value)
	}
	for _, fact := range facts.Text(headers) {
		req.Header.Set(fact.Name, fact.Value)
	}
	return req, nil
}

// redacted leaves the URL out of an error about it.
func redacted(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// redirects decides whether a redirect is followed: not when its status is what
// the Task expects. The Task's own headers, which may hold a secret, are sent to
// its own origin only.
func redirects(spec *action.HTTP, expected action.Statuses) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, before []*http.Request) error {
		switch {
		case expected.Contains(next.Response.StatusCode):
			return http.ErrUseLastResponse
		case len(before) > maxRedirects:
			return fmt.Errorf("stopped after %d redirects", maxRedirects)
		}
		if origin := before[0].URL; next.URL.Scheme == origin.Scheme && next.URL.Host == origin.Host {
			return nil
		}
		for _, h := range spec.Headers {
			if name := http.CanonicalHeaderKey(h.Name); !slices.Contains(harmless, name) {
				next.Header.Del(name)
			}
		}
		return nil
	}
}
