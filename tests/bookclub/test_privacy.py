import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from bookclub.mail.models import OutgoingMail
from bookclub.mail.rate_limits import MailRequest, keyed_hash
from bookclub.privacy import erase_data, list_mail, list_revisions
from books.models import Book
from members.account_deletion import DeletionChoices
from members.models import Member
from tests.factories import make_book, make_mail, make_member, yesterday

pytestmark = pytest.mark.django_db
State, Retention = OutgoingMail.State, OutgoingMail.Retention


@pytest.fixture
def nora():
    return make_member("nora@example.org", name="Nora Nyman")


def log(thing, words, by):
    kind = ContentType.objects.get_for_model(type(thing))
    return LogEntry.objects.create(
        user=by, content_type=kind, object_id=str(thing.pk), object_repr=words, action_flag=CHANGE
    )


def test_exported_mail_has_its_written_and_sent_times(nora):
    mail = make_mail(to="nora@example.org", state=State.SENT, sent_at=yesterday(), subject="Soon", text="Text")

    assert list_mail(nora) == [
        {
            "written_at": mail.written_at,
            "sent_at": mail.sent_at,
            "kind": mail.kind,
            "to": "nora@example.org",
            "state": "sent",
            "subject": "Soon",
            "text": "Text",
            "calendar": "",
        }
    ]


def test_exported_revisions_are_the_members_own(nora, bob):
    for member, number in ((nora, 1), (bob, 2)):
        for _ in range(number):
            Book.history.filter(pk=make_book().history.get().pk).update(history_user=member)

    assert [(each["kind"], each["number"]) for each in list_revisions(nora)] == [("book", 1)]


def test_erase_deletes_mail_requests_of_the_member_only(nora):
    for address in ("nora@example.org", "bob@example.org"):
        MailRequest.objects.create(kind="code", address_hash=keyed_hash("address", address), network_hash="n")

    erase_data(nora, DeletionChoices())

    assert MailRequest.objects.get().address_hash == keyed_hash("address", "bob@example.org")


def test_erase_deletes_the_text_of_a_mail_being_sent(nora):
    mail = make_mail(to="olga@example.org", text="nora@example.org asks", state=State.SENDING)

    erase_data(nora, DeletionChoices())

    mail.refresh_from_db()
    assert (mail.state, mail.retention) == (State.SENDING, Retention.ADDRESS)


def test_erase_ends_unfinished_logins_of_the_member_only(nora):
    for address in ("nora@example.org", "bob@example.org"):
        session = SessionStore()
        session["account_login"] = {"email": address}
        session.save()

    erase_data(nora, DeletionChoices())

    assert [row.get_decoded()["account_login"]["email"] for row in Session.objects.all()] == ["bob@example.org"]


def test_erase_keeps_log_entries_of_other_objects(nora, olga):
    book = make_book(pk=nora.pk)
    named = log(book, "Nora Nyman", olga)
    log(nora, "Nora Nyman", olga)
    other = log(make_member(name="Bob"), "Bob, asked for by Nora Nyman", olga)

    erase_data(nora, DeletionChoices())

    assert Member.objects.filter(pk=nora.pk).exists()
    assert dict(LogEntry.objects.values_list("pk", "object_repr")) == {
        named.pk: "Nora Nyman",
        other.pk: "Bob, asked for by somebody",
    }
