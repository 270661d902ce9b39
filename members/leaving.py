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
        Member.objects.organisers().select_for_update().order_by("pk").values_list("pk", flat=True)
        member = Member.objects.select_for_update().filter(pk=member.pk).first()
        if member is None:
            return
        check_can_leave(member)
        words = compose("members/email/gone", {"member": member})
        address, key = member.email, f"gone:{member.pk}"
        for part in parts():
            part.erase(member, wishes)
        member.delete()
        OutgoingMail.objects.write(key=key, kind="account-gone", to=address, keeps=OutgoingMail.Keeps.NOTHING, **words)
