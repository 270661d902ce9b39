"""The personal data of this app: subscriptions, and the deliveries to each subscriber.

Of an erased address only a keyed hash is kept, so that no import subscribes it again.
"""

from django.db import transaction
from django.db.models import Q

from bookclub.core.email_addresses import format_readable_address, normalize_address
from bookclub.core.retry import retry_on_integrity_error
from bookclub.mail.models import OutgoingMail
from newsletter.models import Delivery, Issue, ProviderReport, Refusal, Subscriber, SubscriberImport
from newsletter.models.subscriber import BY_IMPORT, hash_refused_address
from newsletter.subscriptions import BY_ORGANISER


def export_data(member):
    return {
        "newsletter": [
            export_subscription(row)
            for address in member.list_own_addresses()
            for row in Subscriber.objects.with_address(address).prefetch_related("deliveries__issue")
        ]
    }


def export_subscription(subscriber):
    return {
        "email": subscriber.email,
        "name": subscriber.name,
        "state": subscriber.state,
        "the_letter": subscriber.wants_letter,
        "a_note_when_a_date_is_set": subscriber.wants_dates,
        "asked_at": None if subscriber.confirmed_by.startswith(BY_IMPORT) else subscriber.asked_at,
        "asked_on_the_page": subscriber.asked_on_page,
        "words_seen": subscriber.consent_text,
        "confirmed_at": subscriber.confirmed_at,
        "confirmed_by": subscriber.confirmed_by,
        "left_at": subscriber.left_at,
        "left_by": BY_ORGANISER if subscriber.left_by.startswith(BY_ORGANISER) else subscriber.left_by,
        "asked_again": subscriber.new_request,
        "suppressed_at": subscriber.suppressed_at,
        "suppression_reason": subscriber.get_suppression_reason_display(),
        "came_back_times": subscriber.bounce_count,
        "came_back": subscriber.diagnostic,
        "letters": [
            {"letter": each.issue.number, "subject": each.issue.frozen_subject, "sent_at": each.sent_at}
            for each in subscriber.deliveries.all()
        ],
    }


def erase_data(member, choices):
    """Unsubscribe a member whose account is deleted."""
    for address in member.list_own_addresses():
        erase_address(address)


def delete_expired(at):
    SubscriberImport.objects.expired(at).delete()
    while delete_unconfirmed_subscribers(at):
        pass
    ProviderReport.objects.expired(at).delete()


@retry_on_integrity_error
def erase_address(email: str):
    """Erase an address, known or not. Safe to repeat. Its deliveries stay, without subscriber, for the counts."""
    email = normalize_address(email)
    with transaction.atomic():
        Refusal.objects.get_or_create(key=hash_refused_address(email)[0])
        rows = Subscriber.objects.with_address(email)
        # The replies of mail servers may contain the address.
        Delivery.objects.filter(subscriber__in=rows).update(error="")
        is_named = Q(pause_reason__icontains=email) | Q(pause_reason__icontains=format_readable_address(email))
        Issue.objects.filter(is_named).update(pause_reason="The mail server refused it.")
        rows.delete()
        OutgoingMail.objects.erase_address(email)


def delete_unconfirmed_subscribers(at):
    """Delete up to 1,000 expired unconfirmed subscribers with their mail, and expired new requests. Return the number.

    The rows are locked, so that a subscriber who asks again at the same moment is not deleted.
    """
    with transaction.atomic():
        rows = Subscriber.objects.expired(at).select_for_update()[:1_000]
        found = dict(rows.values_list("pk", "email"))
        Subscriber.objects.filter(pk__in=found).delete()
        for email in found.values():
            OutgoingMail.objects.erase_address(email)
    Subscriber.objects.with_expired_request(at).update(new_request=None)
    return len(found)
