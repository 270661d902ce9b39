"""Tell public IP addresses from others, and write a client's address in one form.

The tables are the IANA registries of special-purpose addresses, as `is_global` of Python's ipaddress differs between
patch releases: https://www.iana.org/assignments/iana-ipv4-special-registry/ and …/iana-ipv6-special-registry/.
"""

import ipaddress
from ipaddress import IPv4Address, IPv6Address

SPECIAL_IPV4 = [
    ipaddress.ip_network(network)
    for network in [
        "0.0.0.0/8",  # this network (RFC 791)
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # shared by the customers of a provider (RFC 6598)
        "127.0.0.0/8",  # loopback (RFC 1122)
        "169.254.0.0/16",  # link-local (RFC 3927), where clouds serve their credentials
        "172.16.0.0/12",  # private (RFC 1918)
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890)
        "192.0.2.0/24",  # documentation (RFC 5737)
        "192.88.99.0/24",  # 6to4 relays, deprecated (RFC 7526)
        "192.168.0.0/16",  # private (RFC 1918)
        "198.18.0.0/15",  # benchmarking (RFC 2544)
        "198.51.100.0/24",  # documentation (RFC 5737)
        "203.0.113.0/24",  # documentation (RFC 5737)
        "224.0.0.0/4",  # multicast (RFC 5771)
        "240.0.0.0/4",  # reserved, and the broadcast address (RFC 1112, RFC 8190)
    ]
]
# Nothing outside is assigned for unicast, so this leaves out loopback, ::a.b.c.d and ::ffff:0:a.b.c.d (RFC 4291, 2765),
# 64:ff9b:1::/48 (RFC 8215), 100::/64 (RFC 6666), 5f00::/16 (RFC 9602), fc00::/7, fe80::/10, fec0::/10 and ff00::/8.
UNICAST_IPV6 = ipaddress.ip_network("2000::/3")
SPECIAL_IPV6 = [
    ipaddress.ip_network(network)
    for network in [
        "2001::/23",  # IETF protocol assignments: Teredo (RFC 4380), benchmarking (RFC 5180), ORCHID (RFC 7343) …
        "2001:db8::/32",  # documentation (RFC 3849)
        "3fff::/20",  # documentation (RFC 9637)
    ]
]
NAT64 = ipaddress.ip_network("64:ff9b::/96")
ISATAP_MARK = 0x00005EFE  # RFC 5214 section 6.1; with the bit 0x02000000 the IPv4 address is claimed to be global


def is_public(text: str) -> bool:
    """Return whether an IP address is global unicast; an IPv4 address embedded in an IPv6 one is checked, too."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if address.version == 4:
        return is_public_ipv4(address)
    if address.ipv4_mapped:  # the system connects to the IPv4 address
        return is_public_ipv4(address.ipv4_mapped)
    if address in NAT64:  # RFC 6052 section 2.1
        return is_public_ipv4(get_last_ipv4(address))
    if address not in UNICAST_IPV6 or any(address in network for network in SPECIAL_IPV6):
        return False
    if address.sixtofour:  # RFC 3056 section 2
        return is_public_ipv4(address.sixtofour)
    return not is_isatap(address) or is_public_ipv4(get_last_ipv4(address))


def normalize_ip(text: str) -> str:
    """Return the address without a zone, and the IPv4 address of a mapped one, as a socket for both families gives."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return str(getattr(address, "ipv4_mapped", None) or address)


def is_public_ipv4(address: IPv4Address) -> bool:
    return not any(address in network for network in SPECIAL_IPV4)


def is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFDFFFFFF == ISATAP_MARK


def get_last_ipv4(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)
