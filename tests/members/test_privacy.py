"""The promises of docs/members-and-privacy.md: the tables that it lists, and the retention periods."""

import datetime as dt
import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection

from bookclub.mail.models import OutgoingMail
from bookclub.mail.rate_limits import MailRequest
from meetups.models import RSVP
from members.models import Member, SignIn
from tests import factories as make
from tests.members.login_helpers import log_in_recently

DOCS = (settings.BASE_DIR / "docs" / "members-and-privacy.md").read_text(encoding="utf-8")
OURS = {"bookclub", "members", "books", "meetups", "newsletter"}
# Apps of others whose tables hold personal data.
THEIRS = {"account", "mfa", "sessions", "admin", "socialaccount"}
START = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)


def days(number):
    return dt.timedelta(days=number)


@pytest.fixture
def clock(db):
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def list_kept_rsvps(clock):
    """Return a function that moves the clock to so long after a meetup and tells whose RSVPs are left."""
    meetup = make.make_meetup(date=dt.date(2026, 3, 5), capacity=4)
    answers = {
        "there": make.make_rsvp(meetup, message="No nuts"),
        "ticked": make.make_rsvp(meetup),
        "absent": make.make_rsvp(meetup),
        "changed": make.make_rsvp(meetup),
        "full": make.make_rsvp(meetup),
        "waits": make.make_rsvp(meetup),
    }
    make.make_rsvp(meetup, answers["changed"].member, RSVP.Answer.NOT_GOING)
    RSVP.objects.filter(pk=answers["ticked"].pk).update(attended=True)
    RSVP.objects.filter(pk=answers["absent"].pk).update(attended=False)
    ends_at = meetup.ends_at

    def list_kept(after):
        clock.move_to(ends_at + after)
        make.run_worker()
        return {name for name, rsvp in answers.items() if RSVP.objects.filter(pk=rsvp.pk).exists()}

    list_kept.meetup = meetup
    return list_kept


def test_privacy_document_lists_every_personal_table():
    written = set(re.findall(r"`(\w+\.\w+)`", DOCS))
    models = [model for model in apps.get_models() if not hasattr(model, "instance_type")]
    tables = {model._meta.label for model in models if model._meta.app_label in OURS | THEIRS}

    assert tables - written == set()
    assert {label for label in written if label.split(".")[0] in OURS} - tables == set()


def test_privacy_document_lists_every_export_key(client, bob):
    from tests.members.test_data_export import read_json  # noqa: PLC0415

    log_in_recently(client, bob)

    assert {key for key in read_json(client.post("/members/me/data/")) if f"`{key}`" not in DOCS} == set()


@pytest.mark.both_databases
def test_rsvp_retention_is_three_years_attended_else_one(list_kept_rsvps):
    everybody = {"there", "ticked", "absent", "changed", "full", "waits"}

    assert list_kept_rsvps(days(364)) == everybody
    assert list_kept_rsvps(days(366)) == {"there", "ticked", "full"}
    assert list_kept_rsvps(days(3 * 365 - 1)) == {"there", "ticked", "full"}
    assert list_kept_rsvps(days(3 * 365 + 1)) == set()
    list_kept_rsvps.meetup.refresh_from_db()
    assert list_kept_rsvps.meetup.seat_counter.taken == 4


def test_rsvp_message_retention_is_thirty_days(list_kept_rsvps):
    list_kept_rsvps(days(29))
    assert RSVP.objects.filter(message="No nuts").exists()

    list_kept_rsvps(days(31))

    assert not RSVP.objects.exclude(message="").exists()


def test_rsvp_retention_of_cancelled_meetup(list_kept_rsvps):
    list_kept_rsvps.meetup.cancelled_at = START
    list_kept_rsvps.meetup.save()

    assert list_kept_rsvps(days(366)) == set()


def test_rsvp_of_upcoming_meetup_is_kept(clock, bob):
    meetup = make.make_meetup(date=dt.date(2028, 3, 8))
    rsvp = make.make_rsvp(meetup, bob, message="No nuts")

    clock.move_to(START + days(500))
    make.run_worker()

    rsvp.refresh_from_db()
    assert rsvp.message == "No nuts"


@pytest.mark.both_databases
def test_expired_session_and_sign_in_are_deleted(clock, bob):
    for lasting in (days(1), days(10)):
        session = SessionStore()
        session.set_expiry(lasting)
        session.create()
        SignIn.objects.create(member=bob, session_key=session.session_key, browser=f"{lasting.days}")
    SignIn.objects.create(member=bob, session_key="signed-out-elsewhere", browser="gone")

    clock.move_to(START + days(2))
    make.run_worker()

    assert [sign_in.browser for sign_in in bob.sign_ins.all()] == ["10"]
    assert Session.objects.count() == 1


def test_new_sign_in_without_session_is_kept(clock, bob):
    SignIn.objects.create(member=bob, session_key="not-written-yet", browser="Firefox")

    make.run_worker()

    assert bob.sign_ins.exists()


def test_admin_log_retention_is_one_year(clock, olga):
    kind = ContentType.objects.get_for_model(RSVP)
    LogEntry.objects.create(user=olga, action_flag=CHANGE, content_type=kind, object_id="1", object_repr="x")

    clock.move_to(START + days(364))
    make.run_worker()
    assert LogEntry.objects.exists()
    clock.move_to(START + days(366))
    make.run_worker()

    assert not LogEntry.objects.exists()


@pytest.mark.both_databases
def test_secret_mail_of_unknown_outcome_is_forgotten_after_two_days(clock):
    unknown = {"kind": "code", "to": "bob@example.org", "text": "123456", "state": OutgoingMail.State.UNKNOWN}
    for keeps in OutgoingMail.Retention.values:
        OutgoingMail.objects.enqueue(key=keeps, retention=keeps, **unknown)

    clock.move_to(START + days(1))
    make.run_worker()
    assert OutgoingMail.objects.filter(text="123456").count() == 3
    clock.move_to(START + days(3))
    make.run_worker()

    kept = {mail.key: (mail.to, mail.text, mail.state) for mail in OutgoingMail.objects.all()}
    assert kept == {
        "all": ("bob@example.org", "123456", "unknown"),
        "address": ("bob@example.org", "", "unknown"),
        "nothing": ("", "", "unknown"),
    }


def test_mail_retention_is_ninety_days(clock):
    OutgoingMail.objects.enqueue(key="old", kind="news", to="bob@example.org", text="News")
    make.run_worker()

    clock.move_to(START + days(89))
    make.run_worker()
    assert OutgoingMail.objects.get().state == OutgoingMail.State.SENT
    clock.move_to(START + days(91))
    make.run_worker()

    assert not OutgoingMail.objects.exists()


@pytest.mark.both_databases
def test_unconfirmed_account_is_deleted_after_a_day(clock):
    stranger = make.make_member("stranger@example.org", approved_at=None)
    EmailAddress.objects.create(user=stranger, email=stranger.email, primary=True)

    clock.move_to(START + dt.timedelta(hours=23, minutes=59))
    make.run_worker()
    assert Member.objects.filter(pk=stranger.pk).exists()
    clock.move_to(START + dt.timedelta(hours=24, minutes=1))
    make.run_worker()

    assert not Member.objects.filter(pk=stranger.pk).exists()


def test_mail_request_is_deleted_after_a_day(clock):
    MailRequest.objects.create(kind="code", address_hash="a", network_hash="n")

    clock.move_to(START + days(1) + dt.timedelta(minutes=1))
    make.run_worker()

    assert not MailRequest.objects.exists()


@pytest.mark.both_databases
def test_expired_rate_limit_leaves_no_address(clock):
    cache.clear()  # tests that commit leave rows
    cache.set("allauth:rl:login:ip:192.0.2.1", [1], 60)
    cache.set("stays", 1, 3 * 60 * 60)

    clock.move_to(START + dt.timedelta(hours=1))
    make.run_worker()

    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache")
        assert [key for (key,) in cursor.fetchall()] == [":1:stays"]


def test_delete_expired_task_is_idempotent(list_kept_rsvps):
    first = list_kept_rsvps(days(400))

    assert list_kept_rsvps(days(400)) == first
