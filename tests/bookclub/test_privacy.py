import datetime as dt

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from bookclub.mail.models import OutgoingMail
from bookclub.mail.rate_limits import MailRequest, keyed_hash
from bookclub.privacy import erase_data, list_admin_actions, list_mail, list_revisions
from books.models import Book
from members.account_deletion import DeletionChoices
from members.models import Member
from tests.factories import make_book, make_mail, make_meetup, make_member, yesterday

pytestmark = pytest.mark.django_db
State, Retention = OutgoingMail.State, OutgoingMail.Retention
DAY = dt.timedelta(days=1)


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


def test_exported_admin_actions_have_kind_and_key_but_no_names(nora, olga):
    book = make_book()
    entry = log(book, "Nora Nyman", nora)
    LogEntry.objects.filter(pk=log(book, "A table that is gone", nora).pk).update(
        content_type=None, action_time=entry.action_time - DAY
    )
    log(book, "Another's", olga)

    assert list_admin_actions(nora) == [
        {"at": entry.action_time, "what": "Change", "kind": "book", "key": str(book.pk)},
        {"at": entry.action_time - DAY, "what": "Change", "kind": "", "key": str(book.pk)},
    ]


def test_erase_drops_queued_and_empties_sent_mail_about_member(nora):
    states = (State.QUEUED, State.SENT, State.SENDING)
    for state in states:
        make_mail(to="olga@example.org", text="nora@example.org asks", state=state)
    other = make_mail(to="olga@example.org", text="joann.nora@example.org asks")
    make_mail(to="Nora@example.org", state=State.HELD)

    erase_data(nora, DeletionChoices())

    assert list(OutgoingMail.objects.order_by("pk").values_list("state", "text", "retention")) == [
        (State.DROPPED, "", Retention.ALL),
        (State.SENT, "", Retention.ALL),
        (State.SENDING, "nora@example.org asks", Retention.ADDRESS),
        (State.QUEUED, other.text, Retention.ALL),
        (State.DROPPED, "", Retention.NOTHING),
    ]
    assert [mail.to for mail in OutgoingMail.objects.order_by("pk")] == ["olga@example.org"] * 4 + [""]


def test_erase_replaces_the_address_in_keys_of_mail(nora):
    named = make_mail(key="wants-to-join:9:nora@example.org", to="olga@example.org")
    make_mail(key="wants-to-join:9:ben@example.org", to="olga@example.org")

    erase_data(nora, DeletionChoices())

    assert list(OutgoingMail.objects.order_by("pk").values_list("key", flat=True)) == [
        f"wants-to-join:9:somebody:{named.pk}",
        "wants-to-join:9:ben@example.org",
    ]


def test_erase_keeps_one_word_name_that_may_be_an_ordinary_word(olga):
    prince = make_member("prince@example.org", name="Prince")
    log(make_meetup(), "The Little Prince", olga)
    log(make_meetup(), "Prince: going", olga)
    log(make_meetup(), "Asked by prince@example.org", olga)

    erase_data(prince, DeletionChoices())

    assert list(LogEntry.objects.order_by("pk").values_list("object_repr", flat=True)) == [
        "The Little Prince",
        "somebody: going",
        "Asked by somebody",
    ]


def test_erase_ends_sessions_of_the_member_only(nora, bob):
    for member in (nora, bob):
        session = SessionStore()
        session[SESSION_KEY] = str(member.pk)
        session.save()

    erase_data(nora, DeletionChoices())

    assert [row.get_decoded()[SESSION_KEY] for row in Session.objects.all()] == [str(bob.pk)]
