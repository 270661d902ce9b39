from types import SimpleNamespace

import pytest
from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused, AnymailSerializationError
from urllib3.exceptions import NewConnectionError

from bookclub.mail.backends import MailServerDown, MailServerRefusesUs
from bookclub.mail.queue import Outcome
from bookclub.mail.transport import classify_recipient, classify_smtp_reply, send_message

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
    assert classify_smtp_reply(code, b"Words \xff", connection) == (outcome, f"{code} Words \ufffd")


@pytest.mark.parametrize("code", [530, 534, 535, 538])
def test_authentication_code_raises_mail_server_refuses_us(code):
    with pytest.raises(MailServerRefusesUs, match=f"{code} Who are you"):
        classify_smtp_reply(code, "Who are you", UNSENT)


def test_message_that_the_backend_did_not_send_is_rejected():
    connection = SimpleNamespace(send_messages=lambda _: 0)

    assert send_message(SimpleNamespace(to=["ann@example.org"]), connection) == [
        (Outcome.REJECTED, "The mail has no recipient.")
    ]


def backend_that_raises(error, is_handed_over=False):
    def send_messages(_):
        raise error

    return SimpleNamespace(send_messages=send_messages, is_handed_over=is_handed_over)


def attempt(error, **options):
    [result] = send_message(SimpleNamespace(to=["ann@example.org"]), backend_that_raises(error, **options))
    return result


@pytest.mark.parametrize(
    ("error", "is_handed_over", "outcome"),
    [
        (ConnectionResetError("gone"), False, Outcome.DISCONNECTED),
        (ConnectionResetError("gone"), True, Outcome.UNKNOWN),
        (ValueError("bad header"), False, Outcome.REJECTED),
        (ValueError("bad header"), True, Outcome.UNKNOWN),
        (AnymailSerializationError("bad header"), False, Outcome.REJECTED),
        (AnymailAPIError("no answer"), False, Outcome.UNKNOWN),
        (AnymailRecipientsRefused(), False, Outcome.REJECTED),
    ],
)
def test_error_of_a_backend_decides_the_outcome(error, is_handed_over, outcome):
    found, reply = attempt(error, is_handed_over=is_handed_over)

    assert found is outcome
    assert "ad header" in reply or "gone" in reply or "no answer" in reply or reply.startswith("5.1.0 ")


def chain(outer, **links):
    for name, inner in links.items():
        setattr(outer, name, inner)
    return outer


@pytest.mark.parametrize("name", ["reason", "__cause__", "__context__"])
def test_unreachable_api_raises_mail_server_down(name):
    nobody_there = NewConnectionError(None, "refused")
    error = chain(AnymailAPIError("no answer"), **{name: chain(OSError("wrapped"), **{name: nobody_there})})

    with pytest.raises(MailServerDown) as raised:
        attempt(error)

    assert raised.value.__cause__ is error
    assert "no answer" in str(raised.value)


@pytest.mark.parametrize(
    ("statuses", "outcome", "reply"),
    [
        ({"Ann@Example.org": "queued", "bob@example.org": "failed"}, Outcome.SENT, ""),
        ({"ann@example.org": "invalid"}, Outcome.REJECTED, "invalid"),
        ({"ann@example.org": "rejected"}, Outcome.REJECTED, "rejected"),
        ({"ann@example.org": "failed"}, Outcome.REJECTED, "The provider says: {}"),
        ({"ann@example.org": "unknown"}, Outcome.UNKNOWN, "The provider says: {}"),
        ({"bob@example.org": "sent"}, Outcome.UNKNOWN, "The provider says: {}"),
    ],
)
def test_status_of_a_recipient_decides_the_outcome(statuses, outcome, reply):
    recipients = {to: SimpleNamespace(status=status) for to, status in statuses.items()}
    status = SimpleNamespace(recipients=recipients, esp_response=SimpleNamespace(text="{}"))
    message = SimpleNamespace(to=["ann@example.org", "bob@example.org"], anymail_status=status)

    found, words = classify_recipient(message, "ann@example.org")

    assert found is outcome
    assert words.endswith(reply)
    assert bool(words) is bool(reply)
