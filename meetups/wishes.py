"""What a visitor asked of a meetup, kept in their session until the code from the mail has let them in.

Until then it is nobody's answer and holds no seat. It is good once, for an hour, and for the address it was made with.
"""

import datetime as dt

from allauth.account.models import EmailAddress
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.utils import timezone

from meetups.models import RSVP, Meetup
from meetups.seating import check, record_rsvp

KEY = "wish"
KEPT_FOR = dt.timedelta(hours=1)


def keep(request, meetup, email: str, rsvp: dict):
    """In the place of an earlier wish. `rsvp` is what `record_rsvp` takes beside the meetup and the member.

    Raises ValidationError, with words for the visitor, where the meetup takes no such answer from whoever is new.
    """
    check(meetup, RSVP(answer=RSVP.Answer.NOT_GOING), rsvp["answer"], rsvp["guests"])
    until = timezone.now() + KEPT_FOR
    request.session[KEY] = {"meetup": meetup.pk, "email": email, "until": until.isoformat(), "rsvp": rsvp}


def fulfil(request, user, **_):
    """For allauth's signal that `user` has signed in. Why it can't be had any more, the page that follows tells."""
    wish = request.session.pop(KEY, None)
    if wish is None or not (is_fresh(wish) and is_of(wish, user)):
        return
    meetup = Meetup.objects.visible_to(user).published().filter(pk=wish["meetup"]).first()
    if meetup is None:
        return
    try:
        record_rsvp(meetup, user, **wish["rsvp"])
    except ValidationError as refusal:
        messages.info(request, refusal.messages[0])
    except Meetup.DoesNotExist:
        return


def is_fresh(wish):
    return timezone.now() < dt.datetime.fromisoformat(wish["until"])


def is_of(wish, user):
    """Whether `user` is who typed the address: on a shared computer it may be somebody else who signs in."""
    own = {user.email, *EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)}
    return wish["email"].lower() in {email.lower() for email in own}
