"""Sources: IANA's registries of special-purpose addresses, and the RFC of each way to embed an IPv4 address."""

import ipaddress

import pytest

from bookclub.core.safe_http.ip_addresses import is_public

PUBLIC_IPV4 = ["1.1.1.1", "8.8.8.8", "207.241.224.2", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0"]
# The first and last address of each network of iana-ipv4-special-registry that is not globally reachable.
SPECIAL_IPV4 = [
    ("0.0.0.0", "0.255.255.255"), ("10.0.0.0", "10.255.255.255"), ("100.64.0.0", "100.127.255.255"),  # noqa: S104
    ("127.0.0.0", "127.255.255.255"), ("169.254.0.0", "169.254.255.255"), ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"), ("192.0.2.0", "192.0.2.255"), ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"), ("198.18.0.0", "198.19.255.255"), ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"), ("224.0.0.0", "239.255.255.255"), ("240.0.0.0", "255.255.255.255"),
]  # fmt: skip
# The same of iana-ipv6-special-registry, of what RFC 4291 reserves, and of networks that were given up.
SPECIAL_IPV6 = [
    ("::", "::"), ("::1", "::1"),
    ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),  # RFC 8215
    ("100::", "100::ffff:ffff:ffff:ffff"), ("100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff"),  # RFC 6666, RFC 9780
    ("200::", "3ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),  # RFC 4048
    ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),  # RFC 4380: Teredo
    ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff"),  # RFC 5180
    ("2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff"),  # RFC 4843
    ("2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff"),  # RFC 7343
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"), ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),  # RFC 9602
    ("4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),  # not assigned
    ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
]  # fmt: skip
PRIVATE_EMBEDDED = ["127.0.0.1", "0.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "224.0.0.1"]
# {way to embed an IPv4 address: (function of the address as an integer, whether a public one may be connected to)}
EMBEDDINGS = {
    "mapped": (lambda ipv4: 0xFFFF << 32 | ipv4, True),  # RFC 4291 section 2.5.5.2
    "compatible": (lambda ipv4: ipv4, False),  # RFC 4291 section 2.5.5.1
    "translated": (lambda ipv4: 0xFFFF << 48 | ipv4, False),  # RFC 2765 section 2.1
    "NAT64": (lambda ipv4: 0x64FF9B << 96 | ipv4, True),  # RFC 6052 section 2.1
    "local NAT64": (lambda ipv4: 0x64FF9B0001 << 80 | ipv4, False),  # RFC 8215
    "6to4": (lambda ipv4: 0x2002 << 112 | ipv4 << 80 | 1, True),  # RFC 3056 section 2
    "Teredo server": (lambda ipv4: 0x20010000 << 96 | ipv4 << 64, False),  # RFC 4380 section 4
    "Teredo client": (lambda ipv4: 0x20010000 << 96 | ipv4 ^ 0xFFFFFFFF, False),
    "ISATAP": (lambda ipv4: 0x26064700 << 96 | 0x5EFE << 32 | ipv4, True),  # RFC 5214 section 6.1
    "global ISATAP": (lambda ipv4: 0x26064700 << 96 | 0x2005EFE << 32 | ipv4, True),
}


@pytest.mark.parametrize("address", [*PUBLIC_IPV4, "2606:4700::1111", "2000::", "2001:200::1", "2a00:1450:4001::8a"])
def test_global_address_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(("first", "last"), SPECIAL_IPV4 + SPECIAL_IPV6)
def test_special_network_is_not_public_from_its_first_to_its_last_address(first, last):
    first, last = ipaddress.ip_address(first), ipaddress.ip_address(last)

    assert [is_public(str(address)) for address in (first, first + (int(last) - int(first)) // 2, last)] == [False] * 3


@pytest.mark.parametrize("embed", [embed for embed, _ in EMBEDDINGS.values()], ids=EMBEDDINGS)
@pytest.mark.parametrize("ipv4", PRIVATE_EMBEDDED)
def test_private_ipv4_address_in_ipv6_address_is_not_public(ipv4, embed):
    assert not is_public(str(ipaddress.IPv6Address(embed(int(ipaddress.IPv4Address(ipv4))))))


@pytest.mark.parametrize(("embed", "expected"), EMBEDDINGS.values(), ids=EMBEDDINGS)
def test_public_ipv4_address_in_ipv6_address(embed, expected):
    assert is_public(str(ipaddress.IPv6Address(embed(int(ipaddress.IPv4Address("207.241.224.2")))))) is expected


@pytest.mark.parametrize(
    "address",
    [
        "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:127.0.0.1", "::ffff:0:127.0.0.1",
        "64:ff9b:1::1", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1%eth0", "fe80::1%25", "fec0::1%1", "ff02::1%lo",
        "::ffff:10.0.0.1%eth0",
    ],
)  # fmt: skip
def test_written_forms_of_private_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["0x7f.1", "127.1", "0177.0.0.1", "2130706433", "", "%eth0", "localhost"])
def test_other_written_forms_are_no_address(address):
    with pytest.raises(ValueError, match="does not appear to be"):
        is_public(address)
