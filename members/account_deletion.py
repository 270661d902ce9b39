"""Delete an account, and delete or anonymise the personal data of the member."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from bookclub.core.privacy_registry import get_privacy_modules
from bookclub.mail.models import OutgoingMail
from bookclub.mail.rendering import render_mail
from bookclub.search.index import refresh_index
from members.models import Member

LAST_ORGANISER = (
    "Nobody else runs this site. Make somebody else an organiser first, in Admin under Members; then you can leave."
)


@dataclass(frozen=True)
class DeletionChoices:
    """The content that stays when a member's account is deleted."""

    keep_session_notes: bool = True
    keep_author_page: bool = True


def check_can_delete(*members):
    """Raise ValidationError, with a message for the person, if no organiser would be left."""
    deleted = {member.pk for member in members}
    organisers = set(Member.objects.organisers().values_list("pk", flat=True))
    if organisers & deleted and not organisers - deleted:
        raise ValidationError(LAST_ORGANISER, code="last_organiser")


def delete_account(member, choices=DeletionChoices()):
    """Delete `member` and their personal data, and notify them by mail. Idempotent. One transaction.

    The search index forgets them in it too, unless another process is writing to the index: then that one does.

    Raises ValidationError if no organiser would be left.
    """
    with transaction.atomic():
        member = lock_member(member)
        if member is None:
            return
        check_can_delete(member)
        content = render_mail("members/email/account-deleted", {})
        address, key = member.email, f"account-deleted:{member.pk}"
        for module in get_privacy_modules():
            module.erase_data(member, choices)
        member.delete()
        refresh_index()
        OutgoingMail.objects.enqueue(
            key=key, kind="account-deleted", to=address, retention=OutgoingMail.Retention.NOTHING, **content
        )


def lock_member(member):
    """Lock the member's row, and for an organiser the rows of all organisers. Return the row, or None if deleted.

    FOR NO KEY UPDATE, because a concurrent RSVP, which refers to the member, would deadlock with a full lock.
    """
    organisers = Member.objects.organisers()
    rows = organisers if organisers.filter(pk=member.pk).exists() else Member.objects.filter(pk=member.pk)
    locked = {row.pk: row for row in rows.select_for_update(no_key=True).order_by("pk")}
    return locked.get(member.pk)
