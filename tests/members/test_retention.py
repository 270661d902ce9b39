"""What docs/members-and-privacy.md promises is what the tables hold, and what the chore does."""

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

from bookclub.models import MailRequest, OutgoingMail
from meetups.models import RSVP
from members.models import Member, SignIn
from tests import factories as make

DOCS = (settings.BASE_DIR / "docs" / "members-and-privacy.md").read_text(encoding="utf-8")
OURS = {"bookclub", "members", "books", "meetups", "newsletter"}
# Of others, what can hold something about a person.
THEIRS = {"account", "mfa", "sessions", "admin", "socialaccount"}
START = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)


def days(number):
    return dt.timedelta(days=number)


@pytest.fixture
def clock(db):
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def over(clock):
    """An evening of two days ago to which five answered; asks where they stand after so many days."""
    meetup = make.make_meetup(date=dt.date(2026, 3, 5), capacity=4)
    answers = {
        "there": make.make_rsvp(meetup, line="No nuts"),
        "ticked": make.make_rsvp(meetup),
        "absent": make.make_rsvp(meetup),
        "changed": make.make_rsvp(meetup),
        "full": make.make_rsvp(meetup),
        "waits": make.make_rsvp(meetup),
    }
    make.make_rsvp(meetup, answers["changed"].member, RSVP.Answer.NOT_GOING)
    RSVP.objects.filter(pk=answers["ticked"].pk).update(came=True)
    RSVP.objects.filter(pk=answers["absent"].pk).update(came=False)
    evening = meetup.ends_at

    def standing(after):
        clock.move_to(evening + after)
        make.do_post()
        return {name for name, rsvp in answers.items() if RSVP.objects.filter(pk=rsvp.pk).exists()}

    standing.meetup = meetup
    return standing


def test_every_table_about_people_stands_in_the_document():
    written = set(re.findall(r"`(\w+\.\w+)`", DOCS))
    models = [model for model in apps.get_models() if not hasattr(model, "instance_type")]
    tables = {model._meta.label for model in models if model._meta.app_label in OURS | THEIRS}

    assert tables - written == set()
    assert {label for label in written if label.split(".")[0] in OURS} - tables == set()


def test_the_document_names_every_key_of_the_file(client, bob):
    from tests.members.test_export import data_of  # noqa: PLC0415

    client.force_login(bob)

    assert {key for key in data_of(client.post("/members/me/data/")) if f"`{key}`" not in DOCS} == set()


def test_who_came_is_kept_for_three_years_and_who_did_not_for_one(over):
    everybody = {"there", "ticked", "absent", "changed", "full", "waits"}

    assert over(days(364)) == everybody
    assert over(days(366)) == {"there", "ticked", "full"}
    assert over(days(3 * 365 - 1)) == {"there", "ticked", "full"}
    assert over(days(3 * 365 + 1)) == set()
    over.meetup.refresh_from_db()
    assert over.meetup.seats.taken == 4


def test_a_line_to_the_organiser_is_kept_for_thirty_days(over):
    over(days(29))
    assert RSVP.objects.filter(line="No nuts").exists()

    over(days(31))

    assert not RSVP.objects.exclude(line="").exists()


def test_of_a_meetup_that_was_cancelled_nobody_was_there(over):
    over.meetup.cancelled_at = START
    over.meetup.save()

    assert over(days(366)) == set()


def test_an_answer_to_an_evening_ahead_waits_for_it_however_long(clock, bob):
    meetup = make.make_meetup(date=dt.date(2028, 3, 8))
    rsvp = make.make_rsvp(meetup, bob, line="No nuts")

    clock.move_to(START + days(500))
    make.do_post()

    rsvp.refresh_from_db()
    assert rsvp.line == "No nuts"


def test_a_session_and_the_place_it_was_for_go_when_it_has_run_out(clock, bob):
    for lasting in (days(1), days(10)):
        session = SessionStore()
        session.set_expiry(lasting)
        session.create()
        SignIn.objects.create(member=bob, session_key=session.session_key, browser=f"{lasting.days}")
    SignIn.objects.create(member=bob, session_key="signed-out-elsewhere", browser="gone")

    clock.move_to(START + days(2))
    make.do_post()

    assert [sign_in.browser for sign_in in bob.sign_ins.all()] == ["10"]
    assert Session.objects.count() == 1


def test_a_sign_in_whose_session_is_just_being_written_stays(clock, bob):
    SignIn.objects.create(member=bob, session_key="not-written-yet", browser="Firefox")

    make.do_post()

    assert bob.sign_ins.exists()


def test_the_log_of_the_desk_is_kept_for_a_year(clock, olga):
    kind = ContentType.objects.get_for_model(RSVP)
    LogEntry.objects.create(user=olga, action_flag=CHANGE, content_type=kind, object_id="1", object_repr="x")

    clock.move_to(START + days(364))
    make.do_post()
    assert LogEntry.objects.exists()
    clock.move_to(START + days(366))
    make.do_post()

    assert not LogEntry.objects.exists()


def test_a_secret_whose_fate_nobody_knows_is_forgotten_after_two_days(clock):
    unknown = {"kind": "code", "to": "bob@example.org", "text": "123456", "state": OutgoingMail.State.UNKNOWN}
    for keeps in OutgoingMail.Keeps.values:
        OutgoingMail.objects.write(key=keeps, keeps=keeps, **unknown)

    clock.move_to(START + days(1))
    make.do_post()
    assert OutgoingMail.objects.filter(text="123456").count() == 3
    clock.move_to(START + days(3))
    make.do_post()

    kept = {mail.key: (mail.to, mail.text, mail.state) for mail in OutgoingMail.objects.all()}
    assert kept == {
        "all": ("bob@example.org", "123456", "unknown"),
        "address": ("bob@example.org", "", "unknown"),
        "nothing": ("", "", "unknown"),
    }


def test_mail_is_kept_for_ninety_days(clock):
    OutgoingMail.objects.write(key="old", kind="news", to="bob@example.org", text="News")
    make.do_post()

    clock.move_to(START + days(89))
    make.do_post()
    assert OutgoingMail.objects.get().state == OutgoingMail.State.SENT
    clock.move_to(START + days(91))
    make.do_post()

    assert not OutgoingMail.objects.exists()


def test_who_never_came_in_is_forgotten_after_a_day(clock):
    stranger = make.make_member("stranger@example.org", approved_at=None)
    EmailAddress.objects.create(user=stranger, email=stranger.email, primary=True)

    clock.move_to(START + dt.timedelta(hours=23, minutes=59))
    make.do_post()
    assert Member.objects.filter(pk=stranger.pk).exists()
    clock.move_to(START + dt.timedelta(hours=24, minutes=1))
    make.do_post()

    assert not Member.objects.filter(pk=stranger.pk).exists()


def test_who_asked_for_a_mail_is_forgotten_after_a_day(clock):
    MailRequest.objects.create(kind="code", address_key="a", network_key="n")

    clock.move_to(START + days(1) + dt.timedelta(minutes=1))
    make.do_post()

    assert not MailRequest.objects.exists()


def test_a_limit_that_is_over_leaves_no_address_behind(clock):
    cache.set("allauth:rl:login:ip:192.0.2.1", [1], 60)
    cache.set("stays", 1, 3 * 60 * 60)

    clock.move_to(START + dt.timedelta(hours=1))
    make.do_post()

    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache")
        assert [key for (key,) in cursor.fetchall()] == [":1:stays"]


def test_the_chore_may_be_done_twice(over):
    first = over(days(400))

    assert over(days(400)) == first
