"""The backend that stores mail in files."""

import email
import stat
from email import policy

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives, send_mail

from bookclub.mail.backends import FolderBackend, MailServerDown
from bookclub.mail.transport import send_message


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "bookclub.mail.backends.FolderBackend"
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data" / "mail"


def read(path):
    return email.message_from_bytes(path.read_bytes(), policy=policy.default)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_backend_writes_one_file_per_mail(folder):
    messages = [EmailMessage(f"Subject {number}", "Text", to=["bob@example.org"]) for number in range(3)]

    sent = sum(message.send() for message in messages)

    files = list(folder.iterdir())
    assert sent == 3
    assert {path.suffix for path in files} == {".eml"}
    assert sorted(read(path)["Subject"] for path in files) == ["Subject 0", "Subject 1", "Subject 2"]


def test_folder_backend_files_are_private(folder):
    send_mail("Subject", "Text", None, ["bob@example.org"])

    [path] = folder.iterdir()
    assert mode(path) == 0o600
    assert mode(folder) == 0o700


def test_folder_backend_mail_reads_back_unchanged(folder):
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


def test_folder_backend_hides_blind_copies(folder):
    EmailMessage("Subject", "Text", to=["bob@example.org"], bcc=["alice@example.org"]).send()

    [path] = folder.iterdir()
    assert b"alice" not in path.read_bytes()


def test_folder_backend_sends_no_messages(folder):
    assert FolderBackend().send_messages([]) == 0


def test_folder_backend_full_disk_leaves_no_partial_file(folder, monkeypatch):
    def write_half(path, content):
        with path.open("wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", write_half)

    with pytest.raises(MailServerDown, match="No space left"):
        send_message(EmailMessage("Subject", "Text", to=["bob@example.org"]), FolderBackend())

    assert list(folder.iterdir()) == []
