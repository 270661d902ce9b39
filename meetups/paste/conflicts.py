"""Put together the corrections of two tabs, or of two people, who look over the same paste."""

from dataclasses import dataclass, field

from bookclub.admin_base.edit_comparison import FieldConflict, digest_value
from meetups.paste.corrections import NAMES, ORDER, SOURCE, get_value, join_numbers, split_key, with_sources
from meetups.paste.pieces import KINDS
from meetups.paste.review import Review

LABELS = {"heading": "heading", "who": "who said or wrote it", "where": "page, chapter or address", "why": "why"}


@dataclass
class MergedCorrections:
    """`conflicts` are the values that others have changed meanwhile; `values` has ours where both were changed."""

    values: dict[str, str] = field(default_factory=dict)
    conflicts: list[FieldConflict] = field(default_factory=list)


def dump_digests(corrections: dict[str, str]) -> dict[str, str]:
    """Return digests for the page. They tell later which values others have changed since."""
    return {key: digest_value(value) for key, value in corrections.items() if split_key(key)[0] != SOURCE}


def merge_corrections(posted, stored, opened, review: Review, defaults: dict[str, str]) -> MergedCorrections:
    """Compare the posted with the stored corrections. `opened` are the digests in the posted page.

    `review` and `defaults` are the pieces and the form's own fields as the site made them.
    """
    merged, differing = MergedCorrections(), []
    for key in sorted(key for key in {*posted, *stored} if split_key(key)[0] != SOURCE):
        ours, theirs = posted.get(key), stored.get(key)
        is_theirs = digest_or_none(theirs) != opened.get(key)
        is_ours = digest_or_none(ours) != opened.get(key)
        value = theirs if is_theirs and not is_ours else ours
        if value is not None:
            merged.values[key] = value
        if is_theirs and ours != theirs:
            differing.append((key, theirs, ours, is_ours))
    merged.values = with_sources(merged.values, review)
    order = merged.values.get(ORDER, join_numbers(review)).split(",")
    for key, theirs, ours, is_ours in differing:
        label, place = describe_field(key, order)
        made = make_value(key, review, defaults)
        texts = [format_value(key, made if value is None else value) for value in (theirs, ours)]
        merged.conflicts.append(FieldConflict(label, *texts, is_ours, place))
    return merged


def digest_or_none(value):
    return None if value is None else digest_value(value)


def make_value(key: str, review: Review, defaults: dict[str, str]) -> str:
    """Return the value of a field without corrections."""
    name, number = split_key(key)
    if name in NAMES:
        return get_value(review.pieces[int(number) - 1], name)
    return join_numbers(review) if key == ORDER else defaults.get(key, "")


def format_value(key: str, value: str) -> str:
    if split_key(key)[0] == "kind" and value in KINDS:
        return KINDS[value].label
    return value.replace(",", ", ") if key == ORDER else value


def describe_field(key: str, order: list[str]) -> tuple[str, str]:
    """Return the label of a field, and the id of its place on a page with the pieces in this order."""
    name, number = split_key(key)
    if name in NAMES:
        return f"Piece {order.index(number) + 1}: {LABELS.get(name, name.replace('_', ' '))}", f"piece-{number}"
    return (
        ("The order of the pieces", "pieces")
        if key == ORDER
        else (
            key.removeprefix("told_").replace("_", " ").capitalize(),
            f"id_{key}",
        )
    )
