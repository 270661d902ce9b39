"""Read the rows of this site's own export, with every state, date and proof as it was."""

import json
from datetime import UTC

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.dateparse import parse_datetime

from bookclub.core.csv_cells import unescape_formula
from bookclub.core.text import cut_to_field, single_line, strip_controls
from newsletter.models import Subscriber

NEEDED = {"email", "state", "topics", "confirmed", "by", "left"}  # in every version of the export
REASONS = Subscriber.SuppressionReason.values
UNKNOWN_LEAVER = "import: the export says so"


def is_own_heading(heading: list[str]) -> bool:
    return {cell.strip().removeprefix("\ufeff") for cell in heading} >= NEEDED


def get_state(row: dict) -> str:
    """Return the state; a word that this site never wrote counts as having left."""
    state = row.get("state", "").strip()
    return state if state in {"subscribed", "pending", "suppressed"} else "left"


def build_subscriber(row: dict, email: str, now, proof: str) -> Subscriber:
    """Build the subscriber from a row by heading. `proof` stands where the export has none."""
    row = {heading.strip().removeprefix("\ufeff"): unescape_formula(cell) for heading, cell in row.items()}
    state = get_state(row)
    confirmed_at = None if state == "pending" else read_time(row.get("confirmed")) or now
    topics = row.get("topics", "").split()
    subscriber = Subscriber(
        email=email,
        name=single_line(row.get("name", ""), 80),
        wants_letter="letter" in topics,
        wants_dates="dates" in topics,
        consent_text=strip_controls(row.get("words seen", "")),
        asked_at=read_time(row.get("asked")) or confirmed_at or now,
        asked_on_page=cut_to_field(Subscriber, "asked_on_page", single_line(row.get("on page", ""))),
        confirmed_at=confirmed_at,
        confirmed_by=cut_to_field(Subscriber, "confirmed_by", single_line(row.get("by", ""))),
        left_at=read_time(row.get("left")),
        left_by=cut_to_field(Subscriber, "left_by", single_line(row.get("left by", ""))),
        suppressed_at=read_time(row.get("suppressed")),
        suppression_reason=row.get("why", "") if row.get("why") in REASONS else "",
        bounce_count=read_number(row.get("came back", "")),
        diagnostic=strip_controls(row.get("mail server", "")),
        new_request=read_request(row.get("asked again", "")),
    )
    if state == "subscribed" and not row.get("confirmed"):
        subscriber.confirmed_by = proof
    if state == "left" and not subscriber.left_at:
        subscriber.left_at, subscriber.left_by = now, subscriber.left_by or UNKNOWN_LEAVER
    if state == "suppressed" and not subscriber.suppressed_at:
        subscriber.suppressed_at = now
    if subscriber.suppressed_at and "why" not in row:
        subscriber.suppression_reason = Subscriber.SuppressionReason.HARD
    return subscriber


def read_time(text):
    """Return an aware time in UTC, or None."""
    try:
        at = parse_datetime((text or "").strip())
    except ValueError:
        return None
    return at and (at if at.tzinfo else at.replace(tzinfo=UTC))


def read_number(text):
    return min(int(text), 32_767) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def serialize_request(request) -> str:
    return json.dumps(request, cls=DjangoJSONEncoder, ensure_ascii=False) if request else ""


def read_request(text):
    """Return the stored request of somebody who asked again, or None."""
    try:
        request = json.loads(text) if text else None
    except ValueError:
        return None
    texts = {"consent_text", "asked_on_page", "name"}
    if not isinstance(request, dict) or not read_time(str(request.get("asked_at", ""))):
        return None
    return {key: str(value) for key, value in request.items() if key in texts | {"asked_at"}}
