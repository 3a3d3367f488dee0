package httpcall_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/guard"
	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/runinfo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// facts is what the run of the tests is told.
var facts = runinfo.RunInfo{
	Namespace: "reports", Task: "newsletter", ID: "0123456789abcdef", Source: "Scheduled", Attempt: 2, Coalesced: 3,
	ScheduledTime: time.Date(2026, 11, 20, 13, 30, 0, 0, time.UTC),
	DueTime:       time.Date(2026, 11, 20, 13, 30, 7, 0, time.UTC),
	StartTime:     time.Date(2026, 11, 20, 13, 30, 8, 0, time.UTC),
}

// newCaller returns a Caller that may reach 127.0.0.1, and no other address of
// the machine.
func newCaller(t *testing.T) *httpcall.Caller {
	t.Helper()
	c := httpcall.New(guard.New(guard.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}), nil)
	t.Cleanup(c.Close)
	return c
}

// got is a request as a server got it.
type got struct {
	Method, Path, Body string
	Header             http.Header
}

// serve starts a server on 127.0.0.1 and hands over what it gets.
func serve(t *testing.T, answer http.HandlerFunc) (url string, requests <-chan got) {
	t.Helper()
	ch := make(chan got, 32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		ch <- got{r.Method, r.URL.Path, string(body), r.Header}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, ch
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func TestCallTellsTheServer(t *testing.T) {
	t.Parallel()
	url, requests := serve(t, status(http.StatusNoContent))
	answer, err := newCaller(t).Call(t.Context(), &payload.HTTP{
		Method: "PUT", URL: url + "/run", Body: "{}",
		Headers: []payload.Header{
			{Name: "X-Team", Value: "a"},
			{Name: "content-type", Value: "application/json"},
		},
	}, facts)
	if err != nil || answer != "204 No Content" {
		t.Errorf("Call = %q, %v", answer, err)
	}
	want := got{"PUT", "/run", "{}", http.Header{
		"Accept-Encoding":         {"gzip"},
		"Content-Length":          {"2"},
		"Content-Type":            {"application/json"},
		"User-Agent":              {"carillon"},
		"X-Team":                  {"a"},
		"Idempotency-Key":         {"0123456789abcdef"},
		"Carillon-Task":           {"newsletter"},
		"Carillon-Namespace":      {"reports"},
		"Carillon-Scheduled-Time": {"2026-11-20T13:30:00Z"},
		"Carillon-Due-Time":       {"2026-11-20T13:30:07Z"},
		"Carillon-Start-Time":     {"2026-11-20T13:30:08Z"},
		"Carillon-Attempt":        {"2"},
		"Carillon-Source":         {"Scheduled"},
		"Carillon-Coalesced":      {"3"},
	}}
	if diff := cmp.Diff(want, <-requests); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestMethod(t *testing.T) {
	t.Parallel()
	url, requests := serve(t, status(http.StatusOK))
	caller := newCaller(t)
	tests := []struct{ method, body, want string }{
		{"", "", "GET"},
		{"", "{}", "POST"},
		{"GET", "{}", "GET"},
		{"DELETE", "", "DELETE"},
	}
	for _, tc := range tests {
		if _, err := caller.Call(t.Context(), &payload.HTTP{Method: tc.method, URL: url, Body: tc.body}, facts); err != nil {
			t.Fatal(err)
		}
		if r := <-requests; r.Method != tc.want || r.Body != tc.body {
			t.Errorf("method %q with body %q: the server got %s with %q, want %s", tc.method, tc.body, r.Method, r.Body, tc.want)
		}
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	write := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		}
	}
	tests := map[string]struct {
		answer    http.HandlerFunc
		expected  string
		want      string
		wantError string
	}{
		"success":             {answer: write(200, "{\"queued\": 3}\n"), want: `200 OK: {"queued": 3}`},
		"not printable":       {answer: write(200, "\x00\x1b[31mred\n\nline"), want: `200 OK: [31mred line`},
		"failure":             {answer: write(503, "try later"), wantError: "the answer was not in 200-299 but 503 Service Unavailable: try later"},
		"expected failure":    {answer: write(404, ""), expected: "200,404", want: "404 Not Found"},
		"unexpected success":  {answer: write(200, ""), expected: "201-299", wantError: "the answer was not in 201-299 but 200 OK"},
		"long":                {answer: write(200, strings.Repeat("x", 1000)), want: "200 OK: " + strings.Repeat("x", 253) + "…"},
		"not followed":        {answer: redirect(302, "/elsewhere"), expected: "302", want: "302 Found"},
		"redirect to nowhere": {answer: status(302), wantError: "the answer was not in 200-299 but 302 Found"},
		"breaks off": {
			answer: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				w.Header().Set("Content-Length", "100")
				fmt.Fprint(w, "partly")
			},
			want: "200 OK: partly",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := serve(t, tc.answer)
			expected, err := payload.ParseStatuses(tc.expected)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := open(t, httpcall.Config{Excerpts: httpcall.ExcerptsOfAll}).Call(t.Context(), &payload.HTTP{URL: url, Expected: expected}, facts)
			if answer != tc.want || text(err) != tc.wantError {
				t.Errorf("Call = %q, %v, want %q, %q", answer, err, tc.want, tc.wantError)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func redirect(code int, to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(code)
	}
}

// A server that never stops answering is not listened to for ever.
func TestBodyIsBounded(t *testing.T) {
	t.Parallel()
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		chunk := make([]byte, 4096)
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	if answer, err := newCaller(t).Call(t.Context(), &payload.HTTP{URL: url}, facts); err != nil || answer != "200 OK" {
		t.Errorf("Call = %q, %v", answer, err)
	}
}

func TestCallEndsWithItsContext(t *testing.T) {
	t.Parallel()
	url, requests := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-requests; cancel() }()
	if _, err := newCaller(t).Call(ctx, &payload.HTTP{URL: url}, facts); !errors.Is(err, context.Canceled) {
		t.Errorf("Call = %v, want that it was cancelled", err)
	}
}

func TestGuarded(t *testing.T) {
	t.Parallel()
	reached := make(chan string, 8)
	forbidden := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached <- r.Host }))
	listener, err := net.Listen("tcp4", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := forbidden.Listener.Close(); err != nil {
		t.Fatal(err)
	}
	forbidden.Listener = listener
	forbidden.Start()
	t.Cleanup(forbidden.Close)
	port := listener.Addr().(*net.TCPAddr).Port
	allowed, _ := serve(t, redirect(http.StatusTemporaryRedirect, forbidden.URL))

	tests := map[string]struct{ url, want string }{
		"directly":       {forbidden.URL, "refusing to connect to 127.0.0.2: it is a loopback address"},
		"by redirect":    {allowed, "refusing to connect to 127.0.0.2: it is a loopback address"},
		"in IPv6":        {fmt.Sprintf("http://[::ffff:127.0.0.2]:%d/", port), "refusing to connect to 127.0.0.2: it is a loopback address"},
		"the metadata":   {"http://169.254.169.254/latest/meta-data/", "refusing to connect to 169.254.169.254: it is a cloud's metadata service"},
		"another socket": {"file:///etc/passwd", "unsupported protocol scheme"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := newCaller(t).Call(t.Context(), &payload.HTTP{URL: tc.url}, facts)
			if !strings.Contains(text(err), tc.want) {
				t.Errorf("Call = %v, want an error with %q", err, tc.want)
			}
		})
	}
	if len(reached) > 0 {
		t.Errorf("the forbidden server was reached as %s", <-reached)
	}
}

// No proxy of the environment is used: it would go where the guard does not let
// the manager go.
func TestNoProxy(t *testing.T) {
	proxy, asked := serve(t, status(http.StatusOK))
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, proxy)
	}
	_, err := newCaller(t).Call(t.Context(), &payload.HTTP{URL: "http://169.254.169.254/"}, facts)
	if len(asked) > 0 || !strings.Contains(text(err), "refusing to connect") {
		t.Errorf("Call = %v after %d requests to the proxy", err, len(asked))
	}
}

func TestCertificatesAreVerified(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(status(http.StatusOK))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	_, err := newCaller(t).Call(t.Context(), &payload.HTTP{URL: server.URL}, facts)
	if !strings.Contains(text(err), "certificate") {
		t.Errorf("Call = %v, want that the certificate is refused", err)
	}
}

// What is wrong with a request is told without the URL, which may hold a secret.
func TestErrorsHideTheURL(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{
		"nobody listens": "http://127.0.0.1:2/?token=s3cret",
		"a bad port":     "http://127.0.0.1:1/?token=s3cret",
		"no URL":         "http://127.0.0.1:x/?token=s3cret",
		"a method":       "http://127.0.0.1:1/%zz?token=s3cret",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newCaller(t).Call(t.Context(), &payload.HTTP{URL: url}, facts)
			if err == nil || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("Call = %v", err)
			}
		})
	}
}
