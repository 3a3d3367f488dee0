package app

import (
	"net/http"
	"sync"
	"time"

	"github.com/carillon-dev/carillon/internal/lease"
)

// serverClockTolerance is how far this machine's clock may differ from the API server's
// and still be confirmed by it. A Date header is in whole seconds and some time old; the
// clocks of healthy nodes differ by less than the rest.
const serverClockTolerance = 10 * time.Second

// serverClock follows the API server's clock by the Date headers of its responses, so that
// a jump of this machine's clock can be confirmed (R10).
type serverClock struct {
	// elapsed is time that passes evenly, whatever happens to the wall clock.
	elapsed func() time.Duration

	mu   sync.Mutex
	date time.Time     // of the newest response; zero before the first
	at   time.Duration // when that response arrived, in elapsed time
}

func newServerClock() *serverClock {
	start := time.Now() // with its monotonic reading
	return &serverClock{elapsed: func() time.Duration { return time.Since(start) }}
}

// around makes the clock read the responses to a client.
func (c *serverClock) around(next http.RoundTripper) http.RoundTripper {
	return lease.RoundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err == nil {
			c.read(resp.Header.Get("Date"))
		}
		return resp, err //nolint:wrapcheck // a transport passes errors on
	})
}

// read takes the time from a Date header. One that cannot be parsed is ignored.
func (c *serverClock) read(header string) {
	date, err := http.ParseTime(header)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.date, c.at = date, c.elapsed()
}

// confirms reports whether the API server's clock agrees that it is now. Without a
// response yet, it does not.
func (c *serverClock) confirms(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.date.IsZero() {
		return false
	}
	difference := now.Sub(c.date.Add(c.elapsed() - c.at))
	return difference.Abs() <= serverClockTolerance
}
