"""Periodic task that alerts the club about mail that is held for an organiser."""

import datetime as dt

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from bookclub.core.models import Club
from bookclub.mail.models import OutgoingMail
from bookclub.mail.rendering import render_mail

ALERT_KIND = "mail-held"


def alert_about_held_mail(at=None):
    """Queue an alert about held mail: at most once an hour, and only if there is newly held mail."""
    at = at or timezone.now()
    club = Club.objects.current()
    if not club.contact_email:
        return
    alerts = OutgoingMail.objects.filter(kind=ALERT_KIND).order_by("-written_at")
    alerted_at = alerts.values_list("written_at", flat=True).first()
    held = OutgoingMail.objects.held(at)
    if held.filter(written_at__gt=alerted_at or at - dt.timedelta(days=1)).exists():
        page = f"{settings.SITE_URL}{reverse('admin:bookclub_outgoingmail_changelist')}?state=held"
        words = render_mail("bookclub/email/mail-held", {"number": held.count(), "page": page})
        key = f"{ALERT_KIND}:{at:%Y%m%d%H}"
        OutgoingMail.objects.enqueue(key=key, kind=ALERT_KIND, to=club.contact_email, **words)
