package config

import "github.com/spf13/pflag"

// Option is one setting: a field of the file, and the flag that overrides it.
//
// +kubebuilder:object:generate=false
type Option struct {
	// Field is the path of the field, Flag the name of the flag.
	Field, Flag string
	// Usage says what it is for, in one sentence.
	Usage string

	add func(fs *pflag.FlagSet, name, usage string)
}

// Options returns every setting, in the order of the file. A new one needs a field,
// its default, a line here and, if it can be wrong, one in Validate.
func (c *ManagerConfiguration) Options() []Option {
	return []Option{
		{"metrics.bindAddress", "metrics-bind-address", `Address to serve metrics on; "0" serves none.`, text(&c.Metrics.BindAddress)},
		{"metrics.secure", "metrics-secure", "Serve metrics by HTTPS, to those who may get the path /metrics in the cluster. Without it, by HTTP to everybody.", boolean(&c.Metrics.Secure)},
		{"metrics.certDir", "metrics-cert-dir", "Directory with tls.crt and tls.key to serve metrics with, read again when they change (default: the manager signs a certificate itself).", text(&c.Metrics.CertDir)},
		{"health.bindAddress", "health-probe-bind-address", `Address to serve /healthz and /readyz on; "0" serves none.`, text(&c.Health.BindAddress)},
		{"leaderElection.enabled", "leader-elect", "Act only while holding the lease. Without it, never run two managers.", boolean(&c.LeaderElection.Enabled)},
		{"leaderElection.namespace", "leader-election-namespace", `Namespace of the lease (default: the manager's own, or "kube-system" outside a cluster).`, text(&c.LeaderElection.Namespace)},
		{"leaderElection.leaseDuration", "leader-election-lease-duration", "How long a lease is respected that is not renewed.", duration(&c.LeaderElection.LeaseDuration)},
		{"leaderElection.renewDeadline", "leader-election-renew-deadline", "How long the leader acts without a renewal.", duration(&c.LeaderElection.RenewDeadline)},
		{"leaderElection.retryPeriod", "leader-election-retry-period", "How often the lease is renewed, or tried for.", duration(&c.LeaderElection.RetryPeriod)},
		{"watchNamespaces", "watch-namespaces", "Namespaces whose Tasks are run, such as team-a,team-b; may be repeated (default: all of them). The manager needs its permissions in these alone.", namespaces(&c.WatchNamespaces)},
		{"shutdownTimeout", "shutdown-timeout", "How long http and handler runs may take to finish when the manager stops.", duration(&c.ShutdownTimeout)},
		{"maxWorkers", "max-workers", "How many http and handler runs a Scheduler has at a time, unless its executors say.", number(&c.MaxWorkers)},
		{"maxInProcessRuns", "max-in-process-runs", "How many http and handler runs the manager has at a time, whatever the executors say. Namespaces share them fairly; one alone has at most four fifths of them.", number(&c.MaxInProcessRuns)},
		{"limits.minimumInterval", "limit-minimum-interval", "Least distance of two slots of a Task; one whose slots are closer is Stalled (0s: no limit).", duration(&c.Limits.MinimumInterval)},
		{"limits.minimumBackoff", "limit-minimum-backoff", "Least wait between two attempts of a run; a Task that asks for a shorter one is Stalled (0s: no limit).", duration(&c.Limits.MinimumBackoff)},
		{"limits.maximumInstances", "limit-maximum-instances", "How many runs of a Task may be unfinished at once; a Task that asks for more is Stalled (0: no limit).", number(&c.Limits.MaximumInstances)},
		{"limits.maximumTriggers", "limit-maximum-triggers", "How many triggers anyOf and allOf may have; a Task with more is Stalled (0: no limit).", number(&c.Limits.MaximumTriggers)},
		{"limits.maximumWorkers", "limit-maximum-workers", "How many workers a pool of a Scheduler may have; Tasks of a larger one, or of an executor without a bound, are Stalled (0: no limit).", number(&c.Limits.MaximumWorkers)},
		{"limits.namespace.tasks", "limit-namespace-tasks", "How many Tasks of a namespace are scheduled; newer ones are Stalled (0: no limit). The label carillon.dev/limit-tasks of the Namespace takes its place.", number(&c.Limits.Namespace.Tasks)},
		{"limits.namespace.runs", "limit-namespace-runs", "How many runs as Pods a namespace has under way at once, and how many http and handler runs; further ones wait (0: no limit). The label carillon.dev/limit-runs of the Namespace takes its place.", number(&c.Limits.Namespace.Runs)},
		{"limits.namespace.startsPerSecond", "limit-namespace-starts-per-second", "How many runs of each of these kinds a namespace starts in a second, on average; as many at once (0: no limit). The label carillon.dev/limit-starts-per-second of the Namespace takes its place.", number(&c.Limits.Namespace.StartsPerSecond)},
		{"serviceAccounts.default", "default-service-account", "ServiceAccount in the namespace of each Task that Tasks act as which name none (default: they act as the manager).", text(&c.ServiceAccounts.Default)},
		{"serviceAccounts.require", "require-service-account", "Have no Task act as the manager: one that names no ServiceAccount is Stalled, unless there is a default.", boolean(&c.ServiceAccounts.Require)},
		{"http.allowCIDRs", "http-allow-cidr", "Addresses that http actions may reach although they are refused by default, such as 127.0.0.1/32; may be repeated.", cidrs(&c.HTTP.AllowCIDRs)},
		{"http.denyCIDRs", "http-deny-cidr", "Addresses that http actions may not reach, in addition to those refused by default; may be repeated.", cidrs(&c.HTTP.DenyCIDRs)},
		{"http.nat64Prefixes", "http-nat64-prefix", "Prefixes by which the network translates IPv6 addresses to IPv4, such as 2001:db8:64::/96, besides 64:ff9b::/96; may be repeated.", cidrs(&c.HTTP.NAT64Prefixes)},
		{"http.rules", "http-rule", "What the http actions of some namespaces may reach, such as {namespaces: [team-a], hosts: [hooks.example], ports: [443]}; may be repeated. The first rule for a namespace decides; with rules, a namespace without one reaches nothing.", rules(&c.HTTP.Rules)},
		{"http.responseExcerpt", "http-response-excerpt", "Of which answers to http actions the beginning is shown in statuses and Events: none, failures or always.", text(&c.HTTP.ResponseExcerpt)},
		{"http.secretHeaders", "http-secret-headers", "Let headers of http actions come from Secrets in the namespace of their Task. The manager needs the permission to get Secrets.", boolean(&c.HTTP.SecretHeaders)},
		{"http.caFile", "http-ca-file", "File with certificates of authorities in PEM that https servers are verified against, besides those of the system; read again when it changes.", text(&c.HTTP.CAFile)},
		{"http.clientCertFile", "http-client-cert-file", "File with a client certificate in PEM, with its chain, for the servers of --http-client-cert-host alone; read again when it changes.", text(&c.HTTP.ClientCertFile)},
		{"http.clientKeyFile", "http-client-key-file", "File with the key of the client certificate in PEM; read again when it changes.", text(&c.HTTP.ClientKeyFile)},
		{"http.clientCertHosts", "http-client-cert-host", "Servers that are presented the client certificate, such as hooks.internal.example or hooks.internal.example:8443; may be repeated.", hosts(&c.HTTP.ClientCertHosts)},
		{"http.proxyURL", "http-proxy-url", "HTTP proxy that http actions go through, such as http://proxy.example:3128 (default: none; the environment is not asked).", text(&c.HTTP.ProxyURL)},
		{"http.noProxy", "http-no-proxy", "What http actions reach without the proxy: hosts, domains such as .svc, addresses and ranges such as 10.0.0.0/8; may be repeated.", words(&c.HTTP.NoProxy)},
		{"log.level", "log-level", "Least important messages to log: debug, info, warn or error.", text(&c.Log.Level)},
		{"tracing.endpoint", "tracing-endpoint", "URL of an OTLP collector that takes traces by HTTP, such as http://otel-collector:4318 (default: as OTEL_EXPORTER_OTLP_ENDPOINT says, and without it no traces).", text(&c.Tracing.Endpoint)},
		{"tracing.samplingRatio", "tracing-sampling-ratio", "Share of the runs that are traced, from 0 to 1.", ratio(&c.Tracing.SamplingRatio)},
	}
}

// AddFlags registers a flag for every setting, which keeps its value unless the
// flag is given.
func (c *ManagerConfiguration) AddFlags(fs *pflag.FlagSet) {
	for _, o := range c.Options() {
		o.add(fs, o.Flag, o.Usage)
	}
}
