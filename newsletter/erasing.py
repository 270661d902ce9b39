"""An address that is to be forgotten: nothing of it stays but a keyed hash, which keeps it off the list."""

from django.db import transaction

from bookclub.models import OutgoingMail
from newsletter.models import Delivery, Refusal, Subscriber
from newsletter.models.subscriber import refusal_keys


def erase(email: str):
    """Safe to repeat, and for an address that we never had. What was sent still counts, without saying to whom."""
    with transaction.atomic():
        Refusal.objects.get_or_create(key=refusal_keys(email)[0])
        rows = Subscriber.objects.with_address(email.strip())
        Delivery.objects.filter(subscriber__in=rows).update(error="")  # what a mail server says may name the address
        rows.delete()
        OutgoingMail.objects.forget(email.strip())
