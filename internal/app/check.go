package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// CheckTimeout is how long Check waits for a leader: a new one may take the lease 17 seconds
// after another one died, and a first installation has its images to pull.
const CheckTimeout = time.Minute

// Check waits until a manager works: the API server serves the CRDs, and a leader renews the
// lease while Check looks on. It compares no clocks. It returns why it has given up at the end
// of ctx, and writes what it found to out otherwise.
func Check(ctx context.Context, cfg *Config, cluster *rest.Config, out io.Writer) error {
	if !cfg.LeaderElection.Enabled {
		return errors.New("--leader-elect=false: without a lease a manager cannot be checked")
	}
	base := rest.CopyConfig(cluster)
	base.UserAgent, base.Timeout = "carillon-check", cfg.LeaderElection.RenewDeadline.Duration
	transport, err := rest.HTTPClientFor(base)
	if err != nil {
		return fmt.Errorf("preparing to ask the API server: %w", err)
	}
	mapper, err := apiutil.NewDynamicRESTMapper(base, transport)
	if err != nil {
		return fmt.Errorf("preparing to ask for the CRDs: %w", err)
	}
	lock, err := newLock(cfg, base, "")
	if err != nil {
		return err
	}
	c := &check{crds: (&crdWait{mapper: mapper}).check, lock: lock}
	var problem error
	found := wait.PollUntilContextCancel(ctx, cfg.LeaderElection.RetryPeriod.Duration, true, func(ctx context.Context) (bool, error) {
		if last := c.look(ctx); ctx.Err() == nil || problem == nil { // what was found before the end says more
			problem = last
		}
		return problem == nil, nil
	})
	if found != nil {
		return fmt.Errorf("no manager works: %w", cmp.Or(problem, found))
	}
	_, err = fmt.Fprintf(out, "the CRDs are served, and %s is the leader: it renewed the lease %s\n", c.seen.HolderIdentity, lock.Describe())
	return err //nolint:wrapcheck // writing to the terminal
}

// check is what Check has found so far.
type check struct {
	// crds returns why the CRDs are not served.
	crds func() error
	lock resourcelock.Interface
	seen resourcelock.LeaderElectionRecord
}

// look returns nil if the holder of the lease has renewed it since the last look, and what is
// missing otherwise.
func (c *check) look(ctx context.Context) error {
	if err := c.crds(); err != nil {
		return err
	}
	record, _, err := c.lock.Get(ctx)
	switch {
	case apierrors.IsNotFound(err):
		return fmt.Errorf("the lease %s does not exist: no manager has ever been the leader", c.lock.Describe())
	case err != nil:
		return fmt.Errorf("reading the lease %s: %w", c.lock.Describe(), err)
	case record.HolderIdentity == "":
		return fmt.Errorf("nobody holds the lease %s", c.lock.Describe())
	}
	last := c.seen
	c.seen = *record
	if record.HolderIdentity != last.HolderIdentity || !record.RenewTime.After(last.RenewTime.Time) {
		return fmt.Errorf("%s holds the lease %s, and has not renewed it since %s",
			record.HolderIdentity, c.lock.Describe(), record.RenewTime.UTC().Format(time.RFC3339))
	}
	return nil
}
