"""A mail server on this machine that takes mail and keeps it, and that misbehaves as it is told to.

    with Sink(refuses_now=0.1, cuts_after=0.05) as sink:
        ...                     # send to 127.0.0.1, sink.port
    sink.taken                  # how often it has said 250 to, or swallowed, each Message-ID

Runs in a thread of its own, so that it may be asked from a test, and by other processes over its port.
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
TIRED = "421 4.7.0 Too many mails on one line"
logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd tells of every command
MESSAGE_ID = re.compile(rb"^Message-ID:\s*<?([^>\s]+)", re.IGNORECASE | re.MULTILINE)


class Sink:
    """Shares are parts of one: of so many mails it refuses, cuts or stalls, by a die that always falls the same way.

    - `refuses_now`, `refuses_for_good`: 451 and 550 to the recipient.
    - `answers`: by address, what it says to that recipient instead of 250: {"bob@example.org": "550 No"}.
    - `says_at_end`, `greets`, `says_to_sender`: that line instead of a 250 after the text, of the 220, after MAIL.
    - `cuts_before`: hangs up at the recipient, so that nothing has been handed over.
    - `cuts_after`: takes the mail and hangs up without a word.
    - `stalls`: takes its time, `stall_seconds`, before it says 250.
    - `login`: (name, password), without which it takes nothing.
    - `mails_per_line`: after so many it is tired of a line, and says 421.
    - `on_taken`: called, in the thread of the sink, when it has taken a mail and not said so yet.
    """

    def __init__(self, *, port=0, seed=1, stall_seconds=1.0, login=None, answers=None, greets="", says_at_end="",
                 says_to_sender="", mails_per_line=float("inf"), on_taken=None, **shares):  # fmt: skip
        self.port, self.login, self.stall_seconds = port, login, stall_seconds
        self.answers, self.greets = answers or {}, greets
        self.says_at_end, self.says_to_sender = says_at_end, says_to_sender
        self.mails_per_line, self.on_taken = mails_per_line, on_taken or (lambda: None)
        self.shares = Counter(shares)
        self.die = random.Random(seed)  # noqa: S311 - a test's
        self.taken, self.did, self.mails, self.lines_open = Counter(), Counter(), [], 0
        self.loop = self.server = None

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, *_):
        self.down()

    def up(self):
        """From now on, at the same port as before."""
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
        """Nobody listens any more, and whoever is connected is cut off."""
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

    def falls(self, what):
        """Whether it does `what` this time. One throw for each kind that has a share at all."""
        does = self.shares[what] > 0 and self.die.random() < self.shares[what]
        self.did[what] += does
        return does

    def take(self, envelope):
        found = MESSAGE_ID.search(envelope.original_content)
        self.taken[found[1].decode() if found else ""] += 1
        self.mails.append((tuple(envelope.rcpt_tos), bytes(envelope.original_content)))

    @property
    def messages(self):
        """What it has taken, parsed, in that order."""
        return [email.message_from_bytes(content, policy=policy.default) for _, content in self.mails]

    @property
    def recipients(self):
        return [address for addresses, _ in self.mails for address in addresses]


class Handler:
    """The commands of RFC 5321 that the sink has an opinion about."""

    def __init__(self, sink):
        self.sink = sink

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.sink.says_to_sender:
            return self.sink.says_to_sender
        server.mails_begun += 1
        if server.mails_begun > self.sink.mails_per_line:
            return TIRED
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        sink = self.sink
        if address in sink.answers:
            return sink.answers[address]
        if sink.falls("refuses_now"):
            return BUSY
        if sink.falls("refuses_for_good"):
            return NEVER
        if sink.falls("cuts_before"):
            server.transport.abort()
            return BUSY
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        sink = self.sink
        if sink.says_at_end:
            return sink.says_at_end
        if sink.falls("stalls"):
            await asyncio.sleep(sink.stall_seconds)
        sink.take(envelope)
        sink.on_taken()
        if sink.falls("cuts_after"):
            server.transport.abort()
        return "250 OK"


class Session(SMTP):
    mails_begun = 0

    def __init__(self, sink, **options):
        super().__init__(Handler(sink), **options)
        self.sink = sink

    async def push(self, status):
        if isinstance(status, str) and status.startswith("220 sink") and self.sink.greets:
            status = self.sink.greets
        await super().push(status)

    def connection_made(self, transport):
        self.sink.did["lines"] += 1
        super().connection_made(transport)


def point(settings, sink, *, timeout=5, password=None):
    """Mail goes to `sink` from here on: `settings` are Django's or pytest's."""
    name, secret = sink.login or ("", "")
    settings.EMAIL_BACKEND = "bookclub.mail.SMTPBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, timeout
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = name, password or secret
