"""Django's request handler for ASGI, with a fixed number of threads.

Django's own ASGIHandler starts a thread for each request, and each new thread opens a database connection. Here
requests are read and responses are sent on the event loop; only the middleware and the view run in a thread.
"""

import asyncio
import io
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.core import signals
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.db import DatabaseError, connection
from django.urls import set_script_prefix
from whitenoise.middleware import WhiteNoiseMiddleware

from bookclub.core.database.errors import describe_database_error
from bookclub.core.database.lock_waiting import limit_lock_waiting
from bookclub.error_pages import stream_error
from bookclub.http.body_limits import find_limit_and_sender
from bookclub.http.file_answers import FileAnswers
from bookclub.http.refusals import (
    refuse_large_body,
    refuse_malformed,
    refuse_slow_body,
    refuse_too_many,
    refuse_unreadable,
)
from bookclub.http.request_body import (
    BodyNotStored,
    BodyReader,
    BodyTooLarge,
    BodyTooSlow,
    ClientDisconnected,
    TooManyBodies,
    drain,
)
from bookclub.http.response_body import collect_stream, is_file, send_response
from bookclub.http.write_gate import SAFE_METHODS, TooManyWriters, WriteGate

logger = logging.getLogger(__name__)


class PooledHandler(ASGIHandler):
    """`threads` run at the same time, at most half of them for requests that change data."""

    def __init__(self, *, threads, lock_wait_seconds, bodies, large_bodies):
        BaseHandler.__init__(self)
        self.load_middleware()
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self.write_gate = WriteGate(max(threads // 2, 1), lock_wait_seconds)
        self.body_reader = BodyReader(self.find_limit, bodies=bodies, large_bodies=large_bodies)
        self.threads, self.lock_wait_seconds = threads, lock_wait_seconds
        # Their middleware answers from memory and needs no database, so that a thread would take longer than the answer.
        self.static_paths = frozenset(WhiteNoiseMiddleware(None).files)
        self.file_answers = FileAnswers()

    def open_connections(self):
        """Start all threads and open their database connections, so that they can read when the disk is full later."""
        all_started = threading.Barrier(self.threads)

        def open_connection():
            all_started.wait()
            with limit_lock_waiting(time.monotonic() + self.lock_wait_seconds):
                try:
                    connection.ensure_connection()
                except DatabaseError as error:
                    logger.error("%s", describe_database_error(error))

        for started in [self.pool.submit(open_connection) for _ in range(self.threads)]:
            started.result()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        file_key = self.file_answers.get_key(scope)
        if file_key and (messages := self.file_answers.find(file_key, scope)):
            for message in messages:
                await send(message)
            return
        try:
            response, file = await self.handle(scope, receive)
        except ClientDisconnected:
            return
        if file_key:
            self.file_answers.keep(file_key, response)
        try:
            await send_response(response, file, scope, send)
        finally:
            if not response.closed:
                response.close()

    async def handle(self, scope, receive):
        """Return (response, file) for a request, whose body is read first; see `send_response`."""
        try:
            body = await self.read_body(scope, receive)
            return await self.wait_and_respond(scope, body)
        except BodyTooLarge as refused:
            response = await self.run_in_thread(refuse_large_body, scope, refused.received)
            await drain(receive)
        except BodyTooSlow as refused:
            response = await self.run_in_thread(refuse_slow_body, scope, refused.received)
        except (TooManyBodies, TooManyWriters):
            response = refuse_too_many(scope)
        except BodyNotStored as refused:
            response = refuse_unreadable(scope, refused.__cause__)
        return response, None

    async def read_body(self, scope, receive):
        if scope["method"] in SAFE_METHODS:
            return io.BytesIO()
        try:
            return await self.body_reader.read(scope, receive)
        except (OSError, DatabaseError) as error:
            raise BodyNotStored from error

    async def wait_and_respond(self, scope, body):
        try:
            async with self.write_gate.admit(scope["method"]) as deadline:
                if scope["path"] in self.static_paths:
                    return self.respond(scope, body, deadline)
                return await self.run_in_thread(self.respond, scope, body, deadline)
        except TooManyWriters:
            body.close()
            raise

    async def run_in_thread(self, function, *args):
        return await asyncio.get_running_loop().run_in_executor(self.pool, function, *args)

    async def find_limit(self, scope):
        return await self.run_in_thread(find_limit_and_sender, scope)

    def respond(self, scope, body, deadline):
        """Run middleware and view in this thread; return (response, file) for `send_response`."""
        with limit_lock_waiting(deadline):
            set_script_prefix(get_script_prefix(scope))
            signals.request_started.send(sender=self.__class__, scope=scope)
            request, _ = self.create_request(scope, body)
            if request is None:
                return refuse_malformed(scope), None
            response = self.get_response(request)
            response._handler_class = self.__class__  # noqa: SLF001 - as Django's handlers do
            try:
                file = collect_stream(response)
            except Exception as error:
                response.close()
                response, file = stream_error(request, error), None
            if not is_file(response):
                # In the thread of the request, as this may close its database connections.
                response.close()
            return response, file
