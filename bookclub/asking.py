"""Mail that strangers can make us send: within its budget it goes, and else it waits for the organiser, who is told.

write_asked(request, BUDGET, kind="newsletter-confirm", to=address, key=f"confirm:{row.pk}", **compose(...))
"""

import datetime as dt

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from bookclub.budgets import Budget, MailRequest
from bookclub.compose import compose
from bookclub.models import Club, OutgoingMail

ALERT = "mail-held"


def write_asked(request, budget: Budget, *, kind: str, to: str, key: str, **fields) -> bool:
    """Write the mail that `request` asks for: whether it goes out by itself. The page says the same in both cases.

    To be called in the transaction of what the mail tells of. `fields` are those of an OutgoingMail.
    """
    is_within = MailRequest.objects.ask(kind, to, request, budget)
    state = OutgoingMail.State.QUEUED if is_within else OutgoingMail.State.HELD
    OutgoingMail.objects.write(kind=kind, to=to, key=key, state=state, **fields)
    return is_within


def tell_of_held_mail(at=None):
    """The chore: one mail to the club in an hour in which any has come to wait, and none for what it knows already."""
    at = at or timezone.now()
    club = Club.objects.current()
    if not club.contact_email:
        return
    told = OutgoingMail.objects.filter(kind=ALERT).order_by("-written_at").values_list("written_at", flat=True).first()
    new = OutgoingMail.objects.waiting_for_organiser(at).filter(written_at__gt=told or at - dt.timedelta(days=1))
    if new.exists():
        page = f"{settings.SITE_URL}{reverse('admin:bookclub_outgoingmail_changelist')}?state=held"
        context = {"number": OutgoingMail.objects.waiting_for_organiser(at).count(), "page": page}
        words = compose("bookclub/email/mail-held", context)
        OutgoingMail.objects.write(key=f"{ALERT}:{at:%Y%m%d%H}", kind=ALERT, to=club.contact_email, **words)
