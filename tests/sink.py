"""A local mail server that stores mail and misbehaves as configured.

    with Sink(defers=0.1, disconnects_after=0.05) as sink:
        ...                     # send to 127.0.0.1, sink.port
    sink.senders                # the address of each MAIL command
    sink.taken                  # {Message-ID: number of times that it was accepted, with or without a reply}

Runs in a separate thread, so that the test and other processes can use it at the same time.
"""

import asyncio
import email
import logging
import random
import re
import threading
import warnings
from collections import Counter
from email import policy

from aiosmtpd.smtp import SMTP, AuthResult

BUSY, NEVER = "451 4.3.2 Come back later", "550 5.1.1 There is nobody of that name"
NOT_YOURS = "553 5.7.1 Sender address rejected: not owned by user club"
CLOSING = "421 4.7.0 Too many mails on one connection"
logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd logs every command
MESSAGE_ID = re.compile(rb"^Message-ID:\s*<?([^>\s]+)", re.IGNORECASE | re.MULTILINE)


class Sink:
    """Shares are probabilities from 0 to 1, by a random generator with a fixed seed.

    - `defers`, `rejects`: share; it replies 451 or 550 to the recipient.
    - `disconnects_before`: share; it disconnects at the recipient, before anything was handed over.
    - `disconnects_after`: share; it accepts the mail and disconnects without a reply.
    - `stalls`: share; it waits `stall_seconds` before it replies 250.
    - `answers`: {address: reply to that recipient}, such as {"bob@example.org": "550 No"}.
    - `greeting`, `mail_reply`, `data_reply`: its reply to a connection, to MAIL and after the text.
    - `refuses_return_paths_at`: MAIL or RCPT; at that command it refuses a sender with a “+”.
    - `login`: (name, password), without which it accepts no mail.
    - `mails_per_connection`: after so many it replies 421.
    - `on_taken`: called in the sink's thread when it has accepted a mail but not replied yet.
    """

    def __init__(self, *, port=0, seed=1, stall_seconds=1.0, login=None, answers=None, greeting="", data_reply="",
                 mail_reply="", refuses_return_paths_at="", mails_per_connection=float("inf"), on_taken=None, **shares):  # fmt: skip
        self.port, self.login, self.stall_seconds = port, login, stall_seconds
        self.answers, self.greeting = answers or {}, greeting
        self.data_reply, self.mail_reply = data_reply, mail_reply
        self.refuses_return_paths_at = refuses_return_paths_at
        self.mails_per_connection, self.on_taken = mails_per_connection, on_taken or (lambda: None)
        self.shares = Counter(shares)
        self.random = random.Random(seed)  # noqa: S311 - a test's
        self.taken, self.did, self.mails, self.senders = Counter(), Counter(), [], []
        self.loop = self.server = None

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, *_):
        self.down()

    def up(self):
        """Start listening, at the same port as before."""
        self.loop = asyncio.new_event_loop()
        is_up = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(is_up,), daemon=True)
        self.thread.start()
        is_up.wait()

    def _run(self, is_up):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(
            self.loop.create_server(self._session, "127.0.0.1", self.port, reuse_address=True)
        )
        self.port = self.server.sockets[0].getsockname()[1]
        is_up.set()
        self.loop.run_forever()
        self.server.close()
        for task in (tasks := asyncio.all_tasks(self.loop)):
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    def down(self):
        """Stop listening, and close open connections."""
        if self.loop and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()

    def _session(self):
        options = {"auth_required": True, "auth_require_tls": False, "authenticator": self._knows} if self.login else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that a password is sent without encryption
            return Session(self, hostname="sink", enable_SMTPUTF8=True, loop=self.loop, timeout=120, **options)

    def _knows(self, server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login.decode(), data.password.decode()) == self.login, handled=False)

    def happens(self, what):
        """Return whether it does `what` this time."""
        does = self.shares[what] > 0 and self.random.random() < self.shares[what]
        self.did[what] += does
        return does

    def take(self, envelope):
        found = MESSAGE_ID.search(envelope.original_content)
        self.taken[found[1].decode() if found else ""] += 1
        self.mails.append((tuple(envelope.rcpt_tos), bytes(envelope.original_content)))

    @property
    def messages(self):
        """The mails taken, parsed, in order."""
        return [email.message_from_bytes(content, policy=policy.default) for _, content in self.mails]

    @property
    def recipients(self):
        return [address for addresses, _ in self.mails for address in addresses]


class Handler:
    """Handles the commands of RFC 5321 that the sink can misbehave at."""

    def __init__(self, sink):
        self.sink = sink

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.sink.mail_reply:
            return self.sink.mail_reply
        server.mails_begun += 1
        if server.mails_begun > self.sink.mails_per_connection:
            return CLOSING
        envelope.mail_from = address
        self.sink.senders.append(address)
        return NOT_YOURS if self.refuses_sender("MAIL", envelope) else "250 OK"

    def refuses_sender(self, command, envelope):
        return self.sink.refuses_return_paths_at == command and "+" in envelope.mail_from

    async def handle_RCPT(self, server, session, envelope, address, options):
        sink = self.sink
        if self.refuses_sender("RCPT", envelope):
            return NOT_YOURS
        if address in sink.answers:
            return sink.answers[address]
        if sink.happens("defers"):
            return BUSY
        if sink.happens("rejects"):
            return NEVER
        if sink.happens("disconnects_before"):
            server.transport.abort()
            return BUSY
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        sink = self.sink
        if sink.data_reply:
            return sink.data_reply
        if sink.happens("stalls"):
            await asyncio.sleep(sink.stall_seconds)
        sink.take(envelope)
        sink.on_taken()
        if sink.happens("disconnects_after"):
            server.transport.abort()
        return "250 OK"


class Session(SMTP):
    mails_begun = 0

    def __init__(self, sink, **options):
        super().__init__(Handler(sink), **options)
        self.sink = sink

    async def push(self, status):
        if isinstance(status, str) and status.startswith("220 sink") and self.sink.greeting:
            status = self.sink.greeting
        await super().push(status)

    def connection_made(self, transport):
        self.sink.did["connections"] += 1
        super().connection_made(transport)


def point(settings, sink, *, timeout=5, password=None):
    """Send mail to `sink` from now on; `settings` are Django's or pytest's."""
    name, secret = sink.login or ("", "")
    settings.EMAIL_BACKEND = "bookclub.mail.backends.SMTPBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, timeout
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = name, password or secret
