"""One attempt to send over SMTP, and its outcome."""

from smtplib import SMTPConnectError

import pytest
from django.core.mail import EmailMessage, get_connection

from bookclub.mail.backends import MailServerDown, MailServerRefusesUs
from bookclub.mail.queue import Outcome
from bookclub.mail.transport import connection_errors, get_return_path_refusal, send_message
from tests.serving import free_port
from tests.sink import Sink, point


def try_to_send(settings, sink, message=None, **options):
    point(settings, sink, **options)
    connection = get_connection()
    try:
        with connection_errors():
            connection.open()
        return send_message(message or EmailMessage("Subject", "Text", to=["bob@example.org"]), connection)
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("manners", "outcome"),
    [
        ({}, Outcome.SENT),
        ({"defers": 1}, Outcome.DEFERRED),
        ({"rejects": 1}, Outcome.REJECTED),
        ({"answers": {"bob@example.org": "421 4.3.2 Closing"}}, Outcome.DISCONNECTED),
        ({"disconnects_before": 1}, Outcome.DISCONNECTED),
        ({"disconnects_after": 1}, Outcome.UNKNOWN),
        ({"stalls": 1, "stall_seconds": 2}, Outcome.UNKNOWN),
        ({"data_reply": "251 2.1.5 Passed on"}, Outcome.SENT),
        ({"data_reply": "451 4.3.0 Try later"}, Outcome.DEFERRED),
        ({"data_reply": "554 5.6.0 No such words here"}, Outcome.REJECTED),
        ({"data_reply": "421 4.3.2 Closing"}, Outcome.DISCONNECTED),
        ({"data_reply": "What?"}, Outcome.UNKNOWN),
        ({"data_reply": "25"}, Outcome.UNKNOWN),
        ({"data_reply": "5" * 9000}, Outcome.UNKNOWN),
        ({"mail_reply": "552 5.3.4 Too large"}, Outcome.REJECTED),
        ({"mail_reply": "451 4.7.1 Enough for today"}, Outcome.DISCONNECTED),
    ],
)
def test_smtp_reply_decides_outcome(settings, manners, outcome):
    with Sink(**manners) as sink:
        [(found, reply)] = try_to_send(settings, sink, timeout=0.5 if "stalls" in manners else 20)

    assert found is outcome
    assert bool(reply) is (manners != {})


@pytest.mark.parametrize(
    ("manners", "options", "trouble"),
    [
        ({"login": ("club", "right")}, {"password": "wrong"}, MailServerRefusesUs),
        ({"greeting": "554 5.7.1 Go away"}, {}, MailServerDown),
        ({"mail_reply": "530 5.7.0 Who are you?"}, {}, MailServerRefusesUs),
        ({"mail_reply": "553 5.7.1 This is not your address"}, {}, MailServerRefusesUs),
    ],
)
def test_smtp_rejection_of_sender_raises(settings, manners, options, trouble):
    with Sink(**manners) as sink, pytest.raises(trouble) as error:
        try_to_send(settings, sink, **options)

    assert error.type is trouble
    assert sink.mails == []


def test_smtp_unreachable_server_raises(settings):
    with pytest.raises(MailServerDown, match="refused"):
        try_to_send(settings, Sink(port=free_port()))


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "Read\nBcc: everybody@example.org"},
        {"to": ["bob@example.org\nBcc: everybody@example.org"]},
        {"to": ["no address at all @@"]},
        {"headers": {"Reply-To": "x\r\nBcc: everybody@example.org"}},
    ],
)
def test_smtp_forged_header_is_rejected(settings, fields):
    with Sink() as sink:
        message = EmailMessage(**{"subject": "Subject", "body": "Text", "to": ["bob@example.org"]} | fields)
        [(outcome, _)] = try_to_send(settings, sink, message)

    assert outcome is Outcome.REJECTED
    assert sink.mails == []


def test_smtp_error_names_its_cause(settings):
    with pytest.raises(MailServerDown) as unreachable:
        try_to_send(settings, Sink(port=free_port()))
    with Sink(greeting="554 5.7.1 Go away") as sink, pytest.raises(MailServerDown) as refused:
        try_to_send(settings, sink)

    assert isinstance(unreachable.value.__cause__, ConnectionRefusedError)
    assert isinstance(refused.value.__cause__, SMTPConnectError)
    assert str(refused.value) == "554 5.7.1 Go away"


def test_smtp_mail_to_many_has_one_reply_per_recipient(settings):
    message = EmailMessage("Subject", "Text", to=["ann@example.org", "bob@example.org"])

    with Sink() as sink:
        results = try_to_send(settings, sink, message)

    assert results == [(Outcome.SENT, "")] * 2


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
def test_message_leaves_with_plain_sender_where_return_address_is_refused(settings, command):
    def build_message(number):
        return EmailMessage(
            f"Number {number}",
            "Text",
            from_email=f"letters+back-{number}@club.example",
            to=["bob@example.org"],
            headers={"From": "Club <hello@club.example>"},
        )

    with Sink(refuses_return_paths_at=command) as sink:
        point(settings, sink)
        connection = get_connection()
        connection.open()
        results = [send_message(build_message(number), connection) for number in (1, 2)]
        connection.close()

    assert results == [[(Outcome.SENT, "")]] * 2
    assert [message["From"] for message in sink.messages] == ["Club <hello@club.example>"] * 2
    assert sink.senders == ["letters+back-1@club.example", "hello@club.example", "hello@club.example"]
    assert get_return_path_refusal() == "553 5.7.1 Sender address rejected: not owned by user club"


@pytest.mark.django_db
def test_return_address_that_is_taken_is_no_refusal(settings):
    with Sink() as sink:
        point(settings, sink)
        message = EmailMessage(
            "Subject", "Text", "letters+back-1@club.example", ["bob@example.org"], headers={"From": "a@b.example"}
        )
        try_to_send(settings, sink, message)

    assert sink.senders == ["letters+back-1@club.example"]
    assert get_return_path_refusal() == ""
