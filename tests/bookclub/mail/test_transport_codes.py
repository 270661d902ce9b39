from types import SimpleNamespace

import pytest

from bookclub.mail.backends import MailServerRefusesUs
from bookclub.mail.queue import Outcome
from bookclub.mail.transport import classify_reply, send_message

UNSENT, HANDED_OVER = SimpleNamespace(is_handed_over=False), SimpleNamespace(is_handed_over=True)


@pytest.mark.parametrize(
    ("code", "connection", "outcome"),
    [
        (200, HANDED_OVER, Outcome.SENT),
        (299, HANDED_OVER, Outcome.SENT),
        (250, UNSENT, Outcome.DISCONNECTED),
        (300, HANDED_OVER, Outcome.UNKNOWN),
        (399, UNSENT, Outcome.DISCONNECTED),
        (400, UNSENT, Outcome.DEFERRED),
        (421, HANDED_OVER, Outcome.DISCONNECTED),
        (499, UNSENT, Outcome.DEFERRED),
        (500, UNSENT, Outcome.REJECTED),
        (599, UNSENT, Outcome.REJECTED),
        (600, UNSENT, Outcome.DISCONNECTED),
        (-1, HANDED_OVER, Outcome.UNKNOWN),
    ],
)
def test_reply_code_decides_the_outcome(code, connection, outcome):
    assert classify_reply(code, b"Words \xff", connection) == (outcome, f"{code} Words \ufffd")


@pytest.mark.parametrize("code", [530, 534, 535, 538])
def test_authentication_code_raises_mail_server_refuses_us(code):
    with pytest.raises(MailServerRefusesUs, match=f"{code} Who are you"):
        classify_reply(code, "Who are you", UNSENT)


def test_message_that_the_backend_did_not_send_is_rejected():
    connection = SimpleNamespace(send_messages=lambda _: 0)

    assert send_message(SimpleNamespace(to=["ann@example.org"]), connection) == [
        (Outcome.REJECTED, "The mail has no recipient.")
    ]
