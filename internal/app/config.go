package app

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"
)

// Config is what a manager can be told. Its zero value is not usable; see
// AddFlags for the defaults.
type Config struct {
	// MetricsAddress and ProbeAddress are where metrics and probes are
	// served; "0" serves none.
	MetricsAddress, ProbeAddress string
	// LeaderElect makes the manager wait until it holds the lease.
	LeaderElect bool
	// LeaderElectionNamespace is where the lease is kept; empty means the
	// namespace the manager runs in, or "default" outside a cluster.
	LeaderElectionNamespace string
	// LeaseDuration, RenewDeadline and RetryPeriod time the leader election:
	// a manager that dies is replaced at most LeaseDuration plus RetryPeriod
	// later.
	LeaseDuration, RenewDeadline, RetryPeriod time.Duration
	// ShutdownTimeout is how long in-process runs may take to finish when
	// the manager is told to stop.
	ShutdownTimeout time.Duration
	// MaxWorkers is how many runs a pool executor carries out at a time that does
	// not say.
	MaxWorkers int
	// HTTPAllow and HTTPDeny add to the addresses that http actions may and
	// may not reach.
	HTTPAllow, HTTPDeny Prefixes
	// LogLevel is debug, info, warn or error.
	LogLevel string
}

// AddFlags registers a flag for every setting, with its default.
func (c *Config) AddFlags(fs *flag.FlagSet) {
	fs.StringVar(&c.MetricsAddress, "metrics-bind-address", ":8080", `Address to serve metrics on; "0" serves none.`)
	fs.StringVar(&c.ProbeAddress, "health-probe-bind-address", ":8081", `Address to serve /healthz and /readyz on; "0" serves none.`)
	fs.BoolVar(&c.LeaderElect, "leader-elect", true, "Act only while holding the lease. Without it, never run two managers.")
	fs.StringVar(&c.LeaderElectionNamespace, "leader-election-namespace", "", `Namespace of the lease (default: the manager's own, or "default" outside a cluster).`)
	fs.DurationVar(&c.LeaseDuration, "leader-election-lease-duration", 15*time.Second, "How long a lease is respected that is not renewed.")
	fs.DurationVar(&c.RenewDeadline, "leader-election-renew-deadline", 10*time.Second, "How long the leader acts without a renewal.")
	fs.DurationVar(&c.RetryPeriod, "leader-election-retry-period", 2*time.Second, "How often the lease is renewed, or tried for.")
	fs.DurationVar(&c.ShutdownTimeout, "shutdown-timeout", 30*time.Second, "How long http and handler runs may take to finish when the manager stops.")
	fs.IntVar(&c.MaxWorkers, "max-workers", 20, "How many http and handler runs a Scheduler has at a time, unless its executors say.")
	fs.Var(&c.HTTPAllow, "http-allow-cidr", "Addresses that http actions may reach although they are refused by default, such as 127.0.0.1/32; may be repeated.")
	fs.Var(&c.HTTPDeny, "http-deny-cidr", "Addresses that http actions may not reach, in addition to those refused by default; may be repeated.")
	fs.StringVar(&c.LogLevel, "log-level", "info", "Least important messages to log: debug, info, warn or error.")
}

// Validate says what cannot work, with the name of the flag.
func (c *Config) Validate() error {
	var errs []error
	if c.RenewDeadline >= c.LeaseDuration {
		errs = append(errs, fmt.Errorf("--leader-election-renew-deadline (%s) must be shorter than --leader-election-lease-duration (%s)", c.RenewDeadline, c.LeaseDuration))
	}
	if c.RetryPeriod <= 0 || c.RetryPeriod*12/10 >= c.RenewDeadline {
		errs = append(errs, fmt.Errorf("--leader-election-retry-period (%s) must be positive, and 1.2 times it shorter than --leader-election-renew-deadline (%s)", c.RetryPeriod, c.RenewDeadline))
	}
	if c.MaxWorkers < 1 {
		errs = append(errs, fmt.Errorf("--max-workers must be at least 1, not %d", c.MaxWorkers))
	}
	if c.ShutdownTimeout < 0 {
		errs = append(errs, fmt.Errorf("--shutdown-timeout must not be negative, as %s is", c.ShutdownTimeout))
	}
	if _, err := logLevel(c.LogLevel); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Prefixes is a list of CIDRs as the value of a flag that may be repeated, or
// hold several with commas between.
type Prefixes []netip.Prefix

// String implements flag.Value.
func (p *Prefixes) String() string {
	words := make([]string, 0, len(*p))
	for _, prefix := range *p {
		words = append(words, prefix.String())
	}
	return strings.Join(words, ",")
}

// Set implements flag.Value.
func (p *Prefixes) Set(value string) error {
	for word := range strings.SplitSeq(value, ",") {
		prefix, err := netip.ParsePrefix(word)
		if err != nil {
			return fmt.Errorf("%q is not a CIDR: write an address and the length of its prefix, such as 10.0.0.0/8 or 127.0.0.1/32", word)
		}
		*p = append(*p, prefix)
	}
	return nil
}

// serviceAccountNamespace is where a Pod finds the namespace it runs in.
const serviceAccountNamespace = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// leaseNamespace is where the lease is kept.
func (c *Config) leaseNamespace() string {
	if c.LeaderElectionNamespace != "" {
		return c.LeaderElectionNamespace
	}
	if name, err := os.ReadFile(serviceAccountNamespace); err == nil {
		return strings.TrimSpace(string(name))
	}
	return "default"
}
