"""Fetch small files from other sites, with limits on destination, time and size.

Built on http.client, because no HTTP library known to us has documented hooks for both guarantees: the connection goes
to the IP address that was checked, without a second DNS query (against DNS rebinding), and one deadline covers
everything from the DNS query to the last byte. No proxy, no .netrc, no cookies.
"""

import http.client
import queue
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from django.http.request import validate_host
from django.utils.encoding import iri_to_uri

from bookclub.core.safe_http.ip_addresses import is_public

REDIRECT_STATUSES = {301, 302, 303, 307, 308}
REDIRECT_LIMIT = 3


class FetchError(Exception):
    """No usable response."""


class Unreachable(FetchError):
    """The connection failed or was closed."""


class TooSlow(FetchError):
    """The deadline has passed."""


class InvalidResponse(FetchError):
    """The response is not HTTP, or too large."""


class ForbiddenRedirect(FetchError):
    """The URL or a redirect has a host, scheme or IP address that is not allowed, or there are too many redirects."""


@dataclass
class Response:
    status: int
    body: bytes


class DeadlineMixin:
    """Limits reads by `deadline` (monotonic clock): a socket's own timeout starts again with every byte."""

    deadline: float

    def recv_into(self, *args, **options):
        self.settimeout(seconds_until(self.deadline))
        return super().recv_into(*args, **options)


class DeadlineSocket(DeadlineMixin, socket.socket):
    pass


class DeadlineSSLSocket(DeadlineMixin, ssl.SSLSocket):
    pass


class Fetcher:
    """HTTP client whose requests share one deadline and one limit of bytes.

    `origins` are the configured URLs (scheme, host, port). Redirects may also lead to `hosts`, written as in
    ALLOWED_HOSTS, by https. With https every IP address must be public; an http origin may be on this machine.
    """

    def __init__(self, *, origins, hosts, user_agent, seconds=5, size_bytes=2_000_000):
        self.origins, self.hosts, self.user_agent = set(origins), hosts, user_agent
        self.deadline = time.monotonic() + seconds
        self.bytes_left = size_bytes

    def get(self, url: str) -> Response:
        """Return the Response; follow redirects. Raise a FetchError."""
        location = url
        for _ in range(REDIRECT_LIMIT + 1):
            try:
                url = iri_to_uri(urljoin(url, location))
                response, location = self._request(url)
            except TimeoutError as error:
                raise TooSlow(url) from error
            except OSError as error:
                raise Unreachable(url) from error
            except http.client.HTTPException as error:
                raise InvalidResponse(url) from error
            except ValueError as error:  # raised for an invalid URL or host name
                raise ForbiddenRedirect(url) from error
            if location is None:
                return response
        raise ForbiddenRedirect(url)

    def _request(self, url):
        """Return (Response, None) or, for a redirect, (None, location)."""
        parts = urlsplit(url)
        self._check_url(parts)
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        connection = http.client.HTTPConnection(parts.hostname, parts.port or 80)
        connection.auto_open = False  # http.client must not connect (and resolve the name) by itself
        connection.sock = self._connect(parts)
        try:
            headers = {"Host": parts.netloc, "User-Agent": self.user_agent, "Accept": "*/*"}
            connection.request("GET", target, headers=headers)
            with connection.getresponse() as response:
                return self._read(response)
        finally:
            connection.close()

    def _check_url(self, parts):
        is_plain_https = parts.scheme == "https" and parts.netloc == parts.hostname  # no port, no user name
        is_origin = f"{parts.scheme}://{parts.netloc.lower()}" in self.origins
        if not is_origin and not (is_plain_https and validate_host(parts.hostname, self.hosts)):
            raise ForbiddenRedirect(parts.geturl())

    def _connect(self, parts):
        """Return a socket, with TLS for https, connected to one of the addresses that were resolved and checked."""
        is_https = parts.scheme == "https"
        port = parts.port or (443 if is_https else 80)
        addresses = resolve_host(parts.hostname, port, seconds_until(self.deadline))
        if is_https and not all(is_public(address[0]) for *_, address in addresses):
            raise ForbiddenRedirect(parts.geturl())
        *others, last = addresses
        for address in others:
            try:
                return self._open_socket(*address, host=parts.hostname if is_https else None)
            except OSError:
                continue  # the next address of the same host
        return self._open_socket(*last, host=parts.hostname if is_https else None)

    def _open_socket(self, family, kind, protocol, _, address, *, host):
        """Return a connected socket, with TLS for the name `host` if given."""
        sock = DeadlineSocket(family, kind, protocol)
        try:
            sock.deadline = self.deadline
            sock.settimeout(seconds_until(self.deadline))
            sock.connect(address)
            return self._wrap_tls(sock, host) if host else sock
        except BaseException:
            sock.close()
            raise

    def _wrap_tls(self, sock, host):
        context = ssl.create_default_context()
        context.sslsocket_class = DeadlineSSLSocket
        encrypted = context.wrap_socket(sock, server_hostname=host)
        encrypted.deadline = self.deadline
        return encrypted

    def _read(self, response):
        if response.status in REDIRECT_STATUSES and response.headers["Location"]:
            return None, response.headers["Location"]
        body = response.read(self.bytes_left + 1)
        self.bytes_left -= len(body)
        if self.bytes_left < 0:
            raise InvalidResponse
        if response.length:
            raise ConnectionError("The connection broke off")
        return Response(response.status, body), None


def seconds_until(deadline: float) -> float:
    """Return the seconds left. Raise TimeoutError after the deadline."""
    if (seconds := deadline - time.monotonic()) <= 0:
        raise TimeoutError
    return seconds


def resolve_host(host, port, seconds):
    """Call getaddrinfo, which has no timeout of its own. Raise TimeoutError.

    It runs in a daemon thread, so that a slow name server doesn't prevent the process from exiting.
    """
    results = queue.SimpleQueue()

    def resolve():
        try:
            results.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:
            results.put(error)

    threading.Thread(target=resolve, daemon=True).start()
    try:
        result = results.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(result, Exception):
        raise result
    return result
