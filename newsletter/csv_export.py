"""The list as a table for spreadsheets, which must not take an address for a formula."""

import csv
from collections.abc import Iterator

from newsletter.csv_import import escape_formula, is_imported
from newsletter.models import Subscriber

COLUMNS = ["email", "state", "topics", "asked", "on page", "words seen", "confirmed", "by", "left"]


class Echo:
    """A file that hands each line back: nothing is held in memory."""

    def write(self, line):
        return line


def generate_csv_lines() -> Iterator[str]:
    """CSV, a line at a time; instants in UTC. One query, read in pieces."""
    writer = csv.writer(Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for each in Subscriber.objects.order_by("pk").iterator(chunk_size=2_000):
        yield writer.writerow([escape_formula(cell) for cell in build_row(each)])


def build_row(each):
    topics = " ".join(name for name in ("letter", "dates") if getattr(each, f"wants_{name}"))
    asked_at = None if is_imported(each) else each.asked_at
    moments = [at.isoformat(timespec="seconds") if at else "" for at in (asked_at, each.confirmed_at, each.left_at)]
    asked, confirmed, left = moments
    return [
        each.email,
        each.state,
        topics,
        asked,
        each.asked_on_page,
        each.consent_text,
        confirmed,
        each.confirmed_by,
        left,
    ]
