import email
import stat
from email import policy

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection, send_mail

from bookclub.mail import FolderBackend, MailServerDown, MailServerRefusesUs
from bookclub.posted import Outcome
from bookclub.sending import connecting, send
from tests.serving import free_port
from tests.sink import Sink, point


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    if hasattr(settings, "MAILERS"):
        settings.MAILERS = {"default": {"BACKEND": "bookclub.mail.FolderBackend"}}
    else:
        settings.EMAIL_BACKEND = "bookclub.mail.FolderBackend"
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data" / "mail"


def read(path):
    return email.message_from_bytes(path.read_bytes(), policy=policy.default)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_each_mail_lies_in_a_file_of_its_own(folder):
    messages = [EmailMessage(f"Subject {number}", "Text", to=["bob@example.org"]) for number in range(3)]

    sent = sum(message.send() for message in messages)

    files = list(folder.iterdir())
    assert sent == 3
    assert {path.suffix for path in files} == {".eml"}
    assert sorted(read(path)["Subject"] for path in files) == ["Subject 0", "Subject 1", "Subject 2"]


def test_a_mail_is_read_by_its_owner_alone(folder):
    send_mail("Subject", "Text", None, ["bob@example.org"])

    [path] = folder.iterdir()
    assert mode(path) == 0o600
    assert mode(folder) == 0o700


def test_a_mail_is_read_back_to_the_letter(folder):
    subject = "Wer kommt? “Smart Urbanism” – 😀 " + "lang " * 40 + "genug"
    text = "Līga, Łukasz & <Zoë>:\n\n“…”\n.\nFrom here\n"
    mail = EmailMultiAlternatives(subject, text, "Club <club@example.org>", ["Bob Baptiste <bob@example.org>"])
    mail.attach_alternative("<p>Łukasz</p>", "text/html")

    mail.send()

    [path] = folder.iterdir()
    found = read(path)
    assert found["Subject"] == subject
    assert found["From"] == "Club <club@example.org>"
    assert found["To"] == "Bob Baptiste <bob@example.org>"
    assert found.get_body(["plain"]).get_content() == text
    assert found.get_body(["html"]).get_content().strip() == "<p>Łukasz</p>"


def test_a_blind_copy_names_nobody_in_the_file(folder):
    EmailMessage("Subject", "Text", to=["bob@example.org"], bcc=["alice@example.org"]).send()

    [path] = folder.iterdir()
    assert b"alice" not in path.read_bytes()


def test_nothing_to_send_is_nothing_sent(folder):
    assert FolderBackend().send_messages([]) == 0


def test_a_full_disk_is_the_servers_trouble_and_leaves_no_half_a_mail(folder, monkeypatch):
    def write_half(path, content):
        with path.open("wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", write_half)

    with pytest.raises(MailServerDown, match="No space left"):
        send(EmailMessage("Subject", "Text", to=["bob@example.org"]), FolderBackend())

    assert list(folder.iterdir()) == []


# --- over SMTP: what became of one try ------------------------------------------------------------------------------


def try_to_send(settings, sink, message=None, **options):
    point(settings, sink, **options)
    line = get_connection()
    try:
        with connecting():
            line.open()
        return send(message or EmailMessage("Subject", "Text", to=["bob@example.org"]), line)
    finally:
        line.close()


@pytest.mark.parametrize(
    ("manners", "outcome"),
    [
        ({}, Outcome.SENT),
        ({"refuses_now": 1}, Outcome.AGAIN),
        ({"refuses_for_good": 1}, Outcome.REFUSED),
        ({"answers": {"bob@example.org": "421 4.3.2 Closing"}}, Outcome.CUT),
        ({"cuts_before": 1}, Outcome.CUT),
        ({"cuts_after": 1}, Outcome.UNKNOWN),
        ({"stalls": 1, "stall_seconds": 2}, Outcome.UNKNOWN),
        ({"says_at_end": "251 2.1.5 Passed on"}, Outcome.SENT),
        ({"says_at_end": "451 4.3.0 Try later"}, Outcome.AGAIN),
        ({"says_at_end": "554 5.6.0 No such words here"}, Outcome.REFUSED),
        ({"says_at_end": "421 4.3.2 Closing"}, Outcome.CUT),
        ({"says_at_end": "What?"}, Outcome.UNKNOWN),
        ({"says_at_end": "25"}, Outcome.UNKNOWN),
        ({"says_at_end": "5" * 9000}, Outcome.UNKNOWN),
        ({"says_to_sender": "552 5.3.4 Too large"}, Outcome.REFUSED),
        ({"says_to_sender": "451 4.7.1 Enough for today"}, Outcome.CUT),
    ],
)
def test_what_became_of_a_mail_is_told_by_the_servers_word_or_its_silence(settings, manners, outcome):
    with Sink(**manners) as sink:
        [(found, words)] = try_to_send(settings, sink, timeout=0.5)

    assert found is outcome
    assert bool(words) is (manners != {})


@pytest.mark.parametrize(
    ("manners", "options", "trouble"),
    [
        ({"login": ("club", "right")}, {"password": "wrong"}, MailServerRefusesUs),
        ({"greets": "554 5.7.1 Go away"}, {}, MailServerDown),
        ({"says_to_sender": "530 5.7.0 Who are you?"}, {}, MailServerRefusesUs),
        ({"says_to_sender": "553 5.7.1 This is not your address"}, {}, MailServerRefusesUs),
    ],
)
def test_a_server_that_takes_nothing_from_us_is_not_the_mails_fault(settings, manners, options, trouble):
    with Sink(**manners) as sink, pytest.raises(trouble) as error:
        try_to_send(settings, sink, **options)

    assert error.type is trouble
    assert sink.mails == []


def test_a_server_that_is_not_there_is_down(settings):
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
def test_a_mail_with_a_forged_header_fails_alone(settings, fields):
    with Sink() as sink:
        message = EmailMessage(**{"subject": "Subject", "body": "Text", "to": ["bob@example.org"]} | fields)
        [(outcome, _)] = try_to_send(settings, sink, message)

    assert outcome is Outcome.REFUSED
    assert sink.mails == []
