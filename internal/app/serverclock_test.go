package app

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/carillon-dev/carillon/internal/lease"
)

func TestR10_TheServersDateConfirmsTheClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		headers []string      // of responses that arrive a second after each other
		passed  time.Duration // since the newest
		now     time.Time
		want    bool
	}{
		"no response":            {now: start},
		"no header":              {headers: []string{""}, now: start},
		"a header of no date":    {headers: []string{"yesterday"}, now: start},
		"the same time":          {headers: []string{start.Format(http.TimeFormat)}, now: start.Add(900 * time.Millisecond), want: true},
		"a while later":          {headers: []string{start.Format(http.TimeFormat)}, passed: time.Hour, now: start.Add(time.Hour), want: true},
		"a clock an hour ahead":  {headers: []string{start.Format(http.TimeFormat)}, now: start.Add(time.Hour)},
		"a clock behind":         {headers: []string{start.Format(http.TimeFormat)}, now: start.Add(-time.Minute)},
		"the newest counts":      {headers: []string{start.Format(http.TimeFormat), start.Add(time.Hour).Format(http.TimeFormat)}, now: start.Add(time.Hour), want: true},
		"an unreadable newest":   {headers: []string{start.Format(http.TimeFormat), "?"}, now: start.Add(time.Second), want: true},
		"a clock that jumped on": {headers: []string{start.Format(http.TimeFormat)}, passed: time.Second, now: start.Add(61 * time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			passed := time.Duration(0)
			c := &serverClock{elapsed: func() time.Duration { return passed }}
			for _, header := range tc.headers {
				passed += time.Second
				send(t, c, header)
			}
			passed += tc.passed
			if got := c.confirms(tc.now); got != tc.want {
				t.Errorf("confirms(%v) = %v, want %v", tc.now, got, tc.want)
			}
		})
	}
}

// send has a response with this Date header pass the clock, then an error.
func send(t *testing.T, c *serverClock, date string) {
	t.Helper()
	failed := errors.New("connection reset")
	for _, err := range []error{nil, failed} {
		through := c.around(lease.RoundTripper(func(*http.Request) (*http.Response, error) {
			if err != nil {
				return nil, err
			}
			return &http.Response{Header: http.Header{"Date": {date}}, Body: http.NoBody}, nil
		}))
		resp, got := through.RoundTrip(httptest.NewRequest(http.MethodGet, "https://cluster/readyz", http.NoBody))
		if !errors.Is(got, err) {
			t.Fatalf("error %v, want %v", got, err)
		}
		if got == nil {
			_ = resp.Body.Close()
		}
	}
}
