"""Onto the list and off it. What strangers are told never depends on whether an address is known; the mail says it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from bookclub.budgets import DAY, HOUR, Budget
from bookclub.compose import compose
from bookclub.models import MailRequest, OutgoingMail
from newsletter.models import Refusal, Subscriber
from newsletter.models.subscriber import PENDING, new_token

BUDGET = Budget(per_address=((HOUR, 1), (DAY, 3)))
HEADING, BUTTON = "The club’s letter", "Sign me up"
LEDE = "After each evening: what we made of the book, a line worth keeping, and when we meet next."
BY_BUTTON_IN_MAIL, BY_BUTTON_HERE, BY_PROGRAM = "the button behind our link", "the button on our page", "a mail program"


def wording(club, form):
    """The words of the form that was sent, as a reader sees them, line by line: kept, as proof of what they asked for."""
    lede = LEDE if form.stands_on_the_page else ""
    return "\n".join(filter(None, [HEADING, lede, club.newsletter_promise, f"[{form.answer or BUTTON}]"]))


def ask(request, form):
    """Somebody asks for the newsletter by a valid `form`: one mail, within the budgets; more wait for the organiser.

    The same work for every address. One that is subscribed already is told so, any other gets a link to confirm.
    """
    with transaction.atomic():
        is_within = MailRequest.objects.ask("newsletter", form.cleaned_data["email"], request, BUDGET)
        write_to(noted(request, form), is_within)


def noted(request, form):
    """The subscriber of that address, with what they saw now; nothing changes for who is subscribed.

    While a link waits for its button it stays the one: whoever asks twice may use the first mail.
    """
    proof = {"asked_at": timezone.now(), "wording": wording(request.club, form), "asked_on": page_of(request)}
    subscriber = found_or_made(form.cleaned_data["email"], proof)
    if subscriber.state != "subscribed":
        link = {} if subscriber.is_asked else {"confirm_token": new_token()}
        Subscriber.objects.filter(pk=subscriber.pk).update(**link, **proof)
        subscriber.refresh_from_db()
    return subscriber


def found_or_made(email, proof):
    try:
        with transaction.atomic():
            return Subscriber.objects.with_address(email).first() or Subscriber.objects.create(email=email, **proof)
    except IntegrityError:  # two at once: the other one has made it
        return Subscriber.objects.with_address(email).get()


def write_to(subscriber, is_within_budget):
    kind = "newsletter-known" if subscriber.state == "subscribed" else "newsletter-confirm"
    now = timezone.now()
    # Beyond the budget one mail a day and address waits, however often it is asked for.
    occasion = now.isoformat() if is_within_budget else f"held-{now:%Y-%m-%d}"
    OutgoingMail.objects.write(
        key=f"{kind}:{subscriber.pk}:{occasion}",
        kind=kind,
        to=subscriber.email,
        state=OutgoingMail.State.QUEUED if is_within_budget else OutgoingMail.State.HELD,
        rank=OutgoingMail.Rank.AT_ONCE,
        keeps=OutgoingMail.Keeps.ADDRESS,
        expires_at=now + PENDING,
        **compose(f"newsletter/email/{kind}", {"subscriber": subscriber}),
    )


def page_of(request):
    """The path of our page that the form stood on, by the browser's word; empty where it gives none."""
    referrer = urlsplit(request.headers.get("Referer", ""))
    return referrer.path[:200] if f"{referrer.scheme}://{referrer.netloc}" == settings.SITE_URL else ""


def confirm(subscriber) -> bool:
    """They want it. Safe to repeat; False where the link is too old, or was used before they left."""
    now = timezone.now()
    if subscriber.state == "subscribed":
        return True
    if not subscriber.is_asked:
        return False
    with transaction.atomic():
        fresh = {"left_at": None, "left_by": "", "suppressed_at": None, "suppressed_because": "", "bounce_count": 0}
        Subscriber.objects.filter(pk=subscriber.pk).update(
            confirmed_at=now, confirmed_by=BY_BUTTON_IN_MAIL, diagnostic="", wants_letter=True, **fresh
        )
        Refusal.objects.of(subscriber.email).delete()
    return True


def leave(subscriber, by):
    """They want no more mail: at once, and for good. Safe to repeat."""
    Subscriber.objects.filter(pk=subscriber.pk, left_at=None).update(left_at=timezone.now(), left_by=by)


def come_back(subscriber):
    """Undo: by the same secret link, so no new confirmation is needed. Only for who was on the list."""
    Subscriber.objects.filter(pk=subscriber.pk, confirmed_at__isnull=False).update(left_at=None, left_by="")
