"""Messages of organisers to the guests of a meetup: choose whom, look at the preview, send.

The recipients are fixed when the preview is made, so that the number on the button is the number of mails. Sending
writes one row for each of them into the outbox, in one transaction. The key of a row consists of meetup, member and the
words, so a second press, two organisers at once or a process that is killed send nothing twice.
"""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from bookclub.mail.models import KEEP_FOR, OutgoingMail
from bookclub.mail.rendering import make_links_absolute, render_mail
from meetups.models import RSVP, GuestMessage, Meetup
from members.messages import KIND, TOKEN_PLACEHOLDER, build_list_headers, make_token

Whom, State = GuestMessage.Whom, OutgoingMail.State
CONDITIONS = {
    Whom.ALL: ~Q(answer=RSVP.Answer.NOT_GOING),
    Whom.GOING: Q(answer=RSVP.Answer.GOING),
    Whom.WAITING: Q(answer__in=[RSVP.Answer.WAITING, RSVP.Answer.PENDING]),
    Whom.CAME: Q(attended=True),
}
MAX_MESSAGES_A_DAY = 5  # about one meetup
DAY = dt.timedelta(days=1)
DRAFT_KEPT_FOR = dt.timedelta(days=7)
NOT_PUBLISHED = "This meetup is not published, so its guests can’t open its page. Publish it first."
TOO_MANY = f"{MAX_MESSAGES_A_DAY} messages about this meetup went out within a day. Wait until tomorrow."
NOBODY_LEFT = "None of them wants such mail any more, so nothing is sent."


@dataclass
class Recipients:
    """The members who get a message, and those who are left out because they refuse such mail or have no account."""

    members: list
    refusing: list
    closed: list


def find_recipients(meetup, whom) -> Recipients:
    """Return the Recipients, each list ordered by name. One query."""
    rsvps = meetup.rsvps.filter(CONDITIONS[whom]).select_related("member")
    members = sorted((rsvp.member for rsvp in rsvps), key=lambda member: str(member).casefold())
    return Recipients(
        members=[member for member in members if member.is_active and member.wants_messages],
        refusing=[member for member in members if member.is_active and not member.wants_messages],
        closed=[member for member in members if not member.is_active],
    )


def count_recipients(meetup) -> dict:
    """Return {whom: number of members who would get a message}. One query."""
    rsvps = meetup.rsvps.filter(member__is_active=True, member__wants_messages=True)
    return rsvps.aggregate(**{whom.value: Count("pk", filter=condition) for whom, condition in CONDITIONS.items()})


def draft_message(meetup, *, whom, subject, text) -> GuestMessage:
    """Store a message with its recipients, as they are now. It is not sent yet."""
    recipients = find_recipients(meetup, whom).members
    with transaction.atomic():
        message = GuestMessage.objects.create(
            meetup=meetup, whom=whom, subject=subject, text=text, recipient_count=len(recipients)
        )
        message.recipients.set(recipients)
    return message


def send_message(message, by) -> int:
    """Queue the message for each of its recipients, but those who have refused such mail or left since the preview.

    Return the number of new mails; 0 if they have all got these words already. Safe to repeat and to call concurrently.
    Raise ValidationError, with a message for the organiser, if nothing can be sent.
    """
    with transaction.atomic():
        # The lock on the meetup makes the daily limit and the returned number right; the unique keys don't need it.
        meetup = Meetup.objects.select_for_update(no_key=True).get(pk=message.meetup_id)
        message.refresh_from_db()
        if message.sent_at:
            return 0
        members = list(message.recipients.filter(is_active=True, wants_messages=True).order_by("pk"))
        check_can_send(meetup, members)
        before = find_mails(message).count()
        OutgoingMail.objects.bulk_create(build_mails(message, meetup, members), batch_size=500, ignore_conflicts=True)
        message.recipients.set(members)
        GuestMessage.objects.filter(pk=message.pk).update(
            sent_at=timezone.now(), sent_by=by, recipient_count=len(members)
        )
        return find_mails(message).count() - before


def check_can_send(meetup, members):
    if not meetup.is_published:
        raise ValidationError(NOT_PUBLISHED, code="draft")
    if not members:
        raise ValidationError(NOBODY_LEFT, code="nobody")
    if meetup.guest_messages.sent().filter(sent_at__gt=timezone.now() - DAY).count() >= MAX_MESSAGES_A_DAY:
        raise ValidationError(TOO_MANY, code="too_many")


def build_mails(message, meetup, members):
    """Return the unsaved OutgoingMails. The text is rendered once; each has a link of its own to refuse such mail."""
    fields = render_message(message, meetup)
    expires_at = None if meetup.is_past else meetup.ends_at
    return [
        OutgoingMail(
            key=f"{KIND}:{meetup.pk}:{member.pk}:{message.digest}",
            kind=KIND,
            to=member.email,
            subject=fields["subject"],
            text=fields["text"].replace(TOKEN_PLACEHOLDER, make_token(member.pk)),
            html=fields["html"].replace(TOKEN_PLACEHOLDER, make_token(member.pk)),
            headers=build_list_headers(make_token(member.pk)),
            expires_at=expires_at,
        )
        for member in members
    ]


def render_message(message, meetup) -> dict:
    """Return `subject`, `text` and `html`, with TOKEN_PLACEHOLDER in the link to refuse such mail."""
    context = {
        "message": message,
        "meetup": meetup,
        "link": settings.SITE_URL + meetup.get_absolute_url(),
        "refusal_link": settings.SITE_URL + reverse("members:messages", args=[TOKEN_PLACEHOLDER]),
    }
    fields = render_mail(f"meetups/email/{KIND}", context)
    return fields | {"html": make_links_absolute(fields["html"])}


def find_mails(message):
    """Return the mails with these words about the meetup. They are deleted after 90 days."""
    return OutgoingMail.objects.filter(
        kind=KIND, key__startswith=f"{KIND}:{message.meetup_id}:", key__endswith=f":{message.digest}"
    )


def list_sent_messages(meetup, limit=20):
    """Return the latest sent messages; each has `outcome`, {"sent": …, "waiting": …, …}. Two queries."""
    messages = list(meetup.guest_messages.sent().select_related("sent_by").defer("text_html")[:limit])
    mails = OutgoingMail.objects.filter(kind=KIND, key__startswith=f"{KIND}:{meetup.pk}:")
    counts = defaultdict(Counter)
    for key, state in mails.values_list("key", "state"):
        counts[key.rpartition(":")[2]][state] += 1
    for message in messages:
        message.outcome = sum_up_states(counts[message.digest])
    return messages


def count_outcome(message) -> dict:
    """Return what became of a sent message, as `sum_up_states` does. One query."""
    return sum_up_states(Counter(find_mails(message).values_list("state", flat=True)))


def sum_up_states(states: Counter) -> dict:
    """Return the numbers that an organiser reads, without those that are 0."""
    waiting = states[State.HELD] + states[State.QUEUED] + states[State.SENDING]
    numbers = {
        "sent": states[State.SENT],
        "waiting": waiting,
        "failed": states[State.FAILED],
        "perhaps sent": states[State.UNKNOWN],
        "not sent": states[State.DROPPED],
    }
    return {words: number for words, number in numbers.items() if number}


def delete_expired(at):
    """Delete previews that were not sent, and of sent messages the lists of people, as soon as their mails are deleted."""
    GuestMessage.objects.unsent().filter(created_at__lt=at - DRAFT_KEPT_FOR).delete()
    old = GuestMessage.objects.filter(sent_at__lt=at - KEEP_FOR)
    GuestMessage.recipients.through.objects.filter(guestmessage__in=old).delete()
