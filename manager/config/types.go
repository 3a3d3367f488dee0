package config

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of the kind.
var GroupVersion = schema.GroupVersion{Group: "config.carillon.dev", Version: "v1alpha1"}

// Kind is the name of the kind.
const Kind = "ManagerConfiguration"

// ManagerConfiguration is the configuration of a manager. Its zero value is not usable;
// see Default. A field that is left out of a file keeps its default.
//
// +kubebuilder:object:root=true
type ManagerConfiguration struct {
	metav1.TypeMeta `json:",inline"`

	// Metrics says how metrics are served.
	Metrics Metrics `json:"metrics"`
	// Health says where the probes are served.
	Health Health `json:"health"`
	// LeaderElection says how several managers agree on who acts.
	LeaderElection LeaderElection `json:"leaderElection"`
	// WatchNamespaces are the namespaces whose Tasks and Schedulers the manager
	// knows. Empty: all of them.
	WatchNamespaces []string `json:"watchNamespaces,omitempty"`
	// ShutdownTimeout is how long in-process runs may take to finish when the
	// manager is asked to stop; zero waits for none.
	ShutdownTimeout metav1.Duration `json:"shutdownTimeout"`
	// MaxWorkers is how many runs a pool executor carries out at a time that does
	// not say.
	MaxWorkers int `json:"maxWorkers"`
	// MaxInProcessRuns is how many http and handler runs the manager has at a time,
	// whatever the executors of its Schedulers say. Namespaces share them fairly, and
	// one alone has at most four fifths of them.
	MaxInProcessRuns int `json:"maxInProcessRuns"`
	// Limits bounds what any Task may ask for. A Task that exceeds a limit is Stalled.
	Limits Limits `json:"limits"`
	// ServiceAccounts says which Tasks act as a ServiceAccount instead of the manager.
	ServiceAccounts ServiceAccounts `json:"serviceAccounts"`
	// HTTP bounds what http actions may reach.
	HTTP HTTP `json:"http"`
	// Log says what is logged.
	Log Log `json:"log"`
	// Tracing says where traces of runs are sent.
	Tracing Tracing `json:"tracing"`
}

// Metrics says how metrics are served.
type Metrics struct {
	// BindAddress is where they are served; "0" serves none.
	BindAddress string `json:"bindAddress"`
	// Secure serves them by HTTPS, to who presents a token that the cluster
	// knows and allows to get the path /metrics. Otherwise everybody who
	// reaches the address can read them.
	Secure bool `json:"secure"`
	// CertDir holds tls.crt and tls.key, which are read again when they
	// change. Empty: the manager signs a certificate itself.
	CertDir string `json:"certDir,omitempty"`
}

// Health says where the probes are served.
type Health struct {
	// BindAddress is where they are served; "0" serves none.
	BindAddress string `json:"bindAddress"`
}

// LeaderElection says how several managers agree on who acts.
type LeaderElection struct {
	// Enabled makes the manager wait until it holds the lease.
	Enabled bool `json:"enabled"`
	// Namespace is where the lease is kept; empty means the namespace the
	// manager runs in, or "default" outside a cluster.
	Namespace string `json:"namespace,omitempty"`
	// LeaseDuration, RenewDeadline and RetryPeriod time the election: a manager
	// that dies is replaced at most LeaseDuration plus RetryPeriod later.
	LeaseDuration metav1.Duration `json:"leaseDuration"`
	RenewDeadline metav1.Duration `json:"renewDeadline"`
	RetryPeriod   metav1.Duration `json:"retryPeriod"`
}

// Limits bounds what any Task may ask for. Zero means no limit.
type Limits struct {
	// MinimumInterval is the least distance of two slots of a Task.
	MinimumInterval metav1.Duration `json:"minimumInterval"`
	// MinimumBackoff is the least wait between two attempts of a run.
	MinimumBackoff metav1.Duration `json:"minimumBackoff"`
	// MaximumInstances is how many runs of a Task may be unfinished at once.
	MaximumInstances int `json:"maximumInstances"`
	// MaximumTriggers is how many triggers anyOf and allOf may have.
	MaximumTriggers int `json:"maximumTriggers"`
	// MaximumWorkers is how many workers a pool of a Scheduler may have. With it,
	// executors without a bound exceed the limit.
	MaximumWorkers int `json:"maximumWorkers"`
	// Namespace bounds what each namespace may have. Labels of the Namespace take its place,
	// unless WatchNamespaces is set.
	Namespace NamespaceLimits `json:"namespace"`
}

// NamespaceLimits bounds what a namespace may have. Zero means no limit.
type NamespaceLimits struct {
	// Tasks is how many Tasks are scheduled. The oldest are; the others are Stalled.
	Tasks int `json:"tasks"`
	// Runs is how many runs as Pods are under way at once, and how many http and handler
	// runs.
	Runs int `json:"runs"`
	// StartsPerSecond is how many runs of each of these kinds are started in a second, on
	// average; as many may be started at once.
	StartsPerSecond int `json:"startsPerSecond"`
}

// ServiceAccounts says which Tasks act as a ServiceAccount instead of the manager.
type ServiceAccounts struct {
	// Default is the name of the ServiceAccount, in the namespace of each, that Tasks act
	// as which name none. Empty: they act as the manager.
	Default string `json:"default,omitempty"`
	// Require stalls Tasks that would act as the manager.
	Require bool `json:"require"`
}

// HTTP bounds what http actions may reach.
type HTTP struct {
	// AllowCIDRs and DenyCIDRs add to the addresses that http actions may and
	// may not reach.
	AllowCIDRs CIDRs `json:"allowCIDRs,omitempty"`
	DenyCIDRs  CIDRs `json:"denyCIDRs,omitempty"`
	// NAT64Prefixes are the prefixes by which the network translates IPv6 addresses to
	// IPv4, besides 64:ff9b::/96. The IPv4 address inside such an address has to be one
	// that may be reached, too. Their lengths are 32, 40, 48, 56, 64 or 96.
	NAT64Prefixes CIDRs `json:"nat64Prefixes,omitempty"`
	// Rules say which servers the http actions of a namespace may reach. The first one
	// that is for the namespace decides; a namespace that none is for reaches nothing.
	// Empty: every namespace reaches every address that is not refused to all.
	Rules HTTPRules `json:"rules,omitempty"`
	// ResponseExcerpt says of which answers the first 256 bytes are shown in the status
	// of a Task and in Events: none, failures or always.
	ResponseExcerpt string `json:"responseExcerpt"`
	// SecretHeaders lets headers come from Secrets in the namespace of a Task.
	SecretHeaders bool `json:"secretHeaders"`
	// CAFile holds certificates of authorities in PEM, which https servers may be
	// verified against besides the roots of the system. It is read again when it
	// changes. Empty: none.
	CAFile string `json:"caFile,omitempty"`
	// ClientCertFile and ClientKeyFile hold a client certificate with its chain,
	// and its key, in PEM. They are read again when they change. Empty: none.
	ClientCertFile string `json:"clientCertFile,omitempty"`
	ClientKeyFile  string `json:"clientKeyFile,omitempty"`
	// ClientCertHosts are the only servers that the client certificate is presented
	// to: hosts, for port 443, or hosts with a port.
	ClientCertHosts Hosts `json:"clientCertHosts,omitempty"`
	// ProxyURL is the HTTP proxy that http actions go through, such as
	// http://proxy.example:3128. Empty: none; the environment is not asked.
	ProxyURL string `json:"proxyURL,omitempty"`
	// NoProxy is what http actions reach without the proxy: hosts, domains such as
	// .svc, addresses and ranges of them.
	NoProxy []string `json:"noProxy,omitempty"`
}

// Log says what is logged.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `json:"level"`
}

// Tracing says where traces of runs are sent.
type Tracing struct {
	// Endpoint is the URL of an OTLP collector that takes HTTP. Empty: what the
	// environment variables of OpenTelemetry say, and without them no traces.
	Endpoint string `json:"endpoint,omitempty"`
	// SamplingRatio is the share of runs that are traced, from 0 to 1.
	SamplingRatio float64 `json:"samplingRatio"`
}
