package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Validate says what cannot work: the field with its flag, what is wrong, and what
// to write instead.
func (c *ManagerConfiguration) Validate() error {
	errs := slices.Concat(
		c.Metrics.validate(field.NewPath("metrics")),
		validateAddress(field.NewPath("health", "bindAddress"), c.Health.BindAddress),
		c.LeaderElection.validate(field.NewPath("leaderElection")),
		validateNamespaces(field.NewPath("watchNamespaces"), c.WatchNamespaces),
		c.validateRuns(),
		c.Limits.validate(field.NewPath("limits"), c.MaxWorkers),
		c.ServiceAccounts.validate(field.NewPath("serviceAccounts")),
		c.HTTP.validate(field.NewPath("http")),
		c.Tracing.validate(field.NewPath("tracing")),
	)
	if _, err := c.Log.Slog(); err != nil {
		errs = append(errs, field.Invalid(field.NewPath("log", "level"), c.Log.Level, "write debug, info, warn or error"))
	}
	for _, err := range errs {
		path, _, _ := strings.Cut(err.Field, "[")
		for _, o := range c.Options() {
			if o.Field == path {
				err.Detail += fmt.Sprintf(" (flag --%s)", o.Flag)
			}
		}
	}
	return errs.ToAggregate()
}

func (c *ManagerConfiguration) validateRuns() (errs field.ErrorList) {
	if c.MaxWorkers < 1 {
		errs = append(errs, field.Invalid(field.NewPath("maxWorkers"), c.MaxWorkers, "must be at least 1"))
	}
	if c.MaxInProcessRuns < 1 {
		errs = append(errs, field.Invalid(field.NewPath("maxInProcessRuns"), c.MaxInProcessRuns, "must be at least 1"))
	}
	if c.ShutdownTimeout.Duration < 0 {
		errs = append(errs, field.Invalid(field.NewPath("shutdownTimeout"), c.ShutdownTimeout.Duration.String(), "must not be negative: write 0s to wait for no run"))
	}
	return errs
}

func (m *Metrics) validate(path *field.Path) field.ErrorList {
	errs := validateAddress(path.Child("bindAddress"), m.BindAddress)
	switch {
	case m.CertDir == "":
	case !m.Secure:
		errs = append(errs, field.Invalid(path.Child("certDir"), m.CertDir, "is for HTTPS alone: set metrics.secure to true, or leave it out"))
	case !filepath.IsAbs(m.CertDir):
		errs = append(errs, field.Invalid(path.Child("certDir"), m.CertDir, "must be an absolute path, such as /etc/carillon/metrics"))
	}
	return errs
}

// validate checks the leader election, of which nothing matters unless it is enabled.
func (l *LeaderElection) validate(path *field.Path) (errs field.ErrorList) {
	if !l.Enabled {
		return nil
	}
	lease, renew, retry := l.LeaseDuration.Duration, l.RenewDeadline.Duration, l.RetryPeriod.Duration
	if renew >= lease {
		errs = append(errs, invalid(path.Child("renewDeadline"), l.RenewDeadline, "must be shorter than %s (%s)", path.Child("leaseDuration"), lease))
	}
	if retry <= 0 || retry*12/10 >= renew {
		errs = append(errs, invalid(path.Child("retryPeriod"), l.RetryPeriod, "must be positive, and 1.2 times it shorter than %s (%s)", path.Child("renewDeadline"), renew))
	}
	if l.Namespace != "" {
		for _, problem := range validation.IsDNS1123Label(l.Namespace) {
			errs = append(errs, field.Invalid(path.Child("namespace"), l.Namespace, problem))
		}
	}
	return errs
}

func (s *ServiceAccounts) validate(path *field.Path) (errs field.ErrorList) {
	if s.Default == "" {
		return nil
	}
	for _, problem := range validation.IsDNS1123Subdomain(s.Default) {
		errs = append(errs, field.Invalid(path.Child("default"), s.Default, "must be the name of a ServiceAccount, such as tasks: "+problem))
	}
	return errs
}

func (t *Tracing) validate(path *field.Path) (errs field.ErrorList) {
	if t.SamplingRatio < 0 || t.SamplingRatio > 1 || math.IsNaN(t.SamplingRatio) {
		errs = append(errs, field.Invalid(path.Child("samplingRatio"), strconv.FormatFloat(t.SamplingRatio, 'g', -1, 64), "must be from 0 to 1"))
	}
	if t.Endpoint == "" {
		return errs
	}
	endpoint, err := url.Parse(t.Endpoint)
	switch {
	case err != nil || endpoint.Host == "" || endpoint.Scheme != "http" && endpoint.Scheme != "https":
		errs = append(errs, field.Invalid(path.Child("endpoint"), "(not shown)", "must be a URL, such as http://otel-collector:4318"))
	case endpoint.User != nil || endpoint.RawQuery != "":
		errs = append(errs, field.Invalid(path.Child("endpoint"), "(not shown)", "must hold no credentials and no query: the configuration is logged. Write them into the environment variable OTEL_EXPORTER_OTLP_HEADERS"))
	}
	return errs
}

// validateAddress checks an address to listen on.
func validateAddress(path *field.Path, address string) field.ErrorList {
	if address == "0" {
		return nil
	}
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return field.ErrorList{field.Invalid(path, address, `must be a host, which may be left out, and a port, such as :8443 or 127.0.0.1:8443, or "0" for none`)}
	}
	return nil
}

func validateCIDRs(path *field.Path, cidrs CIDRs) (errs field.ErrorList) {
	for i, text := range cidrs {
		if _, err := parseCIDR(text); err != nil {
			errs = append(errs, field.Invalid(path.Index(i), text, "must be an address and the length of its prefix, such as 10.0.0.0/8 or 127.0.0.1/32"))
		}
	}
	return errs
}

func validateNamespaces(path *field.Path, names []string) (errs field.ErrorList) {
	for i, name := range names {
		if err := checkNamespace(name); err != nil {
			errs = append(errs, field.Invalid(path.Index(i), name, err.Error()))
		} else if slices.Contains(names[:i], name) {
			errs = append(errs, field.Invalid(path.Index(i), name, "is there already: write every namespace once"))
		}
	}
	return errs
}

// checkNamespace checks the name of one namespace.
func checkNamespace(name string) error {
	switch problems := validation.IsDNS1123Label(name); {
	case name == "*":
		return errors.New("leave it out to watch all namespaces: there are no patterns")
	case len(problems) > 0:
		return fmt.Errorf("%q is not the name of a namespace: %s", name, strings.Join(problems, "; "))
	}
	return nil
}

func invalid(path *field.Path, value metav1.Duration, format string, args ...any) *field.Error {
	return field.Invalid(path, value.Duration.String(), fmt.Sprintf(format, args...))
}

// Slog returns the level as log/slog knows it.
func (l *Log) Slog() (level slog.Level, err error) {
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return 0, fmt.Errorf("%q is not a level: write debug, info, warn or error", l.Level)
	}
	return level, nil
}
