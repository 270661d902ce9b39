"""What a mail provider reports of a letter's copies. django-anymail has checked the signature before we hear of it."""

from anymail.signals import tracking
from django.dispatch import receiver

from newsletter import signing_up
from newsletter.models import Delivery
from newsletter.replies import Bounce, kind_of_reply

BY_PROVIDER = "a button of the mail provider"


@receiver(tracking)
def take_report(sender, event, esp_name, **_):
    """Safe to hear twice: providers repeat what they are not sure we have heard."""
    row = Delivery.objects.with_message_id((event.metadata or {}).get("copy", "") or event.message_id or "")
    if row is None or row.subscriber is None:
        return
    words = f"{event.mta_response or event.description or event.reject_reason or ''}"
    if event.event_type == "complained":
        row.subscriber.record_bounce(Bounce.COMPLAINT, words)
    elif event.event_type == "unsubscribed":
        signing_up.leave(row.subscriber, BY_PROVIDER)
    elif event.event_type in {"bounced", "rejected"}:
        row.subscriber.record_bounce(kind_of_reply(words) or Bounce.SOFT, words)
