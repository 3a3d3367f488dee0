package egress

import (
	"net/netip"
	"slices"
	"strings"
)

// plain returns a name as names are compared.
func plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// short returns a name as names are compared, without the domain of the cluster.
func (p *Policy) short(name string) string {
	name = plain(name)
	if inside, found := strings.CutSuffix(name, "."+p.domain); found && (strings.HasSuffix(inside, ".svc") || strings.HasSuffix(inside, ".pod")) {
		return inside
	}
	return name
}

// namespaceOf returns the namespace of a Service or of a Pod by its short name, such as
// db.team-a.svc, and nothing for other names.
func namespaceOf(name string) string {
	labels := strings.Split(name, ".")
	last := len(labels) - 1
	if last < 2 || labels[last] != "svc" && labels[last] != "pod" {
		return ""
	}
	return labels[last-1]
}

// matches reports whether a name is one that a rule lists.
func matches(pattern, name string) bool {
	if domain, found := strings.CutPrefix(pattern, "*."); found {
		return strings.HasSuffix(name, "."+domain)
	}
	return name != "" && pattern == name
}

// shared is used by providers and by some clusters for what is not public.
var shared = netip.MustParsePrefix("100.64.0.0/10")

// isPrivate reports whether an address is one of a private network, where the Pods and the
// Services of a cluster are.
func isPrivate(addr netip.Addr) bool { return addr.IsPrivate() || shared.Contains(addr) }

// badPorts are the ports of other protocols that a request can imitate: those of the Fetch
// standard (https://fetch.spec.whatwg.org/#port-blocking), in order.
var badPorts = []uint16{
	0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
	111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
	540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
	6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
}

// IsBadPort reports whether a port is one that no request is ever sent to.
func IsBadPort(port uint16) bool {
	_, found := slices.BinarySearch(badPorts, port)
	return found
}
