"""Draw missing cards once, store them, and delete those of rows that are not public any more."""

import datetime as dt
import logging
import time

from django.db import DatabaseError
from django.utils import timezone

from bookclub.core.database.errors import describe_database_error
from bookclub.core.models import Club
from bookclub.share_cards.drawing import draw_card
from bookclub.share_cards.models import ShareCard
from bookclub.share_cards.registry import get_card_kinds

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=10)  # of a drawing process; if it is killed, the card is blocked for that time
WAIT_SECONDS, POLL_SECONDS = 3, 0.1
DRAWN_AHEAD = 200  # the newest rows of each kind; cards of older ones are drawn when they are asked for
KEPT_FOR = dt.timedelta(days=30)  # a card of an older row
MAX_DELETED = 500  # old cards of a kind at a time; the next run deletes the others
TASK_SECONDS = 10  # so that other periodic tasks are not late


class BeingDrawn(Exception):
    """Raised while another request still draws the card."""


def get_or_draw_card(kind, row, content) -> bytes:
    """Return the card of `row`. Of many requests at the same time one draws it, the others wait for it.

    Raises BeingDrawn after WAIT_SECONDS. If the database can't be written, the card is drawn and not stored.
    """
    key = (kind.name, row.pk)
    deadline = time.monotonic() + WAIT_SECONDS
    while (jpeg := ShareCard.objects.get_jpeg(*key, content.digest)) is None:
        try:
            if ShareCard.objects.claim(*key, content.digest, LEASE):
                return draw_and_store(key, content)
        except DatabaseError as error:
            logger.warning("A share card can't be stored: %s", describe_database_error(error))
            return draw_card(content)
        if time.monotonic() > deadline:
            raise BeingDrawn
        time.sleep(POLL_SECONDS)
    return jpeg


def draw_and_store(key, content):
    jpeg = draw_card(content)
    ShareCard.objects.store(*key, content.digest, jpeg)
    return jpeg


def draw_missing_cards():
    """Draw the cards of the newest public rows whose card is missing or out of date."""
    club, deadline = Club.objects.current(), time.monotonic() + TASK_SECONDS
    for kind in get_card_kinds().values():
        drawn = dict(ShareCard.objects.filter(kind=kind.name).values_list("object_id", "digest"))
        for row in kind.public_rows()[:DRAWN_AHEAD]:
            content = kind.build(row, club)
            if drawn.get(row.pk) == content.digest:
                continue
            if time.monotonic() > deadline:
                return
            if ShareCard.objects.claim(kind.name, row.pk, content.digest, LEASE):
                draw_and_store((kind.name, row.pk), content)


def delete_old_cards():
    """Delete the cards of rows that are gone or not public, and old ones that are not drawn ahead."""
    for kind in get_card_kinds().values():
        cards, rows = ShareCard.objects.filter(kind=kind.name), kind.public_rows()
        cards.exclude(object_id__in=rows.order_by().values("pk")).delete()
        newest = set(rows.values_list("pk", flat=True)[:DRAWN_AHEAD])
        old = cards.filter(drawn_at__lt=timezone.now() - KEPT_FOR).values_list("pk", "object_id")
        expired = [key for key, object_id in old if object_id not in newest]
        ShareCard.objects.filter(pk__in=expired[:MAX_DELETED]).delete()
    ShareCard.objects.exclude(kind__in=get_card_kinds()).delete()
