package doctor

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

// managerCheck is the check whether a manager acts.
const managerCheck = "manager"

// manager looks whether one of them acts. served is what was read of Tasks and Schedulers: it shows a
// manager that has no lease.
func (o *options) manager(ctx context.Context, c *kube.Client, served population) finding {
	leader, err := c.Leader(ctx, o.managerNamespace)
	namespace := leader.Namespace
	advice := "look whether a manager runs: kubectl get pods -n " + namespace
	switch {
	case apierrors.IsNotFound(err):
		return o.withoutLease(ctx, c, served, namespace, advice)
	case err != nil:
		return *unreadable(managerCheck, err, "have somebody look who may read leases in namespace "+namespace)
	case leader.Holder == "":
		return finding{managerCheck, bad, "nobody holds the lease in namespace " + namespace, advice}
	}
	age := text.Duration(max(0, o.Now().Sub(leader.Renewed).Round(time.Second)))
	if !leader.Acts(o.Now()) {
		return finding{managerCheck, bad, fmt.Sprintf("%s held the lease and has not renewed it for %s", leader.Holder, age), lostLeaderAdvice(namespace)}
	}
	return finding{managerCheck, good, fmt.Sprintf("%s acts, and renewed its lease in %s %s ago", leader.Holder, namespace, age), ""}
}

// withoutLease looks for a manager where there is no lease: one that was named wrongly, or one that
// needs none, as --leader-elect=false says. The latter shows by its name in the Schedulers, and acts if
// nothing waits for it.
func (o *options) withoutLease(ctx context.Context, c *kube.Client, served population, namespace, advice string) finding {
	missing, holder := "there is no lease in namespace "+namespace, served.holder()
	elsewhere, err := c.Leader(ctx, "")
	acts := o.managerNamespace != "" && err == nil && elsewhere.Acts(o.Now())
	switch {
	case holder != "" && (!acts || elsewhere.Holder != holder) && !served.waits() && served.isRecent():
		return finding{managerCheck, good, holder + " serves the Schedulers without a lease: never run a second manager beside it", ""}
	case acts:
		return finding{
			managerCheck, bad, fmt.Sprintf("%s; %s acts, and has its lease in %s", missing, elsewhere.Holder, elsewhere.Namespace),
			"write --manager-namespace " + elsewhere.Namespace + ", or leave it out",
		}
	}
	return finding{managerCheck, bad, missing, advice + "; if it is in another namespace, write --manager-namespace"}
}

// holder is the manager that serves the Schedulers, as one of them says; empty: none says so.
func (p *population) holder() string {
	for i := range p.schedulers {
		if holder := p.schedulers[i].Status.Holder; holder != "" {
			return holder
		}
	}
	return ""
}

// waits reports whether a Task waits for a manager to look at it.
func (p *population) waits() bool {
	for i := range p.tasks {
		if p.unseen(&p.tasks[i]) || p.late(&p.tasks[i]) {
			return true
		}
	}
	return false
}

// recently is how new an outcome is that shows that a manager without a lease acts.
const recently = 10 * time.Minute

// isRecent reports whether a run has ended in the last minutes: a Scheduler names its last manager
// also when that is gone.
func (p *population) isRecent() bool {
	for i := range p.tasks {
		if runs := p.tasks[i].Status.RecentRuns; len(runs) > 0 && p.now.Sub(runs[0].FinishTime.Time) < recently {
			return true
		}
	}
	return false
}

// lostLeaderAdvice says where the log of a manager is whose lease is in a namespace.
func lostLeaderAdvice(namespace string) string {
	if namespace == kube.OutsideNamespace {
		return "look at its log: a manager whose lease is in " + namespace + " runs outside the cluster"
	}
	return "look at its log: kubectl logs -n " + namespace + " deployment/carillon-manager"
}
