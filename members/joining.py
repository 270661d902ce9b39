"""Who becomes a member: by themselves, or once an organiser has said yes, as the club sets.

Saying yes and no, which moves seats too, stands in `bookclub.joining`.
"""

import datetime as dt

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from bookclub.compose import compose
from bookclub.models import Club
from bookclub.outbox import OutgoingMail
from members.models import Member

UNCONFIRMED_ARE_KEPT = dt.timedelta(days=1)


def welcome(member: Member):
    """For whoever comes in for the first time: a member from now on, or the organisers are told who waits.

    To be called in the transaction that signs them in.
    """
    if member.approved_at is not None:
        return
    club = Club.objects.current()
    if club.joining == Club.Joining.OPEN:
        member.approved_at = timezone.now()
        member.save(update_fields=["approved_at"])
    else:
        tell_organisers(member, club)


def tell_organisers(member, club):
    """Once for each member, by mail to the club's contact or else to every organiser."""
    page = settings.SITE_URL + reverse("admin:members_member_change", args=[member.pk])
    words = compose("members/email/wants-to-join", {"member": member, "page": page})
    for address in addresses_of_organisers(club):
        key = f"wants-to-join:{member.pk}:{address}"
        OutgoingMail.objects.write(key=key, kind="wants-to-join", to=address, **words)


def addresses_of_organisers(club):
    return [club.contact_email] if club.contact_email else Member.objects.organisers().values_list("email", flat=True)


def forget_unconfirmed(at=None):
    """Accounts that somebody asked for and nobody ever came in to. Those that organisers made stay."""
    never_confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), primary=True, verified=False)
    strangers = Member.objects.filter(
        Exists(never_confirmed),
        joined_at__lt=(at or timezone.now()) - UNCONFIRMED_ARE_KEPT,
        last_login=None,
        approved_at=None,
        is_staff=False,
        rsvps=None,
    )
    strangers.delete()
