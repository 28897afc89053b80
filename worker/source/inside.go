package source

import (
	"net/netip"
)

// A block is a range of addresses that the public internet does not route to.
type block struct {
	prefix string
	why    string
}

// insideBlocks are those that netip has no question for, from the IANA registries of special-purpose IPv4 and IPv6
// addresses (RFC 6890 and its updates).
func insideBlocks() []block {
	return []block{
		{"0.0.0.0/8", "this network"},
		{"100.64.0.0/10", "shared address space"},
		{"192.0.0.0/24", "reserved for protocols"},
		{"192.0.2.0/24", "reserved for documentation"},
		{"192.88.99.0/24", "a relay to 6to4, given up"},
		{"198.18.0.0/15", "reserved for measurements"},
		{"198.51.100.0/24", "reserved for documentation"},
		{"203.0.113.0/24", "reserved for documentation"},
		{"240.0.0.0/4", "reserved"},
		{"64:ff9b:1::/48", "a local translation prefix"},
		{"100::/64", "discarded"},
		{"2001::/23", "reserved for protocols"}, // Teredo, which leads to IPv4 addresses, ORCHID, measurements
		{"3fff::/20", "reserved for documentation"},
		{"5f00::/16", "reserved for segment routing"},
		{"2001:db8::/32", "reserved for documentation"},
		{"fec0::/10", "site-local"},
	}
}

// inside says what an address (host:port, numbers only) is if it is none of the public internet, else "".
func inside(address string) string {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return "no address that can be checked"
	}
	return insideAddr(ap.Addr().WithZone(""))
}

func insideAddr(addr netip.Addr) string {
	addr = addr.Unmap()
	switch {
	case addr.IsLoopback():
		return "this machine"
	case addr.IsUnspecified():
		return "no address"
	case addr.IsPrivate():
		return "a private address"
	case addr.IsLinkLocalUnicast():
		return "a link-local address"
	case addr.IsMulticast():
		return "a multicast address"
	}
	for _, b := range insideBlocks() {
		if netip.MustParsePrefix(b.prefix).Contains(addr) {
			return b.why
		}
	}
	if v4, ok := embedded(addr); ok {
		return insideAddr(v4)
	}
	return ""
}

// embedded gives the IPv4 address that an IPv6 one leads to: by NAT64 (64:ff9b::/96, RFC 6052), by 6to4 (2002::/16,
// RFC 3056), or by the old IPv4-compatible form (::/96, RFC 4291).
func embedded(addr netip.Addr) (netip.Addr, bool) {
	if !addr.Is6() {
		return addr, false
	}
	b := addr.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(addr), netip.MustParsePrefix("::/96").Contains(addr):
		return netip.AddrFrom4([4]byte(b[12:])), true
	case netip.MustParsePrefix("2002::/16").Contains(addr):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	return addr, false
}
