"""Onto the list and off it. What strangers are told never depends on whether an address is known; the mail says it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from bookclub.budgets import DAY, HOUR, Budget
from bookclub.compose import compose
from bookclub.models import MailRequest, OutgoingMail
from newsletter.models import Refusal, Subscriber
from newsletter.models.subscriber import PENDING, new_token

BY_ORGANISER = "an organiser"  # how `left_by` begins then
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
    """The subscriber of that address, with what they saw now; nothing changes for who gets the letter.

    While a link waits for its button it stays the one: whoever asks twice may use the first mail.
    """
    proof = {"asked_at": timezone.now(), "wording": wording(request.club, form), "asked_on": page_of(request)}
    subscriber = found_or_made(form.cleaned_data["email"], proof)
    if not subscriber.gets_letter:
        values = {} if subscriber.is_asked else {"confirm_token": new_token()}
        if subscriber.confirmed_at:
            values["again"] = proof | {"asked_at": proof["asked_at"].isoformat()}
        else:
            values |= proof
        Subscriber.objects.filter(pk=subscriber.pk).update(**values)
        subscriber.refresh_from_db()
    return subscriber


def found_or_made(email, proof):
    try:
        with transaction.atomic():
            return Subscriber.objects.with_address(email).first() or Subscriber.objects.create(email=email, **proof)
    except IntegrityError:  # two at once: the other one has made it
        return Subscriber.objects.with_address(email).get()


def write_to(subscriber, is_within_budget):
    kind = "newsletter-known" if subscriber.gets_letter else "newsletter-confirm"
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
    with transaction.atomic():
        row = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        if row.gets_letter:
            return True
        if not row.is_asked:
            return False
        proof = row.again or {}
        fresh = {"left_at": None, "left_by": "", "suppressed_at": None, "suppressed_because": "", "bounce_count": 0}
        Subscriber.objects.filter(pk=row.pk).update(
            confirmed_at=timezone.now(), confirmed_by=BY_BUTTON_IN_MAIL, again=None, diagnostic="", wants_letter=True,
            **proof, **fresh,
        )  # fmt: skip
        Refusal.objects.of(row.email).delete()
    return True


def leave(subscriber, by):
    """They want no more mail: at once, and for good. Safe to repeat. What they had asked for anew is over, too.

    Where an organiser had taken them off, their own word counts from now on: no organiser puts them back.
    """
    with transaction.atomic():
        rows = Subscriber.objects.filter(Q(left_at=None) | Q(left_by__startswith=BY_ORGANISER), pk=subscriber.pk)
        rows.update(left_at=timezone.now(), left_by=by)
        Subscriber.objects.filter(pk=subscriber.pk).exclude(again=None).update(again=None)


def come_back(subscriber):
    """Undo: by the same secret link, so no new confirmation is needed. Only for who was on the list.

    A copy that was not sent for that reason alone is sent after all, while the letter is young.
    """
    with transaction.atomic():
        Subscriber.objects.filter(pk=subscriber.pk, confirmed_at__isnull=False).update(left_at=None, left_by="")
        subscriber.deliveries.dropped_on_leaving().queue_again()


def choose(subscriber, topics: dict):
    """What they want from now on: {"wants_letter": True, …}. A letter on its way stops for who does not want it."""
    with transaction.atomic():
        Subscriber.objects.filter(pk=subscriber.pk).update(**topics)
        subscriber.refresh_from_db()
        subscriber.deliveries.not_wanted_by(subscriber).drop("They have chosen not to get this.")
