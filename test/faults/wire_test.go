package faults_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
)

// What a broken connection looks like to a client.
var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	errReset   = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
)

// wire is the network between one manager and the API server. It lies below all that
// the manager itself puts around its requests.
type wire struct {
	// namespace is the only one that the manager sees.
	namespace string
	// fault is what goes wrong, once, at the step at. Unset: nothing does.
	fault fault
	at    step

	mu      sync.Mutex
	counter counter
	trace   []step
	fired   chan struct{} // closed when the fault has been injected
	isFired bool
	blind   bool // the next read past the caches is refused

	cutOff  chan struct{} // closed when nothing passes any more
	stalled *stall
	watches watchGate
}

// fault is one thing that goes wrong: it stands in for a request.
type fault func(w *wire, next http.RoundTripper, req *http.Request) (*http.Response, error)

func newWire(namespace string) *wire {
	return &wire{namespace: namespace, counter: counter{}, fired: make(chan struct{}), cutOff: make(chan struct{})}
}

// around makes the wire the transport of a client.
func (w *wire) around(next http.RoundTripper) http.RoundTripper {
	return trip(func(req *http.Request) (*http.Response, error) {
		if w.isCut() {
			return nil, errRefused
		}
		req = w.narrow(req)
		of := callOf(req)
		switch of.verb {
		case "watch":
			return w.watches.watch(w, next, req, of)
		case "list":
			return w.watches.list(next, req)
		}
		resp, err := w.send(next, req, of)
		if w.isCut() && err == nil {
			_ = resp.Body.Close()
			return nil, errReset // the answer does not arrive
		}
		return resp, err
	})
}

// send lets a request pass, or has it meet its fault.
func (w *wire) send(next http.RoundTripper, req *http.Request, of call) (*http.Response, error) {
	if held := w.isStalled(); held != nil {
		return held.send(next, req)
	}
	if of.verb == "get" && w.isBlind() {
		return nil, errRefused
	}
	if w.meets(of) {
		return w.fault(w, next, req)
	}
	return next.RoundTrip(req)
}

// blindOnce has the next read past the caches be refused.
func (w *wire) blindOnce() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.blind = true
}

func (w *wire) isBlind() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	blind := w.blind
	w.blind = false
	return blind
}

// meets numbers a request and reports whether it is the one that the fault is for.
func (w *wire) meets(of call) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.counter.next(of)
	if !ok {
		return false
	}
	w.trace = append(w.trace, s)
	if w.fault == nil || w.isFired || s != w.at {
		return false
	}
	w.isFired = true
	close(w.fired)
	return true
}

// steps are those that were gone through so far.
func (w *wire) steps() []step {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]step(nil), w.trace...)
}

// cut ends all traffic for good, as the end of the process does.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.isCut() {
		close(w.cutOff)
	}
}

func (w *wire) isCut() bool {
	select {
	case <-w.cutOff:
		return true
	default:
		return false
	}
}

// narrow has lists and watches of all namespaces be answered from the case's own.
func (w *wire) narrow(req *http.Request) *http.Request {
	for _, path := range []string{"/api/v1/pods", "/apis/carillon.dev/v1alpha1/tasks", "/apis/carillon.dev/v1alpha1/schedulers"} {
		if req.URL.Path == path {
			req = req.Clone(req.Context())
			at := strings.LastIndex(path, "/")
			req.URL.Path = path[:at] + "/namespaces/" + w.namespace + path[at:]
		}
	}
	return req
}

// trip is a function as an http.RoundTripper.
type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// detached is a request that its sender cannot take back any more, and its content.
func detached(req *http.Request) (*http.Request, []byte, error) {
	out := req.Clone(context.WithoutCancel(req.Context()))
	if req.Body == nil {
		return out, nil, nil
	}
	content, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, nil, fmt.Errorf("reading a request to be held: %w", err)
	}
	out.Body = io.NopCloser(bytes.NewReader(content))
	return out, content, nil
}
