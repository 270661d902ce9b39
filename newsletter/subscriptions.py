"""Onto the list and off it. What strangers are told never depends on whether an address is known; the mail says it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from bookclub.core.text import cut_to_field
from bookclub.mail.models import OutgoingMail
from bookclub.mail.rate_limits import DAY, HOUR, MailRequest, RateLimit
from bookclub.mail.rendering import render_mail
from newsletter.models import Refusal, Subscriber
from newsletter.models.subscriber import CONFIRMATION_PERIOD, generate_token

BY_ORGANISER = "an organiser"  # how `left_by` begins then
RATE_LIMIT = RateLimit(per_address=((HOUR, 1), (DAY, 3)))
HEADING, BUTTON = "The club’s letter", "Sign me up"
LEDE = "After each evening: what we made of the book, a line worth keeping, and when we meet next."
BY_BUTTON_IN_MAIL, BY_BUTTON_HERE, BY_PROGRAM = "the button behind our link", "the button on our page", "a mail program"


def get_consent_text(club, form):
    """The words of the form that was sent, as a reader sees them, line by line: kept, as proof of what they asked for."""
    lede = LEDE if form.is_on_newsletter_page else ""
    return "\n".join(filter(None, [HEADING, lede, club.newsletter_promise, f"[{form.answer or BUTTON}]"]))


def request_subscription(request, form):
    """Somebody asks for the newsletter by a valid `form`: one mail, within the budgets; more wait for the organiser.

    The same work for every address. One that is subscribed already is told so, any other gets a link to confirm.
    """
    with transaction.atomic():
        is_within = MailRequest.objects.record("newsletter", form.cleaned_data["email"], request, RATE_LIMIT)
        enqueue_request_mail(record_request(request, form), is_within)


def record_request(request, form):
    """The subscriber of that address, with what they saw now; nothing changes for who gets the letter.

    While a link waits for its button it stays the one: whoever asks twice may use the first mail.
    """
    proof = {
        "asked_at": timezone.now(),
        "consent_text": get_consent_text(request.club, form),
        "asked_on_page": get_referring_page(request),
    }
    subscriber = get_or_create_subscriber(form.cleaned_data["email"], proof)
    if not subscriber.receives_letter:
        values = {} if subscriber.has_open_request else {"confirm_token": generate_token()}
        if subscriber.confirmed_at:
            values["new_request"] = proof | {"asked_at": proof["asked_at"].isoformat()}
        else:
            values |= proof
        Subscriber.objects.filter(pk=subscriber.pk).update(**values)
        subscriber.refresh_from_db()
    return subscriber


def get_or_create_subscriber(email, proof):
    try:
        with transaction.atomic():
            return Subscriber.objects.with_address(email).first() or Subscriber.objects.create(email=email, **proof)
    except IntegrityError:  # two at once: the other one has made it
        return Subscriber.objects.with_address(email).get()


def enqueue_request_mail(subscriber, is_within_budget):
    kind = "newsletter-known" if subscriber.receives_letter else "newsletter-confirm"
    now = timezone.now()
    # Beyond the budget one mail a day and address waits, however often it is asked for.
    occasion = now.isoformat() if is_within_budget else f"held-{now:%Y-%m-%d}"
    OutgoingMail.objects.enqueue(
        key=f"{kind}:{subscriber.pk}:{occasion}",
        kind=kind,
        to=subscriber.email,
        state=OutgoingMail.State.QUEUED if is_within_budget else OutgoingMail.State.HELD,
        priority=OutgoingMail.Priority.URGENT,
        retention=OutgoingMail.Retention.ADDRESS,
        expires_at=now + CONFIRMATION_PERIOD,
        **render_mail(f"newsletter/email/{kind}", {"subscriber": subscriber}),
    )


def get_referring_page(request):
    """The path of our page that the form stood on, by the browser's word; empty where it gives none."""
    referrer = urlsplit(request.headers.get("Referer", ""))
    is_ours = f"{referrer.scheme}://{referrer.netloc}" == settings.SITE_URL
    return cut_to_field(Subscriber, "asked_on_page", referrer.path) if is_ours else ""


def confirm_subscription(subscriber) -> bool:
    """They want it. Safe to repeat; False where the link is too old, or was used before they left."""
    with transaction.atomic():
        row = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        if row.receives_letter:
            return True
        if not row.has_open_request:
            return False
        proof = row.new_request or {}
        fresh = {"left_at": None, "left_by": "", "suppressed_at": None, "suppression_reason": "", "bounce_count": 0}
        Subscriber.objects.filter(pk=row.pk).update(
            confirmed_at=timezone.now(), confirmed_by=BY_BUTTON_IN_MAIL, new_request=None, diagnostic="", wants_letter=True,
            **proof, **fresh,
        )  # fmt: skip
        Refusal.objects.of(row.email).delete()
    return True


def end_subscription(subscriber, by):
    """They want no more mail: at once, and for good. Safe to repeat. What they had asked for anew is over, too.

    Where an organiser had taken them off, their own word counts from now on: no organiser puts them back.
    """
    with transaction.atomic():
        rows = Subscriber.objects.filter(Q(left_at=None) | Q(left_by__startswith=BY_ORGANISER), pk=subscriber.pk)
        rows.update(left_at=timezone.now(), left_by=by)
        Subscriber.objects.filter(pk=subscriber.pk).exclude(new_request=None).update(new_request=None)


def restore_subscription(subscriber):
    """Undo: by the same secret link, so no new confirmation is needed. Only for who was on the list.

    A copy that was not sent for that reason alone is sent after all, while the letter is young.
    """
    with transaction.atomic():
        Subscriber.objects.filter(pk=subscriber.pk, confirmed_at__isnull=False).update(left_at=None, left_by="")
        subscriber.deliveries.dropped_on_leaving().requeue()


def choose_topics(subscriber, topics: dict):
    """Store the topics, such as {"wants_letter": True}; drop the subscriber's queued copies of other topics."""
    with transaction.atomic():
        Subscriber.objects.filter(pk=subscriber.pk).update(**topics)
        subscriber.refresh_from_db()
        subscriber.deliveries.unwanted_by(subscriber).drop("They have chosen not to get this.")
