"""A visitor's RSVP, stored in the session until they sign in with the mailed code.

It holds no seat. It is valid once, for an hour, and only for the e-mail address that was typed with it.
"""

import datetime as dt

from allauth.account.models import EmailAddress
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.utils import timezone

from bookclub.core.email_addresses import is_same_address
from meetups.models import RSVP, Meetup
from meetups.rsvps import check_answer_allowed, record_rsvp

SESSION_KEY = "visitor_rsvp"
LIFETIME = dt.timedelta(hours=1)


def store_visitor_rsvp(request, meetup, email: str, rsvp: dict):
    """Store `rsvp`, the keyword arguments of `record_rsvp`; it replaces an earlier one.

    Raises ValidationError, with a message for the visitor, if the meetup does not accept it from a new member.
    """
    check_answer_allowed(meetup, RSVP(answer=RSVP.Answer.NOT_GOING), rsvp["answer"], rsvp["guests"])
    until = timezone.now() + LIFETIME
    request.session[SESSION_KEY] = {"meetup": meetup.pk, "email": email, "until": until.isoformat(), "rsvp": rsvp}


def record_visitor_rsvp(request, user, **_):
    """Receiver of allauth's `user_logged_in`. If the RSVP is refused, the next page shows why."""
    stored = request.session.pop(SESSION_KEY, None)
    if stored is None or timezone.now() >= dt.datetime.fromisoformat(stored["until"]):
        return
    if not belongs_to(stored, user):
        return
    meetup = Meetup.objects.visible_to(user).published().filter(pk=stored["meetup"]).first()
    if meetup is None:
        return
    try:
        record_rsvp(meetup, user, **stored["rsvp"])
    except ValidationError as refusal:
        messages.info(request, refusal.messages[0])
    except Meetup.DoesNotExist:
        return


def belongs_to(stored, user):
    """Return whether the typed address belongs to `user`: on a shared computer somebody else may sign in next."""
    own = [user.email, *EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)]
    return any(is_same_address(stored["email"], each) for each in own)
