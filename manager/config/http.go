package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Hosts is a list of servers: hosts, for port 443, or hosts with a port.
type Hosts []string

// defaultPort is the port of a host without one.
const defaultPort = "443"

// Addresses returns the servers as host:port, in lower case. It is an error if one of
// them is none.
func (h Hosts) Addresses() ([]string, error) {
	all := make([]string, 0, len(h))
	for _, text := range h {
		address, err := parseHost(text)
		if err != nil {
			return nil, err
		}
		all = append(all, address)
	}
	return all, nil
}

// parseHost reads a server.
func parseHost(text string) (string, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = strings.Trim(text, "[]"), defaultPort
	}
	number, errPort := strconv.ParseUint(port, 10, 16)
	_, errAddr := netip.ParseAddr(host)
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if errPort != nil || number == 0 || errAddr != nil && len(validation.IsDNS1123Subdomain(name)) > 0 {
		return "", fmt.Errorf("%q is not a server: write a host, or a host and a port, such as hooks.internal.example or hooks.internal.example:8443, without patterns", text)
	}
	return net.JoinHostPort(name, port), nil
}

// responseExcerpts are the values of http.responseExcerpt.
var responseExcerpts = []string{"none", "failures", "always"}

func (h *HTTP) validate(path *field.Path) (errs field.ErrorList) {
	errs = append(errs, validateCIDRs(path.Child("allowCIDRs"), h.AllowCIDRs)...)
	errs = append(errs, validateCIDRs(path.Child("denyCIDRs"), h.DenyCIDRs)...)
	errs = append(errs, validateNAT64(path.Child("nat64Prefixes"), h.NAT64Prefixes)...)
	errs = append(errs, h.Rules.validate(path.Child("rules"))...)
	if !slices.Contains(responseExcerpts, h.ResponseExcerpt) {
		errs = append(errs, field.NotSupported(path.Child("responseExcerpt"), h.ResponseExcerpt, responseExcerpts))
	}
	for _, file := range []struct{ field, name string }{
		{"caFile", h.CAFile}, {"clientCertFile", h.ClientCertFile}, {"clientKeyFile", h.ClientKeyFile},
	} {
		if file.name != "" && !filepath.IsAbs(file.name) {
			errs = append(errs, field.Invalid(path.Child(file.field), file.name, "must be an absolute path, such as /etc/carillon-http/ca.crt"))
		}
	}
	errs = append(errs, h.validateClientCert(path)...)
	return append(errs, h.validateProxy(path)...)
}

// validateClientCert checks that a certificate, its key and its servers are given
// together: without servers, nothing would be presented to anybody.
func (h *HTTP) validateClientCert(path *field.Path) (errs field.ErrorList) {
	given := h.ClientCertFile != "" || h.ClientKeyFile != "" || len(h.ClientCertHosts) > 0
	for _, part := range []struct {
		field   string
		missing bool
	}{
		{"clientCertFile", h.ClientCertFile == ""}, {"clientKeyFile", h.ClientKeyFile == ""}, {"clientCertHosts", len(h.ClientCertHosts) == 0},
	} {
		if given && part.missing {
			errs = append(errs, field.Required(path.Child(part.field), "write http.clientCertFile, http.clientKeyFile and http.clientCertHosts together"))
		}
	}
	for i, text := range h.ClientCertHosts {
		if _, err := parseHost(text); err != nil {
			errs = append(errs, field.Invalid(path.Child("clientCertHosts").Index(i), text, err.Error()))
		}
	}
	return errs
}

func (h *HTTP) validateProxy(path *field.Path) (errs field.ErrorList) {
	for i, text := range h.NoProxy {
		if err := checkNoProxy(text); err != nil {
			errs = append(errs, field.Invalid(path.Child("noProxy").Index(i), text, err.Error()))
		}
	}
	if h.ProxyURL == "" {
		if len(h.NoProxy) > 0 {
			errs = append(errs, field.Required(path.Child("proxyURL"), "http.noProxy says what is reached without a proxy: name the proxy, or leave http.noProxy out"))
		}
		return errs
	}
	if _, err := h.Proxy(); err != nil {
		errs = append(errs, field.Invalid(path.Child("proxyURL"), "(not shown)", err.Error()))
	}
	return errs
}

// Proxy returns the URL of the proxy, nil if there is none.
func (h *HTTP) Proxy() (*url.URL, error) {
	if h.ProxyURL == "" {
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	proxy, err := url.Parse(h.ProxyURL)
	switch {
	case err == nil && proxy.User != nil:
		return nil, errors.New("must hold no credentials: the configuration is logged, and requests of every Task would be sent with them. Let the proxy know the managers by their addresses")
	case err != nil, proxy.Scheme != "http", proxy.Hostname() == "", proxy.Path != "" && proxy.Path != "/", proxy.RawQuery != "", proxy.Fragment != "":
		return nil, errors.New("must be http, a host and a port, such as http://proxy.example:3128; requests to https servers are encrypted through it all the same")
	}
	return &url.URL{Scheme: proxy.Scheme, Host: proxy.Host}, nil
}

// checkNoProxy checks one exception from the proxy.
func checkNoProxy(text string) error {
	if text == "" || strings.ContainsAny(text, ", \t/*") {
		if _, err := netip.ParsePrefix(text); err != nil {
			return fmt.Errorf("%q is not a host, a domain, an address or a range: write for example api.example, .svc or 10.0.0.0/8", text)
		}
	}
	return nil
}

// validateNAT64 checks prefixes for the translation to IPv4 (RFC 6052, section 2.2).
func validateNAT64(path *field.Path, cidrs CIDRs) field.ErrorList {
	errs := validateCIDRs(path, cidrs)
	for i, text := range cidrs {
		prefix, err := parseCIDR(text)
		if err == nil && (!prefix.Addr().Is6() || prefix.Addr().Is4In6() || !slices.Contains([]int{32, 40, 48, 56, 64, 96}, prefix.Bits())) {
			errs = append(errs, field.Invalid(path.Index(i), text, "must be an IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits, such as 2001:db8:64::/96"))
		}
	}
	return errs
}
