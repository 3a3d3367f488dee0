package guard

import "net/netip"

// wrappings are the ways in which an IPv6 address stands for an IPv4 address:
// the prefix, and where the four bytes are.
var wrappings = []struct {
	prefix netip.Prefix
	at     int
	mask   byte // the bytes are XORed with it
}{
	{prefix: cidr("::/96"), at: 12},                 // IPv4-compatible
	{prefix: cidr("::ffff:0:0:0/96"), at: 12},       // IPv4-translated
	{prefix: cidr("64:ff9b::/96"), at: 12},          // NAT64
	{prefix: cidr("2002::/16"), at: 2},              // 6to4
	{prefix: cidr("2001::/32"), at: 4},              // Teredo: the server
	{prefix: cidr("2001::/32"), at: 12, mask: 0xff}, // Teredo: the client
}

// unwrap returns the addresses that a connection to addr may end at: addr itself
// and the IPv4 addresses in it. An IPv4-mapped address is nothing but its IPv4
// address.
func unwrap(addr netip.Addr) []netip.Addr {
	if addr.Is4() || addr.Is4In6() {
		return []netip.Addr{addr.Unmap()}
	}
	all := []netip.Addr{addr}
	bytes := addr.As16()
	for _, w := range wrappings {
		if !w.prefix.Contains(addr) || addr.IsLoopback() || addr.IsUnspecified() {
			continue
		}
		var v4 [4]byte
		for i := range v4 {
			v4[i] = bytes[w.at+i] ^ w.mask
		}
		all = append(all, netip.AddrFrom4(v4))
	}
	return all
}
