"""Leaving: a person goes, and the club keeps its minutes without them."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from bookclub.compose import compose
from bookclub.models import OutgoingMail
from members.models import Member
from members.parts import parts

LAST_ONE = (
    "Nobody else runs this site. Make somebody else an organiser first, at the desk under Members; then you can leave."
)


@dataclass(frozen=True)
class Wishes:
    """What of theirs is to stay when they go."""

    keeps_session_notes: bool = True
    keeps_author_page: bool = True


def check_can_leave(*members):
    """Raises ValidationError, with words, where nobody would be left to run the site."""
    leaving = {member.pk for member in members}
    organisers = set(Member.objects.organisers().values_list("pk", flat=True))
    if organisers & leaving and not organisers - leaving:
        raise ValidationError(LAST_ONE, code="last_organiser")


def leave(member, wishes=Wishes()):
    """Delete `member` and all that says who they were, and tell them by mail. One transaction; safe to repeat.

    Raises ValidationError where nobody would be left to run the site.
    """
    with transaction.atomic():
        member = lock(member)
        if member is None:
            return
        check_can_leave(member)
        words = compose("members/email/gone", {"member": member})
        address, key = member.email, f"gone:{member.pk}"
        for part in parts():
            part.erase(member, wishes)
        member.delete()
        OutgoingMail.objects.write(key=key, kind="account-gone", to=address, keeps=OutgoingMail.Keeps.NOTHING, **words)


def lock(member):
    """The row as it is now, for this transaction alone, with those of all organisers, where it is one; None if gone.

    Others may go on to refer to these rows, as whoever saves a seat does: they would wait for us, and we for them.
    """
    organisers = Member.objects.organisers()
    rows = organisers if organisers.filter(pk=member.pk).exists() else Member.objects.filter(pk=member.pk)
    locked = {row.pk: row for row in rows.select_for_update(no_key=True).order_by("pk")}
    return locked.get(member.pk)
