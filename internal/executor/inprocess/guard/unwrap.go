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
func (g *Guard) unwrap(addr netip.Addr) []netip.Addr {
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
	for _, prefix := range g.nat64 {
		if prefix.Contains(addr) {
			all = append(all, translated(bytes, prefix.Bits()))
		}
	}
	if isISATAP(bytes) {
		all = append(all, netip.AddrFrom4([4]byte(bytes[12:])))
	}
	return all
}

// reservedByte is the one that the IPv4 address in a translated address leaves out.
const reservedByte = 8

// translated returns the IPv4 address that follows a prefix for the translation, whose
// length is in bits (RFC 6052, section 2.2).
func translated(bytes [16]byte, bits int) netip.Addr {
	var v4 [4]byte
	at := bits / 8
	for i := range v4 {
		if at == reservedByte {
			at++
		}
		v4[i] = bytes[at]
		at++
	}
	return netip.AddrFrom4(v4)
}

// isISATAP reports whether an address names an interface by its IPv4 address (RFC 5214,
// section 6.1).
func isISATAP(bytes [16]byte) bool {
	return bytes[8]&^0x02 == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe
}
