import subprocess
import sys

import pytest

from bookclub.core.safe_http import is_public


@pytest.mark.parametrize("address", ["207.241.224.2", "1.1.1.1", "2606:4700::1111", "64:ff9b::cff1:e002"])
def test_global_address_is_public(address):
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
def test_private_local_and_reserved_addresses_are_not_public(address):
    assert not is_public(address)


def test_slow_name_server_does_not_delay_process_exit():
    code = (
        "import socket, time\n"
        "from bookclub.core import safe_http\n"
        "socket.getaddrinfo = lambda *_, **__: time.sleep(60)\n"
        "try:\n"
        "    safe_http.resolve_host('example.org', 443, seconds=0.1)\n"
        "except TimeoutError:\n"
        "    print('too slow')\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)

    assert done.stdout == "too slow\n"
