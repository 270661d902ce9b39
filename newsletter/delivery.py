"""Sending a letter: frozen once, one row for each reader, and from then on the worker's business."""

import logging

from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.db.models import Count, Max, Value
from django.utils import timezone

from bookclub.once_more import once_more
from bookclub.outbox import Fence
from newsletter.letter import put_together
from newsletter.lint import lint
from newsletter.models import Delivery, Issue, Subscriber
from newsletter.models.delivery import HAVE_LEFT

logger = logging.getLogger(__name__)
State = Delivery.State
LATE = "Nothing could leave for two hours after its moment."


@once_more
def send(issue, by, at=None) -> Issue:
    """Send `issue` now or at a moment ahead. Pressed twice, by one or by two, it is sent once.

    Raises ValidationError where it has been cancelled.
    """
    with transaction.atomic():
        issue = Issue.objects.select_for_update().get(pk=issue.pk)
        if issue.frozen_at:
            return issue
        if issue.cancelled_at:
            raise ValidationError("This letter was cancelled.", code="cancelled")
        issue.sent_by, issue.send_at = by, at
        issue.paused_at, issue.paused_because = None, ""
        if at is None or at <= timezone.now():
            put_in_line(issue)
        else:
            issue.save()
    return issue


def put_in_line(issue):
    """Frozen, with a copy for everybody who gets one. In a transaction that holds the row: both, or neither."""
    freeze(issue)
    issue.save()
    address(issue)


def freeze(issue):
    """The text as it stands now, for good, under a number of its own: two at a time are numbered one by one."""
    Issue.objects.order_by("pk").select_for_update(no_key=True).values_list("pk").first()
    letter = put_together(issue)
    issue.frozen_subject, issue.frozen_text, issue.frozen_html = letter.subject, letter.text, letter.html
    issue.frozen_body = letter.body
    issue.frozen_at = issue.published_at = timezone.now()
    issue.number = (Issue.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def address(issue) -> int:
    """One delivery for everybody who wants this kind of letter, in one INSERT … SELECT; how many. Safe to repeat."""
    rows = Subscriber.objects.wanting(issue.topic).order_by("pk")
    constants = {"issue_id": issue.pk, "state": State.QUEUED, "attempts": 0, "worker": "", "error": ""}
    rows = rows.values_list("pk", *(Value(value) for value in constants.values()))
    sql, params = rows.query.sql_with_params()
    columns = ", ".join(["subscriber_id", *constants])
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Delivery._meta.db_table} ({columns}) {sql} ON CONFLICT DO NOTHING",
            params,
        )
        number = cursor.rowcount
        if connections["default"].vendor == "postgresql":
            # Of rows that nobody has counted yet it thinks that they are few, and looks through all of them each time.
            cursor.execute(f"ANALYZE {Delivery._meta.db_table}, {Subscriber._meta.db_table}")
        return number


def unschedule(issue) -> bool:
    """A draft again, unless it is on its way already; whether it is one."""
    rows = Issue.objects.unsent().filter(pk=issue.pk)
    return rows.update(send_at=None, paused_at=None, paused_because="") == 1


def show_on_site(issue, audience):
    """Who may read a letter that was sent among the past ones: an Audience, or nobody but organisers for None."""
    shown = {"audience": audience, "published_at": issue.frozen_at} if audience else {"published_at": None}
    Issue.objects.sent().filter(pk=issue.pk).update(**shown)


def pause(issue):
    """From the next mail on: each asks once more before it starts. Only of a letter that is on its way."""
    Issue.objects.sent().filter(pk=issue.pk, cancelled_at=None).update(paused_at=timezone.now())


def resume(issue):
    """A person has said so: from now on it is not late any more, whatever its moment was."""
    Issue.objects.sent().filter(pk=issue.pk).update(paused_at=None, paused_because="", send_at=None)


def try_failed_again(issue) -> int:
    """Copies that have failed, for who still gets mail: not where the address was why. Returns their number."""
    return issue.deliveries.filter(state=State.FAILED).exclude(pk__in=issue.deliveries.unwanted()).queue_again()


def cancel(issue) -> bool:
    """What has not gone out does not, from the next mail on. What has is out. False where nothing waits any more."""
    if not issue.deliveries.filter(state__in=[State.QUEUED, State.SENDING]).exists():
        return False
    Issue.objects.filter(pk=issue.pk, cancelled_at=None).update(cancelled_at=timezone.now(), send_at=None)
    drop_cancelled(issue.deliveries.all())
    return True


def numbers(issue) -> dict:
    """How many deliveries are in which state; they add up to `all`. One query.

    Of a letter that was cancelled none waits any more, though it takes a while until each row says so.
    """
    found = dict(issue.deliveries.order_by().values_list("state").annotate(Count("pk")))
    counts = {state.value: found.get(state.value, 0) for state in State}
    if issue.cancelled_at:
        counts["dropped"] += counts["queued"]
        counts["queued"] = 0
    return counts | {"all": sum(counts.values())}


# --- chores ---------------------------------------------------------------------------------------------------------


def send_scheduled():
    """Letters whose moment has come, unless that was too long ago, they are not fit to be sent any more, or nothing may
    leave: then a person decides.

    One that can't be put together keeps no other from going out.
    """
    if Fence.objects.exists():
        return
    failed = [issue for issue in Issue.objects.to_send().order_by("send_at") if not send_in_its_time(issue)]
    if failed:
        raise RuntimeError(f"These letters can't be sent: {', '.join(map(str, failed))}")


def send_in_its_time(issue) -> bool:
    """Unless it has been taken back, put off or sent meanwhile. Whether nothing went wrong."""
    try:
        with transaction.atomic():
            issue = Issue.objects.to_send().select_for_update().filter(pk=issue.pk).first()
            if issue and (faults := grave(issue)):
                Issue.objects.filter(pk=issue.pk).update(paused_at=timezone.now(), paused_because=faults[0].words)
            elif issue:
                put_in_line(issue)
    except IntegrityError:
        logger.exception("Letter %s is tried again", issue.pk)  # who was to get a copy has just been erased
    except DatabaseError:
        raise
    except Exception:
        logger.exception("Letter %s can't be sent", issue.pk)
        return False
    return True


def grave(issue):
    """What bars the way of a letter as it stands now."""
    return [finding for finding in lint(issue, put_together(issue)) if finding.is_grave]


def settle():
    Delivery.objects.settle()
    Issue.objects.late().update(paused_at=timezone.now(), paused_because=LATE)
    while drop_cancelled(Delivery.objects.all()) or drop_unwanted():
        pass


def drop_cancelled(deliveries):
    """Copies of a letter that was cancelled, also those that came back into the line since."""
    return deliveries.filter(issue__cancelled_at__isnull=False).drop("The letter was cancelled.")


def drop_unwanted():
    """Copies for who has left since: they are not sent, and say so."""
    return Delivery.objects.unwanted().drop(HAVE_LEFT)
