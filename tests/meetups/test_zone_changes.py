import datetime as dt

import pytest

from bookclub.mail.models import OutgoingMail
from meetups.models import Meetup
from meetups.zone_changes import update_instants
from tests.factories import make_meetup, make_rsvp

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def move_instants(meetup):
    """Store the instants that older zone data gave, an hour off."""
    Meetup.objects.filter(pk=meetup.pk).update(starts_at=meetup.starts_at + HOUR, ends_at=meetup.ends_at + HOUR)


def test_meetup_ahead_keeps_local_time_after_zone_data_changed(bob):
    right, moved, past = make_meetup(), make_meetup(), make_meetup(date=dt.date(2018, 10, 10))
    make_rsvp(moved, bob)
    for meetup in (moved, past):
        move_instants(meetup)
    before = OutgoingMail.objects.count()

    told = update_instants()

    now = {meetup.pk: meetup for meetup in Meetup.objects.all()}
    assert [meetup.pk for meetup in told] == [moved.pk]
    assert (now[moved.pk].starts_at, now[moved.pk].ends_at) == (moved.starts_at, moved.ends_at)
    assert now[past.pk].starts_at == past.starts_at + HOUR
    assert [now[meetup.pk].sequence for meetup in (right, moved, past)] == [0, 1, 0]
    assert OutgoingMail.objects.count() == before
    assert update_instants() == []


def test_outdated_instants_cost_one_query(django_assert_num_queries):
    for _ in range(3):
        make_meetup()

    with django_assert_num_queries(1):
        assert update_instants() == []
