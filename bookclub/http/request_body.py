"""Read the body of a request on the event loop, so that a slow client never holds a thread.

The bytes are counted as they arrive, whatever the headers say. Each body has a limit, by its route, and a deadline.
"""

import asyncio
import tempfile
from contextlib import contextmanager

from bookclub.http.body_limits import SMALL_BODY_BYTES, get_deadline_seconds

MEMORY_BYTES = 1024 * 1024  # larger bodies are in a temporary file
DRAIN_SECONDS, DRAIN_BYTES = 15, 128 * 1024 * 1024


class ClientDisconnected(Exception):
    pass


class BodyRefused(Exception):
    """`received` is the file with what has arrived, at most the limit."""

    def __init__(self, received=None):
        super().__init__()
        self.received = received


class BodyTooLarge(BodyRefused):
    pass


class BodyTooSlow(BodyRefused):
    pass


class TooManyBodies(BodyRefused):
    pass


class BodyNotStored(Exception):
    """The disk is full, or the database that knows who is signed in is away."""


class Slots:
    """A number of places, taken without waiting. Used on the event loop alone, so it needs no lock."""

    def __init__(self, number):
        self.free = number

    @contextmanager
    def taken(self):
        """Raises TooManyBodies if none is free."""
        if not self.free:
            raise TooManyBodies
        self.free -= 1
        try:
            yield
        finally:
            self.free += 1


class BodyReader:
    """Reads the bodies of one process.

    The coroutine function `find_limit(scope)` returns the limit of the request, and whether its sender is signed in. It
    is called only for bodies over SMALL_BODY_BYTES, because it needs a query.
    """

    def __init__(self, find_limit, *, bodies, large_bodies):
        self.find_limit = find_limit
        self.slots = Slots(bodies)
        # Strangers can't take the places of the signed-in.
        self.large_slots = {True: Slots(large_bodies), False: Slots(large_bodies)}

    async def read(self, scope, receive):
        """Return a file with the body, or raise BodyRefused or ClientDisconnected."""
        with self.slots.taken():
            body = Body(receive)
            try:
                if await body.receive(SMALL_BODY_BYTES, get_deadline_seconds(SMALL_BODY_BYTES)):
                    return body.rewind()
                limit, is_signed_in = await self.find_limit(scope)
                if limit <= body.size:
                    raise BodyTooLarge(body.rewind(limit))
                with self.large_slots[is_signed_in].taken():
                    if await body.receive(limit, get_deadline_seconds(limit)):
                        return body.rewind()
                raise BodyTooLarge(body.rewind(limit))
            except BodyRefused as refused:
                if refused.received is None:
                    body.file.close()
                raise
            except BaseException:
                body.file.close()
                raise


class Body:
    def __init__(self, receive):
        self.receive_message = receive
        self.file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - the request closes it
        self.size, self.is_complete = 0, False

    async def receive(self, limit, seconds):
        """Read until the end or until there is more than `limit`; return whether the whole body is within it."""
        try:
            async with asyncio.timeout(seconds):
                while self.size <= limit and not self.is_complete:
                    message = await self.receive_message()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnected
                    chunk = message.get("body", b"")
                    self.size += len(chunk)
                    self.file.write(chunk)
                    self.is_complete = not message.get("more_body", False)
        except TimeoutError:
            raise BodyTooSlow(self.rewind()) from None
        return self.size <= limit

    def rewind(self, limit=None):
        if limit is not None:
            self.file.truncate(limit)
        self.file.seek(0)
        return self.file


async def drain(receive):
    """Read and forget the rest of a body: browsers show an answer only when they have sent everything."""
    left = DRAIN_BYTES
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return
