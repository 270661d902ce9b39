"""Let at most half of a process's threads change data at the same time, so that readers never wait behind writers.

A thread that writes may wait for a database lock: SQLite has one for the whole database, PostgreSQL has one for each
row. Further writers wait here, on the event loop, in order of arrival, and need no thread.
"""

import asyncio
import time
from contextlib import asynccontextmanager

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class TooManyWriters(Exception):
    pass


class WriteGate:
    """`wait_seconds` is the longest time that a request waits in all: here, and then for the lock of the database."""

    def __init__(self, writers, wait_seconds):
        self.slots = asyncio.Semaphore(writers)
        self.wait_seconds = wait_seconds

    @asynccontextmanager
    async def admit(self, method):
        """Yield the monotonic time until which the request may wait for a lock, or raise TooManyWriters."""
        deadline = time.monotonic() + self.wait_seconds
        if method in SAFE_METHODS:
            yield deadline
            return
        try:
            async with asyncio.timeout(self.wait_seconds):
                await self.slots.acquire()
        except TimeoutError:
            raise TooManyWriters from None
        try:
            yield deadline
        finally:
            self.slots.release()
