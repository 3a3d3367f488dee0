package httpcall_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/serviceaccount"
)

const secretToken = "s3cr3t-token"

// secrets are those of one namespace.
func secrets(_ context.Context, as serviceaccount.Account, secret payload.SecretKey) (string, error) {
	if as.Namespace != facts.Namespace || secret.Name != "hook" {
		return "", errors.New("there is no such Secret")
	}
	switch secret.Key {
	case "token":
		return secretToken, nil
	case "line":
		return secretToken + "\n", nil
	case "lines":
		return secretToken + "\r\nHost: forged", nil
	default:
		return "", errors.New("it has no such key")
	}
}

func withSecrets(t *testing.T, reader httpcall.SecretReader) *httpcall.Caller {
	t.Helper()
	c := httpcall.New(guard.New(guard.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}), reader)
	t.Cleanup(c.Close)
	return c
}

func authorization(key string) []payload.Header {
	return []payload.Header{{Name: "Authorization", Secret: &payload.SecretKey{Name: "hook", Key: key}}}
}

func TestHeaderFromASecret(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reader      httpcall.SecretReader
		prefix, key string
		wantErr     string // part of it; empty: it is sent
	}{
		"is sent":                            {secrets, "", "token", ""},
		"is sent after a prefix":             {secrets, "Bearer ", "token", ""},
		"is sent without the end of a line":  {secrets, "", "line", ""},
		"is refused with lines in it":        {secrets, "", "lines", `header Authorization: the value in key "lines" of the Secret "hook" is not one line`},
		"that has no such key":               {secrets, "", "tokn", "header Authorization: it has no such key"},
		"is refused where that is not meant": {nil, "", "token", "header Authorization: the manager may not read Secrets"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, requests := serve(t, status(http.StatusNoContent))
			headers := authorization(tc.key)
			headers[0].Value = tc.prefix
			_, err := withSecrets(t, tc.reader).Call(t.Context(), &payload.HTTP{URL: url, Headers: headers}, facts)
			switch {
			case tc.wantErr == "" && err != nil:
				t.Fatal(err)
			case tc.wantErr == "":
				if got := (<-requests).Header.Get("Authorization"); got != tc.prefix+secretToken {
					t.Errorf("sent %q", got)
				}
			case err == nil || !strings.Contains(err.Error(), tc.wantErr) || strings.Contains(err.Error(), secretToken):
				t.Errorf("%v, want an error with %q and without the secret", err, tc.wantErr)
			}
		})
	}
}

// What a Secret holds goes to the server that the Task names, and to no other.
func TestSecretsDoNotFollowARedirect(t *testing.T) {
	t.Parallel()
	elsewhere, requests := serve(t, status(http.StatusNoContent))
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
	})
	headers := append(authorization("token"), payload.Header{Name: "X-Api-Key", Secret: &payload.SecretKey{Name: "hook", Key: "token"}})
	if _, err := withSecrets(t, secrets).Call(t.Context(), &payload.HTTP{URL: url, Headers: headers}, facts); err != nil {
		t.Fatal(err)
	}
	for name, values := range (<-requests).Header {
		if strings.Contains(strings.Join(values, ""), secretToken) {
			t.Errorf("the other server was told %s: %q", name, values)
		}
	}
}

func TestBodyAndHeadersAreExpanded(t *testing.T) {
	t.Parallel()
	url, requests := serve(t, status(http.StatusNoContent))
	_, err := newCaller(t).Call(t.Context(), &payload.HTTP{
		URL: url, Body: `{"slot": "$(CARILLON_SCHEDULED_TIME)"}`, Headers: []payload.Header{{Name: "X-Attempt", Value: "no. $(CARILLON_ATTEMPT)"}},
	}, facts)
	if err != nil {
		t.Fatal(err)
	}
	got := <-requests
	if got.Body != `{"slot": "2026-11-20T13:30:00Z"}` || got.Header.Get("X-Attempt") != "no. 2" {
		t.Errorf("sent %s with %q", got.Body, got.Header.Get("X-Attempt"))
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status      int
		retryAfter  string
		wantSeconds float64 // 0: nothing is asked for
	}{
		"in seconds":             {http.StatusTooManyRequests, "120", 120},
		"as a time":              {http.StatusServiceUnavailable, "Fri, 20 Nov 2026 13:31:00 GMT", 60},
		"in the past":            {http.StatusServiceUnavailable, "Fri, 20 Nov 2026 13:29:00 GMT", 0},
		"not at all":             {http.StatusServiceUnavailable, "", 0},
		"in words":               {http.StatusTooManyRequests, "soon", 0},
		"of a day that is none":  {http.StatusTooManyRequests, "-5", 0},
		"with another status":    {http.StatusInternalServerError, "120", 0},
		"with a redirect status": {http.StatusNotModified, "120", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", "Fri, 20 Nov 2026 13:30:00 GMT")
				w.Header().Set("Retry-After", tc.retryAfter)
				w.WriteHeader(tc.status)
			})
			_, err := newCaller(t).Call(t.Context(), &payload.HTTP{URL: url}, facts)
			busy, asked := errors.AsType[*httpcall.BusyError](err)
			if err == nil || asked != (tc.wantSeconds > 0) || asked && busy.RetryAfter.Seconds() != tc.wantSeconds {
				t.Errorf("%v asks for patience: %t, want %v s", err, asked, tc.wantSeconds)
			}
		})
	}
}

// A server can repeat what it was sent, in its answer as well as in an error.
func TestSecretsAreInNoMessage(t *testing.T) {
	t.Parallel()
	const secret = `s3c"r3t /+token`
	reader := func(context.Context, serviceaccount.Account, payload.SecretKey) (string, error) { return secret, nil }
	tests := map[string]struct {
		answer func(conn net.Conn)
		want   string
	}{
		"in the body":     {says("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(secret), secret), "200 OK"},
		"in base64":       {says("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nczNjInIzdCAvK3Rva2Vu"), "200 OK"},
		"of a failure":    {says("HTTP/1.1 401 %s\r\nContent-Length: %d\r\n\r\n%s", secret, len(secret), secret), "the answer was not in 200-299 but 401 Unauthorized"},
		"in no status":    {says("HTTP/1.1 %s\r\n\r\n", secret), `malformed HTTP status code ***`},
		"in a redirect":   {says("HTTP/1.1 301 X\r\nContent-Length: 0\r\nLocation: https://new.example/%s?a=%s\r\n\r\n", url.PathEscape(secret), url.QueryEscape(secret)), "https://new.example/***?a=***; write"},
		"in the location": {says("HTTP/1.1 301 X\r\nContent-Length: 0\r\nLocation: :%s\r\n\r\n", secret), "answered 301 with a Location that is not a URL"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := &payload.HTTP{Method: "POST", URL: raw(t, tc.answer), Headers: authorization("token")}
			answer, err := withSecrets(t, reader).Call(t.Context(), spec, facts)
			message := answer + text(err)
			if !strings.Contains(message, tc.want) || strings.Contains(message, "s3c") || strings.Contains(message, "czNj") {
				t.Errorf("Call = %q, %v, want %q and no secret", answer, err, tc.want)
			}
		})
	}
}

// says is an answer, after which the connection is closed.
func says(format string, args ...any) func(net.Conn) {
	return func(conn net.Conn) { fmt.Fprintf(conn, format, args...) }
}
