"""Outcome of a saved paste: the texts that were left out, with the reason, and digests of the saved values."""

from bookclub.admin_base.edit_comparison import digest_value
from meetups.paste.conflicts import describe_field, format_value
from meetups.paste.corrections import FLAGS, NAMES, ORDER, split_key
from meetups.paste.importer.builder import OWN_HEADING
from meetups.paste.importer.report import Import

NOT_OF_THE_DOCUMENT = {"csrfmiddlewaretoken", "_form_owner", "opened", "shown_flags", "save", "keep", "refresh", "move"}


def describe_outcome(done: Import) -> dict:
    """Return the texts of a saved review that are in no row, with the reason, as JSON."""
    return {
        "left_out": [
            {"text": one.text, "reason": one.reason}
            for one in done.left_out
            if one.reason != OWN_HEADING and one.text.strip()
        ]
    }


def digest_form(data) -> dict[str, str]:
    """Return digests of a posted review."""
    return {name: digest_value(data[name]) for name in data if name not in NOT_OF_THE_DOCUMENT}


def list_differences(data, digests: dict[str, str]) -> list[tuple[str, str]]:
    """Return (label, value) of each field in which a posted review differs from the saved one."""
    order = data.get(ORDER, "").split(",")
    differing = [
        name for name, digest in digest_form(data).items() if digests.get(name) != digest and is_told(name, order)
    ]
    unticked = [name for name in digests if name not in data and split_key(name)[0] in FLAGS and is_told(name, order)]
    return [
        (describe_field(name, order)[0], format_value(name, data.get(name, "off"))) for name in [*differing, *unticked]
    ]


def is_told(name: str, order: list[str]) -> bool:
    piece, number = split_key(name)
    return piece not in NAMES or number in order
