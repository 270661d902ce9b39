"""Messages that organisers write to the guests of a meetup: whether a member wants them, and the link to refuse them.

The link holds the member's number with a signature, and nothing is stored for it. It works without signing in, also
after the member has changed their address.
"""

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from bookclub.mail.models import OutgoingMail
from bookclub.mail.one_click import build_unsubscribe_headers
from members.models import Member, MergedMember

KIND = "guest-message"  # of the mail, in the outbox
# Stands for the token while a mail is rendered once for all. It is no valid token.
TOKEN_PLACEHOLDER = "each-guest-has-a-link-of-their-own"  # noqa: S105 - no password
SIGNER = signing.Signer(salt="members.messages")


def make_token(member_pk: int) -> str:
    return SIGNER.sign(str(member_pk))


def find_member(token: str):
    """Return the active member to whom the link with `token` was sent, or None."""
    try:
        key = SIGNER.unsign(token)
    except signing.BadSignature:
        return None
    is_theirs = Q(pk=key) | Q(pk__in=MergedMember.objects.filter(former_id=key).values("member"))
    return Member.objects.filter(is_theirs, is_active=True).first()


def build_list_headers(token: str) -> dict:
    return build_unsubscribe_headers(reverse("members:messages", args=[token]))


def set_wants_messages(member, wants_messages: bool):
    """Store the member's wish. Messages that wait to be sent to somebody who refuses are not sent any more."""
    with transaction.atomic():
        Member.objects.filter(pk=member.pk).update(wants_messages=wants_messages)
        if not wants_messages:
            drop_queued_messages(member)


def drop_queued_messages(member):
    waiting = OutgoingMail.objects.filter(to=member.email, kind=KIND, state__in=OutgoingMail.WAITING_STATES)
    waiting.drop()
