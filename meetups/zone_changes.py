"""What lies ahead is held at its local time when a country changes its clocks, and with it the zone data."""

import logging

from django.db import transaction

from meetups.models import Meetup

logger = logging.getLogger(__name__)


def update_instants():
    """Periodic task, and at start: compute the instants of meetups ahead anew; return the list of those that moved.

    Calendars are told by a new `sequence`. Nobody gets a mail, as the local time is what it was.
    """
    moved = Meetup.objects.with_outdated_instants()
    for meetup in moved:
        with transaction.atomic():
            meetup.save(update_fields=["time_zone"])
            Meetup.objects.filter(pk=meetup.pk).increment_sequence()
        logger.warning(
            "The clocks of %s have new rules. Meetup %s stays at its local time.", meetup.time_zone, meetup.pk
        )
    return moved
