package app

import (
	"fmt"
	"strings"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
)

// newCaller makes what sends the requests of http actions. It is an error if a file that
// the configuration names cannot be used.
func newCaller(p components, secrets httpcall.SecretReader, tokens httpcall.TokenSource) (*httpcall.Caller, error) {
	http := &p.cfg.HTTP
	hosts, err := http.ClientCertHosts.Addresses()
	if err != nil {
		return nil, fmt.Errorf("http.clientCertHosts: %w", err)
	}
	rules, err := newRules(p.cfg)
	if err != nil {
		return nil, err
	}
	cfg := httpcall.Config{
		Guard: p.guard, Rules: rules, Excerpts: httpcall.Excerpts(http.ResponseExcerpt), Secrets: secrets, Tokens: tokens, Clock: p.clock, Log: p.log.WithName("http"),
		TLS: httpcall.TLSFiles{CAFile: http.CAFile, CertFile: http.ClientCertFile, KeyFile: http.ClientKeyFile, CertHosts: hosts},
	}
	switch proxy, err := http.Proxy(); {
	case err != nil:
		return nil, fmt.Errorf("http.proxyURL: %w", err)
	case proxy != nil:
		cfg.Proxy = &httpcall.Proxy{URL: proxy, NoProxy: strings.Join(http.NoProxy, ",")}
	}
	caller, err := httpcall.Open(cfg)
	if err != nil {
		return nil, fmt.Errorf("preparing http actions: %w", err)
	}
	return caller, nil
}
