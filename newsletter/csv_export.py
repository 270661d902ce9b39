"""Export the subscribers as CSV, in which no cell is a spreadsheet formula."""

import csv
from collections.abc import Iterator

from bookclub.core.csv_cells import BYTE_ORDER_MARK, escape_formula
from newsletter.lists.own_export import serialize_request
from newsletter.models import Subscriber

COLUMNS = [
    "email", "name", "state", "topics", "asked", "on page", "words seen", "confirmed", "by", "left",
    "left by", "suppressed", "why", "came back", "mail server", "asked again",
]  # fmt: skip


class Echo:
    """A pseudo-file whose write() returns the line, so that rows can be streamed."""

    def write(self, line):
        return line


def generate_csv_lines() -> Iterator[str]:
    """Yield the lines of the CSV; times are in UTC. One query, read in chunks."""
    writer = csv.writer(Echo())
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    for subscriber in Subscriber.objects.order_by("pk").iterator(chunk_size=2_000):
        yield writer.writerow([escape_formula(cell) for cell in build_row(subscriber)])


def build_row(subscriber):
    topics = " ".join(name for name in ("letter", "dates") if getattr(subscriber, f"wants_{name}"))
    asked_at = None if subscriber.is_imported else subscriber.asked_at
    moments = [
        at.isoformat() if at else ""
        for at in (asked_at, subscriber.confirmed_at, subscriber.left_at, subscriber.suppressed_at)
    ]
    asked, confirmed, left, suppressed = moments
    return [
        subscriber.email,
        subscriber.name,
        subscriber.state,
        topics,
        asked,
        subscriber.asked_on_page,
        subscriber.consent_text,
        confirmed,
        subscriber.confirmed_by,
        left,
        subscriber.left_by,
        suppressed,
        subscriber.suppression_reason,
        str(subscriber.bounce_count or ""),
        subscriber.diagnostic,
        serialize_request(subscriber.new_request),
    ]
