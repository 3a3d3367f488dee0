package guard

import "net/netip"

// refused is what the built-in rules refuse. Private networks are not among
// them: to reach the services of a cluster is what http actions are for.
var refused = []struct {
	prefix netip.Prefix
	why    string
}{
	{cidr("169.254.169.254/32"), whyMetadata},     // most clouds
	{cidr("100.100.100.200/32"), whyMetadata},     // Alibaba Cloud
	{cidr("168.63.129.16/32"), whyMetadata},       // Azure's platform service
	{cidr("192.0.0.192/32"), whyMetadata},         // Oracle Cloud, older machines
	{cidr("fd00:ec2::/32"), whyMetadata},          // AWS
	{cidr("fd20:ce::254/128"), whyMetadata},       // Google Cloud
	{cidr("fd00:42::42/128"), whyMetadata},        // Scaleway
	{cidr("fd00:a9fe:a9fe::1/128"), whyMetadata},  // Akamai
	{cidr("fd00:c1::a9fe:a9fe/128"), whyMetadata}, // Oracle Cloud

	{cidr("127.0.0.0/8"), whyLoopback},
	{cidr("::1/128"), whyLoopback},
	{cidr("0.0.0.0/8"), whyUnspecified}, // Linux takes 0.0.0.0 for the machine itself
	{cidr("::/128"), whyUnspecified},
	{cidr("169.254.0.0/16"), whyLinkLocal},
	{cidr("fe80::/10"), whyLinkLocal},
	{cidr("224.0.0.0/4"), whyMulticast},
	{cidr("ff00::/8"), whyMulticast},
	{cidr("255.255.255.255/32"), "it is the broadcast address"},
	{cidr("240.0.0.0/4"), whyReserved},
	{cidr("198.18.0.0/15"), "it is an address for tests of networks"},
	{cidr("fec0::/10"), "it is a site-local address"},

	// Where its IPv4 address stands depends on the network, so it cannot be
	// unwrapped.
	{localNAT64, whyNAT64},
}

// localNAT64 is the range for prefixes of one's own (RFC 8215).
var localNAT64 = cidr("64:ff9b:1::/48")

const (
	whyNAT64       = "it is translated to an IPv4 address that cannot be told without http.nat64Prefixes"
	whyReserved    = "it is a reserved address"
	whyMetadata    = "it is a cloud's metadata service"
	whyLoopback    = "it is a loopback address"
	whyUnspecified = "it is an unspecified address"
	whyLinkLocal   = "it is a link-local address"
	whyMulticast   = "it is a multicast address"
)

func cidr(text string) netip.Prefix { return netip.MustParsePrefix(text) }
