"""Approval of members: automatic at the first login or by an organiser, depending on the club's setting.

The organisers' decision, which also moves seats, is in `bookclub.approval`.
"""

import datetime as dt

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from bookclub.core.models import Club
from bookclub.mail.models import OutgoingMail
from bookclub.mail.rendering import render_mail
from members.models import Member

UNCONFIRMED_RETENTION = dt.timedelta(days=1)


def approve_or_notify_organisers(member: Member):
    """At login, approve a new member or notify the organisers, depending on the club's setting.

    Call it in the transaction of the login.
    """
    if member.approved_at is not None:
        return
    club = Club.objects.current()
    if club.joining == Club.Joining.OPEN:
        member.approved_at = timezone.now()
        member.save(update_fields=["approved_at"])
    else:
        notify_organisers(member, club)


def notify_organisers(member, club):
    """Queue one mail for the member's request: to the club's contact address, or to every organiser if it has none."""
    page = settings.SITE_URL + reverse("admin:members_member_change", args=[member.pk])
    content = render_mail("members/email/wants-to-join", {"member": member, "page": page})
    for address in get_organiser_addresses(club):
        key = f"wants-to-join:{member.pk}:{address}"
        OutgoingMail.objects.enqueue(key=key, kind="wants-to-join", to=address, **content)


def get_organiser_addresses(club):
    return [club.contact_email] if club.contact_email else Member.objects.organisers().values_list("email", flat=True)


def delete_unconfirmed_accounts(at=None):
    """Delete accounts that were requested a day ago and never logged in to, except those created by organisers."""
    unconfirmed = EmailAddress.objects.filter(user=OuterRef("pk"), primary=True, verified=False)
    accounts = Member.objects.filter(
        Exists(unconfirmed),
        joined_at__lt=(at or timezone.now()) - UNCONFIRMED_RETENTION,
        last_login=None,
        approved_at=None,
        is_staff=False,
        rsvps=None,
    )
    accounts.delete()
