import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from newsletter.models import Issue
from newsletter.models.issue import MAX_DELAY
from tests.factories import make_issue, make_subscriber

NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


def make_draft(**fields):
    return make_issue(number=None, **fields)


@pytest.mark.django_db
def test_unsent_leaves_out_cancelled_and_sent_letters():
    draft = make_draft()
    make_draft(cancelled_at=NOW)
    make_issue()

    assert list(Issue.objects.unsent()) == [draft]


@pytest.mark.django_db
def test_missed_leaves_out_letters_that_are_paused_or_not_late():
    late = make_draft(send_at=NOW - MAX_DELAY)
    make_draft(send_at=NOW - MAX_DELAY + SECOND)
    make_draft(send_at=NOW - MAX_DELAY, paused_at=NOW)

    assert list(Issue.objects.missed()) == [late]


@pytest.mark.parametrize(("late_by", "is_missed"), [(-SECOND, False), (0 * SECOND, True), (SECOND, True)])
def test_is_missed_begins_two_hours_after_the_moment(late_by, is_missed):
    assert Issue(send_at=NOW - MAX_DELAY - late_by).is_missed is is_missed


@pytest.mark.parametrize("field", ["frozen_at", "cancelled_at", "paused_at"])
def test_is_missed_only_while_nothing_has_become_of_the_letter(field):
    assert Issue(send_at=NOW - MAX_DELAY, **{field: timezone.now()}).is_missed is False


@pytest.mark.django_db
def test_on_their_way_leaves_out_letters_of_which_no_copy_waits():
    gone, waiting = make_issue(), make_issue()
    gone.deliveries.create(subscriber=make_subscriber(), state="sent")
    waiting.deliveries.create(subscriber=make_subscriber())

    assert list(Issue.objects.being_sent()) == [waiting]


@pytest.mark.django_db
def test_late_leaves_out_letters_that_are_paused_and_asks_about_the_moment_that_it_is_given():
    late, paused = make_issue(send_at=NOW - MAX_DELAY), make_issue(send_at=NOW - MAX_DELAY, paused_at=NOW)
    for issue in (late, paused):
        issue.deliveries.create(subscriber=make_subscriber())

    assert list(Issue.objects.late()) == [late]
    assert list(Issue.objects.late(at=NOW - SECOND)) == []
