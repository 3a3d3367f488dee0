package config

import (
	"fmt"
	"net/netip"
)

// CIDRs is a list of ranges of addresses, such as 10.0.0.0/8.
type CIDRs []string

// Prefixes returns the ranges. It is an error if one of them is none.
func (c CIDRs) Prefixes() ([]netip.Prefix, error) {
	prefixes := make([]netip.Prefix, 0, len(c))
	for _, text := range c {
		prefix, err := parseCIDR(text)
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

func parseCIDR(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return prefix, fmt.Errorf("%q is not a CIDR: write an address and the length of its prefix, such as 10.0.0.0/8 or 127.0.0.1/32", text)
	}
	return prefix, nil
}
