"""Cancelling and reinstating a meetup."""

import datetime as dt

import pytest
import time_machine

from bookclub.mail.models import OutgoingMail
from meetups import cancellation
from meetups.models import Meetup
from meetups.rsvps import record_rsvp
from tests.factories import make_rsvp
from tests.meetups.guest_lists import answers, mail_kinds, refusal_code

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def at_that_time():
    with time_machine.travel(NOW, tick=False):
        yield


def test_cancel_meetup_tells_everybody_once(full_meetup):
    waiting, leaver = make_rsvp(full_meetup), make_rsvp(full_meetup)
    record_rsvp(full_meetup, leaver.member, "not_going")

    for reason in ("The pub has burnt down", "Again"):
        cancellation.cancel_meetup(full_meetup, reason)

    full_meetup.refresh_from_db()
    told = OutgoingMail.objects.filter(kind="meetup-cancelled")
    assert (full_meetup.stage, full_meetup.cancellation_reason) == (Meetup.Stage.CANCELLED, "The pub has burnt down")
    assert {mail.to for mail in told} == {rsvp.member.email for rsvp in full_meetup.rsvps.going_or_queued()}
    assert len(told) == 3
    assert all("The pub has burnt down" in mail.text for mail in told)
    assert answers(full_meetup) == ["going", "going", "waiting", "not_going"]
    assert mail_kinds(waiting.member) == ["rsvp-waiting", "meetup-cancelled"]


def test_reinstate_meetup_tells_guests_and_moves_queue(full_meetup):
    waiting = make_rsvp(full_meetup)
    cancellation.cancel_meetup(full_meetup, "The pub has burnt down")
    record_rsvp(full_meetup, full_meetup.rsvps.first().member, "not_going")
    assert answers(full_meetup) == ["not_going", "going", "waiting"]

    cancellation.reinstate_meetup(full_meetup)
    with time_machine.travel(NOW + HOUR, tick=False):
        cancellation.reinstate_meetup(full_meetup)

    full_meetup.refresh_from_db()
    assert (full_meetup.cancelled_at, full_meetup.cancellation_reason) == (None, "")
    assert answers(full_meetup) == ["not_going", "going", "going"]
    assert sorted(mail_kinds(waiting.member)) == [
        "meetup-cancelled",
        "meetup-reinstated",
        "rsvp-promoted",
        "rsvp-waiting",
    ]


def test_cancel_meetup_again_tells_again(full_meetup):
    cancellation.cancel_meetup(full_meetup)
    cancellation.reinstate_meetup(full_meetup)
    with time_machine.travel(NOW + HOUR, tick=False):
        cancellation.cancel_meetup(full_meetup)

    assert OutgoingMail.objects.filter(kind="meetup-cancelled").count() == 4


def test_past_meetup_is_neither_cancelled_nor_reinstated(full_meetup):
    with time_machine.travel(full_meetup.ends_at, tick=False):
        assert refusal_code(cancellation.cancel_meetup, full_meetup) == "past"
        assert refusal_code(cancellation.reinstate_meetup, full_meetup) == "past"
