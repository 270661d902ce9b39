"""Redis or Valkey as the cache, with short time-outs, and without a wait while it is known not to answer."""

import logging
import threading
import time
from functools import cache

import redis
from django.core.cache.backends.redis import RedisCache as DjangoRedisCache
from redis.exceptions import RedisClusterException, RedisError

from bookclub.core.cache import PROBE_KEY, PROBE_SECONDS, CacheUnavailable, GuardedCacheMixin

TIMEOUT_SECONDS = 0.5
PAUSE_SECONDS = 1

logger = logging.getLogger(__name__)


class CircuitBreaker:
    """After a failure lets one call a second through, until one succeeds. The others fail at once."""

    def __init__(self):
        self.lock = threading.Lock()
        self.is_open = False
        self.next_try = 0.0

    def admit(self):
        with self.lock:
            now = time.monotonic()
            if self.is_open and now < self.next_try:
                raise CacheUnavailable("The server failed a moment ago.")
            self.next_try = now + PAUSE_SECONDS

    def record_failure(self, error):
        with self.lock:
            was_open, self.is_open = self.is_open, True
        if not was_open:
            logger.error("The cache can't be used: %s", error)

    def record_success(self):
        if self.is_open:
            self.is_open = False
            logger.warning("The cache can be used again.")


class SharedPool:
    """Django's option `pool_class`: one pool of connections for all threads of this process, which have a cache each."""

    @staticmethod
    @cache
    def from_url(url, **options):
        timeouts = {"socket_connect_timeout": TIMEOUT_SECONDS, "socket_timeout": TIMEOUT_SECONDS}
        return redis.ConnectionPool.from_url(url, **timeouts, **options)


@cache
def get_breaker(servers: tuple[str, ...]) -> CircuitBreaker:
    """Return the breaker that all threads of this process share."""
    return CircuitBreaker()


class RedisCache(GuardedCacheMixin, DjangoRedisCache):
    errors = (RedisError, RedisClusterException, OSError)

    def __init__(self, server, params):
        options = {"pool_class": SharedPool} | params.get("OPTIONS", {})
        super().__init__(server, params | {"OPTIONS": options})
        self.breaker = get_breaker(tuple([server] if isinstance(server, str) else server))

    def guard(self, method, *args, **kwargs):
        self.breaker.admit()
        try:
            result = super().guard(method, *args, **kwargs)
        except CacheUnavailable as error:
            self.breaker.record_failure(error)
            raise
        self.breaker.record_success()
        return result

    def check_available(self):
        """Raise CacheUnavailable if the server can't be reached, or takes no values."""
        self.set(PROBE_KEY, 1, PROBE_SECONDS)
