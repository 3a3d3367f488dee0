package app

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// readLock is a lease whose reads are given.
type readLock struct {
	resourcelock.Interface
	record resourcelock.LeaderElectionRecord
	err    error
}

func (l *readLock) Get(context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	return &l.record, nil, l.err
}

func (*readLock) Describe() string { return "carillon-system/carillon-manager" }

// TestCheck shows that only a lease which its holder renews shows that a manager works, and what
// is said of others.
func TestCheck(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)
	held := func(holder string, seconds int) *readLock {
		renewed := metav1.NewTime(begin.Add(time.Duration(seconds) * time.Second))
		return &readLock{record: resourcelock.LeaderElectionRecord{HolderIdentity: holder, RenewTime: renewed}}
	}
	served := func() error { return nil }
	for name, tc := range map[string]struct {
		crds    func() error
		looks   []*readLock
		renewed bool
		reason  string
	}{
		"renewed":              {served, []*readLock{held("a", 0), held("a", 1)}, true, "a holds the lease"},
		"seen once":            {served, []*readLock{held("a", 0)}, false, "a holds the lease carillon-system/carillon-manager, and has not renewed it since 2026-11-29T10:00:00Z"},
		"not renewed":          {served, []*readLock{held("a", 0), held("a", 0)}, false, "has not renewed it since 2026-11-29T10:00:00Z"},
		"taken by another one": {served, []*readLock{held("a", 0), held("b", 1)}, false, "b holds the lease"},
		"taken and renewed":    {served, []*readLock{held("a", 0), held("b", 1), held("b", 2)}, true, "b holds the lease"},
		"released":             {served, []*readLock{held("a", 0), held("", 1)}, false, "nobody holds the lease carillon-system/carillon-manager"},
		"never there": {
			served, []*readLock{{err: apierrors.NewNotFound(schema.GroupResource{Resource: "leases"}, "carillon-manager")}},
			false, "the lease carillon-system/carillon-manager does not exist: no manager has ever been the leader",
		},
		"not readable":      {served, []*readLock{{err: errors.New("it is forbidden")}}, false, "reading the lease carillon-system/carillon-manager: it is forbidden"},
		"no CRDs":           {func() error { return errors.New("no CRDs") }, []*readLock{held("a", 0), held("a", 1)}, false, "no CRDs"},
		"renewed backwards": {served, []*readLock{held("a", 5), held("a", 1)}, false, "has not renewed it since 2026-11-29T10:00:01Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &check{crds: tc.crds}
			var renewed bool
			for i, lock := range tc.looks {
				if renewed {
					t.Fatalf("it was content after %d looks", i)
				}
				c.lock = lock
				var err error
				if renewed, err = c.look(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if renewed != tc.renewed {
				t.Errorf("renewed is %t", renewed)
			}
			if !strings.Contains(c.reason.Error(), tc.reason) {
				t.Errorf("the reason is %q, want %q", c.reason, tc.reason)
			}
		})
	}
}
