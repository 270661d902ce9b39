import pytest

from bookclub.fetching import is_public


@pytest.mark.parametrize("address", ["207.241.224.2", "1.1.1.1", "2606:4700::1111", "64:ff9b::cff1:e002"])
def test_an_address_of_the_open_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "ff0e::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1",
    ],
)  # fmt: skip
def test_a_private_a_local_and_a_reserved_address_is_not_public_however_it_is_wrapped(address):
    assert not is_public(address)
