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
def test_unsent_excludes_cancelled_and_sent_issues():
    draft = make_draft()
    make_draft(cancelled_at=NOW)
    make_issue()

    assert list(Issue.objects.unsent()) == [draft]


@pytest.mark.django_db
def test_missed_excludes_paused_and_punctual_issues():
    late = make_draft(send_at=NOW - MAX_DELAY)
    make_draft(send_at=NOW - MAX_DELAY + SECOND)
    make_draft(send_at=NOW - MAX_DELAY, paused_at=NOW)

    assert list(Issue.objects.missed()) == [late]


@pytest.mark.parametrize(("late_by", "is_missed"), [(-SECOND, False), (0 * SECOND, True), (SECOND, True)])
def test_is_missed_begins_two_hours_after_scheduled_time(late_by, is_missed):
    assert Issue(send_at=NOW - MAX_DELAY - late_by).is_missed is is_missed


@pytest.mark.parametrize("field", ["frozen_at", "cancelled_at", "paused_at"])
def test_is_missed_is_false_for_sent_cancelled_or_paused_issue(field):
    assert Issue(send_at=NOW - MAX_DELAY, **{field: timezone.now()}).is_missed is False


@pytest.mark.django_db
def test_being_sent_excludes_issues_without_queued_delivery():
    gone, waiting = make_issue(), make_issue()
    gone.deliveries.create(subscriber=make_subscriber(), state="sent")
    waiting.deliveries.create(subscriber=make_subscriber())

    assert list(Issue.objects.being_sent()) == [waiting]


@pytest.mark.django_db
def test_late_excludes_paused_issues_and_compares_with_given_time():
    late, paused = make_issue(send_at=NOW - MAX_DELAY), make_issue(send_at=NOW - MAX_DELAY, paused_at=NOW)
    for issue in (late, paused):
        issue.deliveries.create(subscriber=make_subscriber())

    assert list(Issue.objects.late()) == [late]
    assert list(Issue.objects.late(at=NOW - SECOND)) == []
