"""What this app keeps of a person: their subscription, and which letters went to them."""

from bookclub.personal import addresses_of
from newsletter.erasing import erase as erase_address
from newsletter.erasing import forget_pending
from newsletter.importing import BY_IMPORT
from newsletter.models import Subscriber
from newsletter.signing_up import BY_ORGANISER


def export(member):
    return {"newsletter": [subscription(row) for address in addresses_of(member) for row in rows_of(address)]}


def rows_of(address):
    return Subscriber.objects.with_address(address).prefetch_related("deliveries__issue")


def subscription(subscriber):
    return {
        "email": subscriber.email,
        "state": subscriber.state,
        "the_letter": subscriber.wants_letter,
        "a_note_when_a_date_is_set": subscriber.wants_dates,
        "asked_at": None if subscriber.confirmed_by.startswith(BY_IMPORT) else subscriber.asked_at,
        "asked_on_the_page": subscriber.asked_on,
        "words_seen": subscriber.wording,
        "confirmed_at": subscriber.confirmed_at,
        "confirmed_by": subscriber.confirmed_by,
        "left_at": subscriber.left_at,
        "left_by": BY_ORGANISER if subscriber.left_by.startswith(BY_ORGANISER) else subscriber.left_by,
        "asked_again": subscriber.again,
        "suppressed_at": subscriber.suppressed_at,
        "suppressed_because": subscriber.get_suppressed_because_display(),
        "came_back_times": subscriber.bounce_count,
        "came_back": subscriber.diagnostic,
        "letters": [
            {"letter": each.issue.number, "subject": each.issue.frozen_subject, "sent_at": each.sent_at}
            for each in subscriber.deliveries.all()
        ],
    }


def erase(member, wishes):
    """Whoever leaves the club leaves the list too; a keyed hash keeps the address off it."""
    for address in addresses_of(member):
        erase_address(address)


def expire(at):
    """Addresses that nobody confirmed in time."""
    while forget_pending(at):
        pass
