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


def test_issue_str_has_number_once_sent():
    assert [str(Issue(subject="By lamplight")), str(Issue(subject="By lamplight", number=7))] == [
        "By lamplight",
        "Letter 7: By lamplight",
    ]


@pytest.mark.parametrize(
    ("fields", "is_held_back"),
    [
        ({}, False),
        ({"pause_reason": "A link is broken"}, True),
        ({"pause_reason": "A link is broken", "frozen_at": NOW}, False),
        ({"pause_reason": "A link is broken", "cancelled_at": NOW}, False),
    ],
)
def test_is_held_back_until_sent_or_cancelled(fields, is_held_back):
    assert Issue(**fields).is_held_back is is_held_back


@pytest.mark.django_db
def test_due_to_send_compares_with_given_time():
    due, last = make_draft(send_at=NOW), make_draft(send_at=NOW - MAX_DELAY + SECOND)
    make_draft()
    make_draft(send_at=NOW, paused_at=NOW)
    make_draft(send_at=NOW, cancelled_at=NOW)
    make_draft(send_at=NOW - MAX_DELAY)
    later = make_draft(send_at=NOW + SECOND)

    assert set(Issue.objects.due_to_send()) == {due, last}
    assert set(Issue.objects.due_to_send(at=NOW + SECOND)) == {due, later}


@pytest.mark.django_db
def test_being_sent_excludes_stopped_issues_and_orders_by_time():
    second, first = make_issue(frozen_at=NOW), make_issue(frozen_at=NOW - SECOND)
    stopped = [make_issue(paused_at=NOW), make_issue(cancelled_at=NOW)]
    for issue in (second, first, *stopped):
        issue.deliveries.create(subscriber=make_subscriber())

    assert list(Issue.objects.being_sent()) == [first, second]


@pytest.mark.django_db
def test_with_is_open_is_true_while_deliveries_wait():
    issues = {state: make_issue() for state in ("queued", "sending", "sent")}
    for state, issue in issues.items():
        issue.deliveries.create(subscriber=make_subscriber(), state=state)

    found = {issue.pk: issue.is_open for issue in Issue.objects.with_is_open()}

    assert [found[issue.pk] for issue in issues.values()] == [True, True, False]


@pytest.mark.django_db
def test_paused_with_reason_excludes_pauses_by_people():
    paused = make_issue(paused_at=NOW, pause_reason="554 No letters")
    make_issue(paused_at=NOW)
    make_issue(paused_at=NOW, pause_reason="554 No letters", cancelled_at=NOW)

    assert list(Issue.objects.paused_with_reason()) == [paused]
    assert [issue.number for issue in Issue.objects.newest_first()] == sorted(
        Issue.objects.values_list("number", flat=True), reverse=True
    )


@pytest.mark.django_db
def test_late_excludes_cancelled_and_unscheduled_issues():
    late = make_issue(send_at=NOW - MAX_DELAY)
    others = [make_issue(send_at=NOW - MAX_DELAY, cancelled_at=NOW), make_issue(), make_issue(send_at=NOW)]
    for issue in (late, *others):
        issue.deliveries.create(subscriber=make_subscriber())

    assert list(Issue.objects.late()) == [late]
    late.deliveries.create(subscriber=make_subscriber(), state="sent", sent_at=NOW)
    assert list(Issue.objects.late()) == []
