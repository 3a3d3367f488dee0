package lease

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
)

// lock is a leader election lock that only knows its identity.
type lock struct {
	resourcelock.Interface
	err  error
	took func() // what happens while the API server answers
}

func (l *lock) Identity() string { return "me" }

func (l *lock) Create(context.Context, resourcelock.LeaderElectionRecord) error {
	l.took()
	return l.err
}

func (l *lock) Update(context.Context, resourcelock.LeaderElectionRecord) error {
	l.took()
	return l.err
}

const deadline = 10 * time.Second

func TestHeld(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		holder string
		err    error
		took   time.Duration
		since  time.Duration
		want   bool
	}{
		"just renewed":                                {holder: "me", want: true},
		"renewed at the deadline":                     {holder: "me", since: deadline, want: true},
		"not renewed in time":                         {holder: "me", since: deadline + time.Nanosecond},
		"counted from when the renewal was begun":     {holder: "me", took: 4 * time.Second, since: 7 * time.Second},
		"a renewal that failed is none":               {holder: "me", err: errors.New("timeout")},
		"released":                                    {holder: ""},
		"held by somebody else, as a renewal reports": {holder: "other"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clk := clocktesting.NewFakeClock(time.Unix(1e9, 0))
			pass := func() { clk.SetTime(clk.Now().Add(tc.took)) }
			for verb, renew := range map[string]func(*Lease) error{
				"create": func(l *Lease) error {
					return l.Create(t.Context(), resourcelock.LeaderElectionRecord{HolderIdentity: tc.holder})
				},
				"update": func(l *Lease) error {
					return l.Update(t.Context(), resourcelock.LeaderElectionRecord{HolderIdentity: tc.holder})
				},
			} {
				held := Watch(&lock{err: tc.err, took: pass}, deadline, clk)
				if err := renew(held); !errors.Is(err, tc.err) {
					t.Fatalf("%s: %v, want the lock's own error", verb, err)
				}
				clk.SetTime(clk.Now().Add(tc.since))
				if got := held.Held(); got != tc.want {
					t.Errorf("%s: held is %t, want %t", verb, got, tc.want)
				}
			}
		})
	}
}

func TestReleaseEndsAHeldLease(t *testing.T) {
	t.Parallel()
	clk := clocktesting.NewFakeClock(time.Unix(1e9, 0))
	held := Watch(&lock{took: func() {}}, deadline, clk)
	if err := held.Update(t.Context(), resourcelock.LeaderElectionRecord{HolderIdentity: "me"}); err != nil {
		t.Fatal(err)
	}
	if err := held.Update(t.Context(), resourcelock.LeaderElectionRecord{}); err != nil {
		t.Fatal(err)
	}
	if held.Held() {
		t.Error("still held after the release")
	}
}

// A write of a manager that was stopped for too long does not leave it.
func TestTransportRefusesWritesOnceTheLeaseIsOver(t *testing.T) {
	t.Parallel()
	var served int
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ }))
	defer server.Close()
	clk := clocktesting.NewFakeClock(time.Unix(1e9, 0))
	held := Watch(&lock{took: func() {}}, deadline, clk)
	client := &http.Client{Transport: held.Transport(http.DefaultTransport)}
	send := func(method string) error {
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err == nil {
			err = resp.Body.Close()
		}
		return err
	}
	if err := send(http.MethodPost); !errors.Is(err, ErrNotHeld) {
		t.Errorf("before the first renewal: %v, want ErrNotHeld", err)
	}
	if err := held.Create(t.Context(), resourcelock.LeaderElectionRecord{HolderIdentity: "me"}); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodGet} {
		if err := send(method); err != nil {
			t.Errorf("%s while held: %v", method, err)
		}
	}
	clk.SetTime(clk.Now().Add(deadline + time.Second))
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if err := send(method); !errors.Is(err, ErrNotHeld) {
			t.Errorf("%s after the deadline: %v, want ErrNotHeld", method, err)
		}
	}
	if err := send(http.MethodGet); err != nil {
		t.Errorf("reading is always allowed, got %v", err)
	}
	if served != 6 {
		t.Errorf("the server saw %d requests, want 6", served)
	}
}

func TestLostIsClosedWhenTheLeaseIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		held := Watch(&lock{took: func() {}}, deadline, clock.RealClock{})
		ended := make(chan error, 1)
		go func() { ended <- held.Start(t.Context()) }()
		isLost := func() bool {
			synctest.Wait()
			select {
			case <-held.Lost():
				return true
			default:
				return false
			}
		}
		time.Sleep(time.Hour)
		if isLost() {
			t.Fatal("lost before it was held")
		}
		if err := held.Create(t.Context(), resourcelock.LeaderElectionRecord{HolderIdentity: "me"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(deadline)
		if isLost() {
			t.Error("lost at the deadline")
		}
		time.Sleep(checkEvery + time.Millisecond)
		if !isLost() {
			t.Error("not lost after the deadline")
		}
		if err := <-ended; err != nil {
			t.Errorf("Start ended with %v", err)
		}
	})
}
