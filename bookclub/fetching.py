"""Fetch something small from another site, within one budget of seconds and bytes, and only from where it is allowed.

Stands on http.client because no client that we know of gives both things that safety needs: the connection goes to the
very address that was looked at (a name that means another machine a moment later leads nowhere), and the limit of
seconds counts from the first question to the last byte, however slowly they drip. It uses no proxy and keeps nothing.
"""

import http.client
import ipaddress
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from django.http.request import validate_host
from django.utils.encoding import iri_to_uri

REDIRECTS = {301, 302, 303, 307, 308}
REDIRECT_LIMIT = 3
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class FetchError(Exception):
    """Nothing came, or nothing that may be used."""


class Unreachable(FetchError):
    """No connection, or one that broke off."""


class TooSlow(FetchError):
    pass


class TooLarge(FetchError):
    pass


class Misled(FetchError):
    """It leads to where we don't go: another host, another scheme, a private address, in circles."""


class Garbled(FetchError):
    """What came is not HTTP."""


@dataclass
class Answer:
    status: int
    body: bytes


@dataclass
class Clock:
    seconds: float
    end: float = field(init=False)

    def __post_init__(self):
        self.end = time.monotonic() + self.seconds

    def left(self):
        """Seconds; raises TimeoutError where there are none."""
        if (seconds := self.end - time.monotonic()) <= 0:
            raise TimeoutError
        return seconds


class Timed:
    """Waits for each piece no longer than the clock has left; a socket's own limit begins anew with every byte."""

    clock: Clock

    def recv_into(self, *args, **options):
        self.settimeout(self.clock.left())
        return super().recv_into(*args, **options)


class TimedSocket(Timed, socket.socket):
    pass


class TimedSSLSocket(Timed, ssl.SSLSocket):
    pass


class Errand:
    """All that is fetched for one purpose.

    `origins` are the addresses that the operator named (scheme, host, port); a redirect may also lead to `hosts`,
    written as Django's ALLOWED_HOSTS, by https. Only an origin by http, which is the operator's own machine, may have
    an address that is not public.
    """

    def __init__(self, *, origins, hosts, user_agent, seconds=5, size_bytes=2_000_000):
        self.origins, self.hosts, self.user_agent = set(origins), hosts, user_agent
        self.clock = Clock(seconds)
        self.bytes_left = size_bytes

    def get(self, url: str) -> Answer:
        """Raises a FetchError."""
        for _ in range(REDIRECT_LIMIT + 1):
            answer, location = self._ask(url)
            if location is None:
                return answer
            url = _joined(url, location)
        raise Misled(url)

    def _ask(self, url):
        """An Answer and None or, for a redirect, None and where it leads."""
        try:
            connection = self._connect(self._allowed(url))
            try:
                connection.request("GET", _target(url), headers={"User-Agent": self.user_agent, "Accept": "*/*"})
                with connection.getresponse() as response:
                    return self._read(response)
            finally:
                connection.close()
        except TimeoutError as error:
            raise TooSlow(url) from error
        except OSError as error:
            raise Unreachable(url) from error
        except http.client.HTTPException as error:
            raise Garbled(url) from error

    def _allowed(self, url):
        """The parts of `url`. Raises Misled where it is none of ours."""
        try:
            parts = urlsplit(url)
            elsewhere = parts.scheme == "https" and parts.netloc == parts.hostname
        except ValueError as error:
            raise Misled(url) from error
        if _origin(parts) in self.origins or (elsewhere and validate_host(parts.hostname, self.hosts)):
            return parts
        raise Misled(url)

    def _connect(self, parts):
        is_tls = parts.scheme == "https"
        port = parts.port or (443 if is_tls else 80)
        kind = http.client.HTTPSConnection if is_tls else http.client.HTTPConnection
        connection = kind(parts.hostname, port)
        connection.auto_open = False
        addresses = resolve(parts.hostname, port, self.clock)
        if is_tls and not all(is_public(address[0]) for *_, address in addresses):
            raise Misled(parts.geturl())
        connection.sock = self._socket(addresses, parts.hostname if is_tls else None)
        return connection

    def _socket(self, addresses, tls_name):
        """Connected to the first of `addresses` that answers. Raises OSError where none does."""
        for family, kind, protocol, _, address in addresses[:-1]:
            try:
                return self._open(family, kind, protocol, address, tls_name)
            except TimeoutError:
                raise
            except OSError:
                continue  # the next address of the same host
        family, kind, protocol, _, address = addresses[-1]
        return self._open(family, kind, protocol, address, tls_name)

    def _open(self, family, kind, protocol, address, tls_name):
        sock = TimedSocket(family, kind, protocol)
        try:
            sock.clock = self.clock
            sock.settimeout(self.clock.left())
            sock.connect(address)
            return self._encrypted(sock, tls_name) if tls_name else sock
        except BaseException:
            sock.close()
            raise

    def _encrypted(self, sock, name):
        context = ssl.create_default_context()
        context.sslsocket_class = TimedSSLSocket
        sock.settimeout(self.clock.left())
        encrypted = context.wrap_socket(sock, server_hostname=name)
        encrypted.clock = self.clock
        return encrypted

    def _read(self, response):
        if response.status in REDIRECTS and response.headers["Location"]:
            return None, response.headers["Location"]
        body = response.read(self.bytes_left + 1)
        self.bytes_left -= len(body)
        if self.bytes_left < 0:
            raise TooLarge
        if response.length:
            raise ConnectionError("It broke off")
        return Answer(response.status, body), None


def resolve(host, port, clock):
    """What getaddrinfo says, waited for no longer than the clock has left: its own limits are the system's."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM).result(clock.left())
    except UnicodeError as error:
        raise Misled(host) from error
    finally:
        pool.shutdown(wait=False)


def is_public(text: str) -> bool:
    """Whether an address belongs to the open Internet, and so does the one that it stands for, if it does."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if address.version == 6:
        address = _inner(address) or address
    return address.is_global and not address.is_multicast


def _inner(address):
    """The IPv4 address inside an IPv6 one, by the ways of RFC 4291, 3056 and 6052; None where there is none."""
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _joined(url, location):
    try:
        return iri_to_uri(urljoin(url, location))
    except ValueError as error:
        raise Misled(location) from error


def _origin(parts):
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _target(url):
    parts = urlsplit(url)
    return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
