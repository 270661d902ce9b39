"""Send requests to the ASGI application as a web server does, with bodies that arrive piece by piece."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bookclub.http.handler import PooledHandler

ORIGIN = {"Host": "localhost:8000", "Origin": "http://localhost:8000"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Answer:
    status: int = 0
    headers: dict = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self):
        return self.body.decode()


def make_handler(**options):
    return PooledHandler(**{"threads": 4, "lock_wait_seconds": 2.5, "bodies": 10, "large_bodies": 2} | options)


def run(coroutine):
    """Return the result of `coroutine`. In a thread, as browser tests leave an event loop in the main one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


async def send(handler, method, path, chunks=(), headers=None, extensions=None, query_end=b"", scheme="http"):
    """Return the Answer. `chunks` is an iterable or an async iterable of bytes; the client never disconnects."""
    scope = make_scope(method, path, headers or {}, extensions or {})
    scope["query_string"] += query_end
    scope["scheme"] = scheme
    answer, messages = Answer(), body_messages(chunks)

    async def receive():
        return await anext(messages)

    async def send_message(message):
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            answer.body += message.get("body", b"")
        else:
            answer.body = message["path"].encode()

    await handler(scope, receive, send_message)
    return answer


def make_scope(method, path, headers, extensions):
    raw_headers = [(name.lower().encode(), value.encode()) for name, value in (ORIGIN | headers).items()]
    path, _, query = path.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": raw_headers,
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 8000),
        "scheme": "http",
        "extensions": extensions,
    }


async def body_messages(chunks):
    if hasattr(chunks, "__aiter__"):
        async for chunk in chunks:
            yield {"type": "http.request", "body": chunk, "more_body": True}
    else:
        for chunk in chunks:
            yield {"type": "http.request", "body": chunk, "more_body": True}
    yield {"type": "http.request", "body": b"", "more_body": False}
    await asyncio.Event().wait()


async def trickle():
    """A body that begins and never ends."""
    yield b"message=one+word+and+another"
    await asyncio.Event().wait()
