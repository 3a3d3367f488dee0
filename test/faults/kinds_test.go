package faults_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// kind is one way in which requests fail.
type kind struct {
	name string
	// reads: it is injected into reads past the caches, too.
	reads bool
	// leases: the managers compete for a lease, and the first one loses it.
	leases bool
	// thorough: only a thorough run tries it.
	thorough bool
	inject   fault
	// takeover says how another manager takes over. Unset: none does.
	takeover func(c *testCase, w *wire)
}

// kinds are all ways in which a request fails.
var kinds = []kind{
	// Before it is carried out.
	{name: "refused", reads: true, inject: func(*wire, http.RoundTripper, *http.Request) (*http.Response, error) {
		return nil, errRefused
	}},
	{name: "internal-error", reads: true, inject: answers(http.StatusInternalServerError, metav1.StatusReasonInternalError, 0)},
	{name: "unavailable", reads: true, thorough: true, inject: answers(http.StatusServiceUnavailable, metav1.StatusReasonServiceUnavailable, 1)},
	{name: "throttled", reads: true, thorough: true, inject: answers(http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, 1)},
	{name: "conflict", inject: answers(http.StatusConflict, metav1.StatusReasonConflict, 0)},
	// After it has been carried out.
	{name: "lost-answer", inject: loseAnswer},
	{name: "lost-answer-and-read", inject: func(w *wire, next http.RoundTripper, req *http.Request) (*http.Response, error) {
		w.blindOnce() // what became of it cannot be looked up at once
		return loseAnswer(w, next, req)
	}},
	{name: "timeout", thorough: true, inject: func(_ *wire, next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if err := carryOut(next, req); err != nil {
			return nil, err
		}
		return answer(req, http.StatusGatewayTimeout, metav1.StatusReasonTimeout, 0), nil
	}},
	// Together with the manager.
	{name: "crash", reads: true, inject: crash, takeover: func(*testCase, *wire) {}},
	{name: "blind-takeover", inject: crash, takeover: func(_ *testCase, w *wire) { w.blindOnce() }},
	{name: "frozen-takeover", inject: crash, takeover: func(c *testCase, w *wire) {
		w.watches.freeze(c.beginning())
		time.AfterFunc(staleFor, w.watches.thaw)
	}},
	{name: "stalled-leader", leases: true, inject: func(w *wire, next http.RoundTripper, req *http.Request) (*http.Response, error) {
		return w.stall().send(next, req)
	}, takeover: func(*testCase, *wire) {}},
	// With what the caches see.
	{name: "stale-cache", reads: true, inject: func(w *wire, next http.RoundTripper, req *http.Request) (*http.Response, error) {
		w.watches.hold()
		time.AfterFunc(staleFor, w.watches.thaw)
		return next.RoundTrip(req)
	}},
	// The cache of Pods is ahead of the cache of Tasks.
	{name: "stale-tasks", inject: func(w *wire, next http.RoundTripper, req *http.Request) (*http.Response, error) {
		w.watches.holdOnly("tasks")
		time.AfterFunc(staleFor, w.watches.thaw)
		return next.RoundTrip(req)
	}},
	{name: "broken-watch", reads: true, inject: func(w *wire, next http.RoundTripper, req *http.Request) (*http.Response, error) {
		w.watches.breakAll()
		return next.RoundTrip(req)
	}},
}

// loseAnswer carries the request out without the manager's knowing.
func loseAnswer(_ *wire, next http.RoundTripper, req *http.Request) (*http.Response, error) {
	if err := carryOut(next, req); err != nil {
		return nil, err
	}
	return nil, errReset
}

// staleFor is how long caches show what is no longer true.
const staleFor = time.Second

// crash carries the request out; its answer is the first thing that no longer reaches
// the manager.
func crash(w *wire, next http.RoundTripper, req *http.Request) (*http.Response, error) {
	err := carryOut(next, req)
	w.cut()
	if err == nil {
		err = errReset
	}
	return nil, err
}

// carryOut sends a request that its sender gives up no more.
func carryOut(next http.RoundTripper, req *http.Request) error {
	sent, _, err := detached(req)
	if err != nil {
		return err
	}
	resp, err := next.RoundTrip(sent)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// answers gives an answer of the API server without carrying the request out.
func answers(code int, reason metav1.StatusReason, retryAfter int32) fault {
	return func(_ *wire, _ http.RoundTripper, req *http.Request) (*http.Response, error) {
		return answer(req, code, reason, retryAfter), nil
	}
}

// answer is an answer of the API server with a status. retryAfter is in seconds; 0
// leaves it out.
func answer(req *http.Request, code int, reason metav1.StatusReason, retryAfter int32) *http.Response {
	status := metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure, Code: int32(code), Reason: reason, Message: "injected",
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if retryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(retryAfter)))
		status.Details = &metav1.StatusDetails{RetryAfterSeconds: retryAfter}
	}
	content, err := json.Marshal(status)
	if err != nil {
		panic(err) // plain data
	}
	return &http.Response{
		StatusCode: code, Status: http.StatusText(code), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(content)), ContentLength: int64(len(content)), Request: req,
	}
}
