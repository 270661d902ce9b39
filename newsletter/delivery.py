"""Sending a letter: frozen once, one row for each reader, and from then on the worker's business."""

from django.core.exceptions import ValidationError
from django.db import connections, transaction
from django.db.models import Count, Max, Value
from django.utils import timezone

from newsletter.letter import put_together
from newsletter.models import Delivery, Issue, Subscriber

State = Delivery.State


def send(issue, by, at=None) -> Issue:
    """Send `issue` now or at a moment ahead. Pressed twice, by one or by two, it is sent once.

    Raises ValidationError where it has been sent or scheduled for good.
    """
    with transaction.atomic():
        issue = Issue.objects.select_for_update().get(pk=issue.pk)
        if issue.frozen_at:
            return issue
        if issue.cancelled_at:
            raise ValidationError("This letter was cancelled.", code="cancelled")
        issue.sent_by, issue.send_at = by, at
        if at is None or at <= timezone.now():
            freeze(issue)
        issue.save()
        if issue.frozen_at:
            address(issue)
    return issue


def freeze(issue):
    """The text as it stands now, for good, under a number of its own."""
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
        return cursor.rowcount


def pause(issue):
    """Within seconds: each mail asks once more before it starts."""
    Issue.objects.filter(pk=issue.pk, cancelled_at=None).update(paused_at=timezone.now())


def resume(issue):
    Issue.objects.filter(pk=issue.pk).update(paused_at=None)


def cancel(issue):
    """What has not gone out does not. What has is out."""
    with transaction.atomic():
        Issue.objects.filter(pk=issue.pk, cancelled_at=None).update(cancelled_at=timezone.now(), send_at=None)
        issue.deliveries.filter(state=State.QUEUED).update(state=State.DROPPED, error="The letter was cancelled.")


def numbers(issue) -> dict:
    """How many deliveries are in which state; they add up to `all`. One query."""
    found = dict(issue.deliveries.order_by().values_list("state").annotate(Count("pk")))
    counts = {state.value: found.get(state.value, 0) for state in State}
    return counts | {"all": sum(counts.values())}


# --- chores ---------------------------------------------------------------------------------------------------------


def send_scheduled():
    """Letters whose moment has come, unless that was too long ago: then a person decides."""
    for issue in Issue.objects.to_send():
        send(issue, issue.sent_by)


def settle():
    Delivery.objects.settle()
    drop_unwanted()


def drop_unwanted():
    """Copies for who has left since: they are not sent, and say so."""
    queued = Delivery.objects.filter(state=State.QUEUED)
    gone = queued.exclude(subscriber__in=Subscriber.objects.subscribed())
    gone.update(state=State.DROPPED, error="They have left, or the address takes no mail.")
