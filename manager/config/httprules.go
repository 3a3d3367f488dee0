package config

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"
)

// HTTPRule says what the http actions of some namespaces may reach. Everything that it does
// not list is refused.
type HTTPRule struct {
	// Namespaces are names of namespaces, or beginnings of names with a * after them;
	// * alone is every namespace.
	Namespaces []string `json:"namespaces"`
	// Hosts are names of hosts, such as hooks.example or api.team-a.svc, or *. and a
	// domain for all below it. * alone is every host but the Services of other
	// namespaces and those with a private address. Empty without cidrs: *.
	Hosts []string `json:"hosts,omitempty"`
	// CIDRs are ranges of addresses that may be reached by any name, or by none.
	CIDRs CIDRs `json:"cidrs,omitempty"`
	// Ports are the ports that may be reached. Empty: 80, 443, 8080 and 8443.
	Ports []int32 `json:"ports,omitempty"`
}

// HTTPRules is a list of rules. The first that is for a namespace decides for it.
type HTTPRules []HTTPRule

// parseHTTPRule reads a rule as it is written in a flag.
func parseHTTPRule(text string) (rule HTTPRule, err error) {
	if err := yaml.UnmarshalStrict([]byte(text), &rule); err != nil {
		return rule, fmt.Errorf("write a rule such as {namespaces: [team-a], hosts: [hooks.example], ports: [443]}: %w", err)
	}
	return rule, nil
}

// validate checks the rules.
func (r HTTPRules) validate(path *field.Path) (errs field.ErrorList) {
	for i := range r {
		at, rule := path.Index(i), &r[i]
		if len(rule.Namespaces) == 0 {
			errs = append(errs, field.Required(at.Child("namespaces"), `write the namespaces that the rule is for, or ["*"] for all`))
		}
		for j, pattern := range rule.Namespaces {
			if err := r.checkNamespaces(i, pattern); err != nil {
				errs = append(errs, field.Invalid(at.Child("namespaces").Index(j), pattern, err.Error()))
			}
		}
		for j, host := range rule.Hosts {
			if err := checkHost(host); err != nil {
				errs = append(errs, field.Invalid(at.Child("hosts").Index(j), host, err.Error()))
			}
		}
		errs = append(errs, validateCIDRs(at.Child("cidrs"), rule.CIDRs)...)
		for j, port := range rule.Ports {
			if port < 1 || port > 65535 {
				errs = append(errs, field.Invalid(at.Child("ports").Index(j), port, "must be a port from 1 to 65535"))
			}
		}
	}
	return errs
}

// checkNamespaces checks a pattern of namespaces, which an earlier rule must not cover.
func (r HTTPRules) checkNamespaces(rule int, pattern string) error {
	prefix, isPattern := strings.CutSuffix(pattern, "*")
	sample := prefix
	if isPattern {
		sample += "x" // what may end in a dash
	}
	if problems := validation.IsDNS1123Label(sample); len(problems) > 0 {
		return fmt.Errorf("%q is neither the name of a namespace, nor the beginning of one with a * after it, such as team-*", pattern)
	}
	for i, earlier := range r[:rule] {
		if slices.ContainsFunc(earlier.Namespaces, func(other string) bool {
			begin, all := strings.CutSuffix(other, "*")
			return other == pattern || all && strings.HasPrefix(prefix, begin)
		}) {
			return fmt.Errorf("the rule is never used for it: http.rules[%d] is for it already, and the first one decides", i)
		}
	}
	return nil
}

// checkHost checks a host of a rule.
func checkHost(host string) error {
	if host == "*" {
		return nil
	}
	name := strings.TrimSuffix(strings.ToLower(strings.TrimPrefix(host, "*.")), ".")
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return errors.New("is an address: write it into cidrs, such as 10.1.2.3/32")
	}
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		return errors.New("is not a host: write one without a port, such as hooks.example, *. and a domain, such as *.team-a.svc, or *")
	}
	return nil
}
