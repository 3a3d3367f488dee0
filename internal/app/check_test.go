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
		crds  func() error
		looks []*readLock
		// problem is what the last look finds; empty: nothing.
		problem string
	}{
		"renewed":              {served, []*readLock{held("a", 0), held("a", 1)}, ""},
		"seen once":            {served, []*readLock{held("a", 0)}, "a holds the lease carillon-system/carillon-manager, and has not renewed it since 2026-11-29T10:00:00Z"},
		"not renewed":          {served, []*readLock{held("a", 0), held("a", 0)}, "has not renewed it since 2026-11-29T10:00:00Z"},
		"taken by another one": {served, []*readLock{held("a", 0), held("b", 1)}, "b holds the lease"},
		"taken and renewed":    {served, []*readLock{held("a", 0), held("b", 1), held("b", 2)}, ""},
		"released":             {served, []*readLock{held("a", 0), held("", 1)}, "nobody holds the lease carillon-system/carillon-manager"},
		"never there": {
			served,
			[]*readLock{{err: apierrors.NewNotFound(schema.GroupResource{Resource: "leases"}, "carillon-manager")}},
			"the lease carillon-system/carillon-manager does not exist: no manager has ever been the leader",
		},
		"not readable":      {served, []*readLock{{err: errors.New("it is forbidden")}}, "reading the lease carillon-system/carillon-manager: it is forbidden"},
		"no CRDs":           {func() error { return errors.New("no CRDs") }, []*readLock{held("a", 0), held("a", 1)}, "no CRDs"},
		"renewed backwards": {served, []*readLock{held("a", 5), held("a", 1)}, "has not renewed it since 2026-11-29T10:00:01Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &check{crds: tc.crds}
			for i, lock := range tc.looks {
				c.lock = lock
				problem := c.look(t.Context())
				switch last := i == len(tc.looks)-1; {
				case problem == nil && (!last || tc.problem != ""):
					t.Errorf("look %d finds nothing missing", i)
				case last && problem != nil && (tc.problem == "" || !strings.Contains(problem.Error(), tc.problem)):
					t.Errorf("the problem is %q, want %q", problem, tc.problem)
				}
			}
		})
	}
}
