"""Subscribe, confirm, leave and come back. No page reveals whether an address is subscribed; only the mail does."""

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

BY_ORGANISER = "an organiser"  # `left_by` begins with this
RATE_LIMIT = RateLimit(per_address=((HOUR, 1), (DAY, 3)))
# test_consent_text_equals_words_on_page compares these with the words of each form.
HEADING, BUTTON = "The club’s letter", "Sign me up"
LEDE = "After each evening: what we made of the book, a line worth keeping, and when we meet next."
BY_BUTTON_IN_MAIL, BY_BUTTON_HERE, BY_PROGRAM = "the button behind our link", "the button on our page", "a mail program"


def get_consent_text(club, form):
    """Return the words of the submitted form, one line per element: stored as the proof of consent."""
    lede = LEDE if form.is_on_newsletter_page else ""
    return "\n".join(filter(None, [HEADING, lede, club.newsletter_promise, f"[{form.answer or BUTTON}]"]))


def request_subscription(request, form):
    """Mail a confirmation link or, if the address is subscribed already, a notice. Takes a valid `form`.

    Repeats for one address are absorbed: whoever asked has a mail already, or gets none against their will. Mail beyond
    the limits of a network or of the site is held for an organiser. The work is the same for every address, so that
    response times reveal nothing.
    """
    with transaction.atomic():
        asked = MailRequest.objects.record("newsletter", form.cleaned_data["email"], request, RATE_LIMIT)
        subscriber = record_request(request, form)
        if not asked.is_repeat:
            enqueue_request_mail(subscriber, asked.is_within)


def record_request(request, form):
    """Return the subscriber, with the proof of this request stored unless they get the letter already.

    An open request keeps its token: whoever asks twice may use the link of either mail.
    """
    proof = {
        "asked_at": timezone.now(),
        "consent_text": get_consent_text(request.club, form),
        "asked_on_page": get_referring_page(request),
    }
    if request.club.newsletter_asks_name and form.cleaned_data["name"]:
        proof["name"] = form.cleaned_data["name"]
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
    except IntegrityError:  # a concurrent request has created it
        return Subscriber.objects.with_address(email).get()


def enqueue_request_mail(subscriber, is_within_limit):
    kind = "newsletter-known" if subscriber.receives_letter else "newsletter-confirm"
    now = timezone.now()
    # Beyond the rate limit only one mail per address and day is held, as `key` is unique.
    key_suffix = now.isoformat() if is_within_limit else f"held-{now:%Y-%m-%d}"
    OutgoingMail.objects.enqueue(
        key=f"{kind}:{subscriber.pk}:{key_suffix}",
        kind=kind,
        to=subscriber.email,
        state=OutgoingMail.State.QUEUED if is_within_limit else OutgoingMail.State.HELD,
        priority=OutgoingMail.Priority.URGENT,
        retention=OutgoingMail.Retention.ADDRESS,
        expires_at=now + CONFIRMATION_PERIOD,
        **render_mail(f"newsletter/email/{kind}", {"subscriber": subscriber}),
    )


def get_referring_page(request):
    """Return the path of our page with the form, from the Referer header; empty if there is none."""
    referrer = urlsplit(request.headers.get("Referer", ""))
    is_ours = f"{referrer.scheme}://{referrer.netloc}" == settings.SITE_URL
    return cut_to_field(Subscriber, "asked_on_page", referrer.path) if is_ours else ""


def confirm_subscription(subscriber) -> bool:
    """Confirm the open request. Safe to repeat; return False if the link has expired or was used before leaving."""
    with transaction.atomic():
        row = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        if row.receives_letter:
            return True
        if not row.has_open_request:
            return False
        proof = row.new_request or {}
        cleared = {"left_at": None, "left_by": "", "suppressed_at": None, "suppression_reason": "", "bounce_count": 0}
        Subscriber.objects.filter(pk=row.pk).update(
            confirmed_at=timezone.now(), confirmed_by=BY_BUTTON_IN_MAIL, new_request=None, diagnostic="",
            wants_letter=True, **proof, **cleared,
        )  # fmt: skip
        Refusal.objects.of(row.email).delete()
    return True


def end_subscription(subscriber, by):
    """End the subscription and cancel an open request. Safe to repeat.

    If an organiser had ended it before, `by` replaces that, so that no organiser can restore it any more.
    """
    with transaction.atomic():
        rows = Subscriber.objects.filter(Q(left_at=None) | Q(left_by__startswith=BY_ORGANISER), pk=subscriber.pk)
        rows.update(left_at=timezone.now(), left_by=by)
        Subscriber.objects.filter(pk=subscriber.pk).exclude(new_request=None).update(new_request=None)


def restore_subscription(subscriber):
    """Undo `end_subscription()` without a new confirmation; an unconfirmed address stays unconfirmed.

    Queue the deliveries of the last day that were dropped for this reason.
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
