"""An address that is to be forgotten: nothing of it stays but a keyed hash, which keeps it off the list."""

from django.db import transaction

from bookclub.models import OutgoingMail
from bookclub.once_more import once_more
from newsletter.models import Delivery, Issue, Refusal, Subscriber
from newsletter.models.subscriber import normal, refusal_keys


@once_more
def erase(email: str):
    """Safe to repeat, and for an address that we never had. What was sent still counts, without saying to whom."""
    email = normal(email)
    with transaction.atomic():
        Refusal.objects.get_or_create(key=refusal_keys(email)[0])
        rows = Subscriber.objects.with_address(email)
        # What a mail server says may name the address.
        Delivery.objects.filter(subscriber__in=rows).update(error="")
        Issue.objects.filter(paused_because__icontains=email).update(paused_because="The mail server refused it.")
        rows.delete()
        OutgoingMail.objects.forget(email)


def forget_pending(at):
    """Addresses that nobody confirmed in time, and the mail that asked them; and what was asked anew and left at that.

    Under a lock, so that whoever asks again at this moment is not forgotten with what they asked before.
    """
    with transaction.atomic():
        rows = Subscriber.objects.forgotten(at).select_for_update()[:1_000]
        found = dict(rows.values_list("pk", "email"))
        Subscriber.objects.filter(pk__in=found).delete()
        for email in found.values():
            OutgoingMail.objects.forget(email)
    Subscriber.objects.with_old_request(at).update(again=None)
    return len(found)
