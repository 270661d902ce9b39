import datetime as dt
import re
import secrets

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.dateparse import parse_datetime

from bookclub.core.email_addresses import filter_by_address, get_spellings
from bookclub.core.text import has_invisible
from newsletter.bounce_codes import Bounce

# The lifetime of a confirmation link; then an unconfirmed address is deleted.
CONFIRMATION_PERIOD = dt.timedelta(days=7)
MAX_SOFT_BOUNCES = 5
BY_IMPORT = "import:"  # `confirmed_by` of an imported subscriber begins with this; then follows where they agreed
MAX_DIAGNOSTIC_LENGTH = 2_000  # characters


class Topic(models.TextChoices):
    LETTER = "letter", "The letter"
    DATES = "dates", "A note when a date is set"


def has_hidden_characters(address: str) -> bool:
    """Return whether the address contains a space, an invisible character or one that changes the text direction."""
    return address.split() != [address] or has_invisible(address, allowed=())


def generate_token():
    """Return 256 random bits. Stored instead of signed, so that links in old mails survive a change of SECRET_KEY."""
    return secrets.token_urlsafe(32)


class SubscriberQuerySet(models.QuerySet):
    def with_address(self, email):
        """Match the mailbox in any spelling, as the unique constraint does."""
        return filter_by_address(self, email)

    def subscribed(self):
        """Return those who get mail: confirmed, not left, not suppressed."""
        return self.filter(confirmed_at__isnull=False, left_at=None, suppressed_at=None)

    def suppressed(self):
        """Return those who would get mail if their address accepted it."""
        return self.filter(confirmed_at__isnull=False, left_at=None, suppressed_at__isnull=False)

    def left(self):
        return self.filter(confirmed_at__isnull=False, left_at__isnull=False)

    def with_token(self, token, name="token"):
        """Return the subscriber with this secret token, their own or a merged one's, or None; `token` may be any text.

        `name` is the field, and a lookup such as `__iexact`.
        """
        if not re.fullmatch(r"[\w-]{43}", token, re.ASCII):
            return None
        return self.filter(**{name: token}).first() or self.filter(**{f"merged__{name}": token}).first()

    def wanting(self, topic):
        return self.subscribed().filter(**{f"wants_{topic}": True})

    def pending(self):
        """Return those who have not confirmed yet."""
        return self.filter(confirmed_at=None)

    def expired(self, at=None):
        """Return pending ones whose link has expired, to be deleted.

        Imported ones are kept, so that no later list subscribes them.
        """
        old = self.pending().filter(asked_at__lt=(at or timezone.now()) - CONFIRMATION_PERIOD)
        return old.exclude(left_by__startswith=BY_IMPORT)

    def with_expired_request(self, at=None):
        """Return those who asked again and did not confirm before the link expired."""
        limit = (at or timezone.now()) - CONFIRMATION_PERIOD
        return self.exclude(new_request=None).filter(new_request__asked_at__lt=limit.isoformat())


class Subscriber(models.Model):
    """An e-mail address that asked for the newsletter, with the proof of consent (without an IP address)."""

    class SuppressionReason(models.TextChoices):
        HARD = "hard", "the address does not exist"
        SOFT = "soft", "mail came back five times"
        COMPLAINT = "complaint", "marked as spam"

    email = models.EmailField("e-mail address", max_length=254)
    name = models.CharField(max_length=80, blank=True, editable=False)
    token = models.CharField(max_length=43, unique=True, default=generate_token, editable=False)
    confirm_token = models.CharField(max_length=43, unique=True, default=generate_token, editable=False)
    wants_letter = models.BooleanField(Topic.LETTER.label, default=True)
    wants_dates = models.BooleanField(Topic.DATES.label, default=False)

    consent_text = models.TextField("the words they saw", blank=True, editable=False)
    asked_at = models.DateTimeField("asked", default=timezone.now, editable=False)
    asked_on_page = models.CharField("on the page", max_length=200, blank=True, editable=False)
    # The proof of a request made after leaving or suppression. It replaces the earlier proof only on confirmation, as
    # anybody may type any address.
    new_request = models.JSONField(null=True, editable=False)
    confirmed_at = models.DateTimeField("confirmed", null=True, editable=False)
    confirmed_by = models.CharField("confirmed by", max_length=200, blank=True, editable=False)
    left_at = models.DateTimeField("left", null=True, editable=False)
    left_by = models.CharField("left by", max_length=80, blank=True, editable=False)

    suppressed_at = models.DateTimeField("suppressed", null=True, editable=False)
    suppression_reason = models.CharField(max_length=10, choices=SuppressionReason.choices, blank=True, editable=False)
    bounce_count = models.PositiveSmallIntegerField("came back", default=0, editable=False)
    diagnostic = models.TextField("what the mail server said", blank=True, editable=False)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="subscriber_email_is_unique_in_any_case",
                violation_error_message="This address is here already.",
            )
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(confirmed_at__isnull=False, left_at=None, suppressed_at=None),
                name="subscriber_subscribed",
            )
        ]

    def __str__(self):
        return self.email

    @property
    def state(self):
        """Return "pending", "subscribed", "left" or "suppressed"."""
        if self.confirmed_at is None:
            return "pending"
        if self.left_at:
            return "left"
        return "suppressed" if self.suppressed_at else "subscribed"

    @property
    def receives_letter(self):
        return self.state == "subscribed" and self.wants_letter

    @property
    def is_imported(self):
        """Return whether an organiser brought the address in, and it has not asked for the newsletter since."""
        return self.confirmed_by.startswith(BY_IMPORT) and self.asked_at <= self.confirmed_at

    @property
    def has_open_request(self):
        """Return whether the confirmation link is valid: for seven days, and until it is used."""
        if self.confirmed_at is None:
            asked_at = self.asked_at
        elif self.new_request:
            asked_at = parse_datetime(self.new_request["asked_at"])
        else:
            return False
        return asked_at >= timezone.now() - CONFIRMATION_PERIOD

    def record_bounce(self, kind: Bounce | None, diagnostic=""):
        """Suppress the address: at once for a hard bounce or a complaint, at the fifth soft bounce; None is ignored.

        Store what the mail server said. In one transaction, with the row locked.
        """
        if kind is None:
            return
        with transaction.atomic():
            row = Subscriber.objects.select_for_update().filter(pk=self.pk).first()
            is_relevant = row and (row.suppressed_at is None or kind is Bounce.COMPLAINT)
            if not is_relevant or row.suppression_reason == Bounce.COMPLAINT.value:
                return
            row.bounce_count += kind is not Bounce.COMPLAINT
            row.diagnostic = diagnostic[:MAX_DIAGNOSTIC_LENGTH]
            if kind is not Bounce.SOFT or row.bounce_count >= MAX_SOFT_BOUNCES:
                row.suppressed_at, row.suppression_reason = timezone.now(), kind.value
            row.save(update_fields=["bounce_count", "diagnostic", "suppressed_at", "suppression_reason"])

    @property
    def leave_path(self):
        return reverse("newsletter:leave", args=[self.token])

    @property
    def confirm_path(self):
        return reverse("newsletter:confirm", args=[self.confirm_token])


class MergedSubscriber(models.Model):
    """The tokens of a subscriber who became one with `subscriber`: the links in earlier letters still work."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="merged")
    token = models.CharField(max_length=43, unique=True)
    confirm_token = models.CharField(max_length=43, unique=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"Merged into subscriber {self.subscriber_id}"


class RefusalQuerySet(models.QuerySet):
    def of(self, email):
        return self.filter(key__in=hash_refused_address(email))


class Refusal(models.Model):
    """The keyed hash of an erased address that must not get mail again."""

    key = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(default=timezone.now)

    objects = RefusalQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.key[:8]


def hash_refused_address(email: str) -> list[str]:
    """Return the hash of the address for SECRET_KEY, which is the one to store, then those for SECRET_KEY_FALLBACKS.

    Then the same for the readable spelling of its domain: until 0.1.0 the typed one was hashed.
    """
    secrets_in_use = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [hash_address(value, secret) for value in get_spellings(email) for secret in secrets_in_use]


def hash_address(value, secret):
    return salted_hmac("newsletter.refusal", value, secret=secret, algorithm="sha256").hexdigest()
