package faults_test

import (
	"io"
	"net/http"
	"sync"
)

// watchGate is what a wire does to lists and watches: the caches of the manager are fed
// by them.
type watchGate struct {
	mu sync.Mutex
	// held is closed when events pass again; nil while they do. heldOnly is the only resource
	// whose events are withheld. Empty: those of all are.
	held     chan struct{}
	heldOnly string
	// open are the watches that are under way; expired are the resources whose next watch
	// is told that its version is too old.
	open    map[*stream]bool
	expired map[string]bool
	// frozenAt is the version that lists are answered at, while events are held: what a
	// cache that was filled long ago would show.
	frozenAt string
}

// hold withholds all events from now on.
func (g *watchGate) hold() { g.holdOnly("") }

// holdOnly withholds the events of one resource, while the caches of the others go on; or
// those of all, if it is empty.
func (g *watchGate) holdOnly(resource string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held == nil {
		g.held, g.heldOnly = make(chan struct{}), resource
	}
}

// holding returns a channel that is closed when the events of a resource pass again, or nil
// if they do.
func (g *watchGate) holding(resource string) chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.heldOnly != "" && g.heldOnly != resource {
		return nil
	}
	return g.held
}

// freeze has the caches be filled with what there was at a version, and with nothing
// newer until thaw.
func (g *watchGate) freeze(version string) {
	g.hold()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.frozenAt = version
}

// thaw lets events pass again.
func (g *watchGate) thaw() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held != nil {
		close(g.held)
		g.held, g.heldOnly, g.frozenAt = nil, "", ""
	}
}

// breakAll breaks off every watch; those that follow on them have to list again.
func (g *watchGate) breakAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.expired = map[string]bool{}
	for s := range g.open {
		g.expired[s.resource] = true
		close(s.broken)
		delete(g.open, s)
	}
}

// list answers a list, at the version at which the cache is frozen. A list without a
// resourceVersion is no cache's: it is consistent with everything that was written.
func (g *watchGate) list(next http.RoundTripper, req *http.Request) (*http.Response, error) {
	g.mu.Lock()
	version := g.frozenAt
	g.mu.Unlock()
	if version != "" && callOf(req).resource != "endpointslices" && req.URL.Query().Has("resourceVersion") {
		req = req.Clone(req.Context())
		query := req.URL.Query()
		query.Set("resourceVersion", version)
		query.Set("resourceVersionMatch", "Exact")
		req.URL.RawQuery = query.Encode()
	}
	return next.RoundTrip(req)
}

// watch opens a watch whose events can be withheld and broken off.
func (g *watchGate) watch(w *wire, next http.RoundTripper, req *http.Request, of call) (*http.Response, error) {
	held := g.holding(of.resource)
	g.mu.Lock()
	frozen, expired := g.frozenAt != "", g.expired[of.resource]
	delete(g.expired, of.resource)
	g.mu.Unlock()
	switch {
	case frozen && req.URL.Query().Get("sendInitialEvents") != "":
		return answer(req, http.StatusUnprocessableEntity, "Invalid", 0), nil // so that it lists
	case expired:
		return answer(req, http.StatusGone, "Expired", 0), nil
	case held != nil:
		select {
		case <-held:
		case <-w.cutOff:
			return nil, errReset
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
	resp, err := next.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	s := &stream{ReadCloser: resp.Body, gate: g, wire: w, resource: of.resource, broken: make(chan struct{}), read: make(chan chunk)}
	g.mu.Lock()
	if g.open == nil {
		g.open = map[*stream]bool{}
	}
	g.open[s] = true
	g.mu.Unlock()
	go s.pump()
	resp.Body = s
	return resp, nil
}

// stream is the body of a watch.
type stream struct {
	io.ReadCloser
	gate     *watchGate
	wire     *wire
	resource string
	broken   chan struct{}

	read chan chunk
	rest chunk
}

// chunk is a piece of a body.
type chunk struct {
	content []byte
	err     error
}

// pump reads what comes from the API server, so that a reader can be told of something
// else meanwhile.
func (s *stream) pump() {
	for {
		buffer := make([]byte, 32<<10)
		n, err := s.ReadCloser.Read(buffer)
		select {
		case s.read <- chunk{buffer[:n], err}:
		case <-s.broken:
			return
		case <-s.wire.cutOff:
			return
		}
		if err != nil {
			return
		}
	}
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	if len(s.rest.content) == 0 && s.rest.err == nil {
		select {
		case s.rest = <-s.read:
		case <-s.broken:
			return 0, errReset
		case <-s.wire.cutOff:
			return 0, errReset
		}
		if held := s.gate.holding(s.resource); held != nil {
			select {
			case <-held:
			case <-s.broken:
				return 0, errReset
			case <-s.wire.cutOff:
				return 0, errReset
			}
		}
	}
	n := copy(p, s.rest.content)
	s.rest.content = s.rest.content[n:]
	if len(s.rest.content) == 0 {
		return n, s.rest.err
	}
	return n, nil
}

// Close implements io.Closer.
func (s *stream) Close() error {
	s.gate.mu.Lock()
	if s.gate.open[s] {
		delete(s.gate.open, s)
		close(s.broken)
	}
	s.gate.mu.Unlock()
	return s.ReadCloser.Close()
}
