"""The corrections of a review: the posted values that differ from what the site made of the document.

They are a flat dictionary: "text-3" is the text of the third piece of the document, wherever it stands now; "order" the
numbers of the pieces; other names are those of the form, such as "met_on". "source-3" is a digest of what the third
piece was made of, because a later version of the site may read the document differently.
"""

from collections.abc import Iterable

from bookclub.admin_base.edit_comparison import digest_value
from meetups.paste.blocks import make_readable
from meetups.paste.pieces import EXTRAS, FLAGS, KINDS, Kind, Piece
from meetups.paste.review import Review

TEXTS = ("text", *EXTRAS)
NAMES = ("kind", *TEXTS, *FLAGS)
ORDER, SOURCE, SHOWN_FLAGS = "order", "source", "shown_flags"
MAX_BYTES = 2 * 1024 * 1024
INCOMPLETE = "Only part of the page arrived, so nothing was changed. Here is what is stored: try again."
FOREIGN = "This page belonged to another document, or to an older version of the site. Here is what is stored."
NO_SUCH_KIND = "Piece {} can’t be what was chosen for it. Here is what is stored: choose again."
TOO_LONG = "Your corrections are longer than 2 MB. Save a part of the document now, and paste the rest later."
LOST = "The site reads this document differently since an update. A correction has lost its place: “{}”."


class Rejected(ValueError):
    """The posted form does not fit the stored document. The message is for people."""


def read_corrections(data, review: Review, kinds: Iterable[Kind], defaults: dict[str, str]) -> dict[str, str]:
    """Return the posted values that differ from `review`, as the site made it, and from `defaults`.

    `defaults` are the values of the form's own fields. Raise Rejected for a form that is not of this review.
    """
    check_names(data, review)
    posted = {name: make_readable(data.get(name, ""))[0] for name in defaults}
    found = {name: value for name, value in posted.items() if value != defaults[name]}
    shown_flags = set(data.get(SHOWN_FLAGS, "").split(","))
    for number, piece in review.numbered:
        for name, value in read_piece(data, number, has_flags=str(number) in shown_flags).items():
            if value != get_value(piece, name):
                found[f"{name}-{number}"] = value
        if found.get(f"kind-{number}", piece.kind) not in {*kinds, piece.kind}:
            raise Rejected(NO_SUCH_KIND.format(number))
    if data[ORDER] != join_numbers(review):
        found[ORDER] = data[ORDER]
    if sum(len(value.encode()) for value in found.values()) > MAX_BYTES:
        raise Rejected(TOO_LONG)
    return with_sources(found, review)


def check_names(data, review: Review) -> None:
    """Raise Rejected unless the form has all pieces of the review, and no others."""
    numbers = [str(number) for number, _ in review.numbered]
    if {f"{name}-{number}" for number in numbers for name in ("kind", "text")} - data.keys() or ORDER not in data:
        raise Rejected(INCOMPLETE)
    known = {f"{name}-{number}" for number in numbers for name in NAMES}
    if any(name.rpartition("-")[0] in NAMES and name not in known for name in data):
        raise Rejected(FOREIGN)
    if sorted(data[ORDER].split(",")) != sorted(numbers):
        raise Rejected(FOREIGN)


def read_piece(data, number: int, *, has_flags: bool) -> dict[str, str]:
    """Return the posted values of a piece. Fields that the page did not show are missing."""
    keys = {name: f"{name}-{number}" for name in NAMES}
    posted = {name: make_readable(data[keys[name]])[0] for name in ("kind", *TEXTS) if keys[name] in data}
    return posted | ({name: "on" if keys[name] in data else "" for name in FLAGS} if has_flags else {})


def get_value(piece: Piece, name: str) -> str:
    """Return the value that a browser posts for this field of the piece."""
    value = getattr(piece, name)
    return ("on" if value else "") if name in FLAGS else str(value)


def join_numbers(review: Review) -> str:
    return ",".join(str(piece.number) for piece in review.pieces)


def with_sources(corrections: dict[str, str], review: Review) -> dict[str, str]:
    """Return the corrections with a digest of each corrected piece of `review`, which is as the site made it."""
    numbers = {number for name, number in map(split_key, corrections) if name in NAMES}
    digests = {f"{SOURCE}-{number}": digest_value(review.pieces[int(number) - 1].source) for number in numbers}
    return {key: value for key, value in corrections.items() if split_key(key)[0] != SOURCE} | digests


def split_key(key: str) -> tuple[str, str]:
    """Return ("text", "3") for "text-3", and ("", "order") for "order"."""
    name, _, number = key.rpartition("-")
    return name, number


def relocate_corrections(stored: dict[str, str], review: Review) -> tuple[dict[str, str], list[str]]:
    """Return the stored corrections with the numbers of `review`, and sentences on those that fit no piece any more."""
    found, sentences = {}, []
    numbers = find_numbers(stored, review)
    for key, value in stored.items():
        name, number = split_key(key)
        if name in NAMES and number in numbers:
            found[f"{name}-{numbers[number]}"] = value
        elif name in TEXTS and value:
            sentences.append(LOST.format(value))
        elif not name and (key != ORDER or len(value.split(",")) == len(review.pieces)):
            found[key] = value
    return with_sources(found, review), sentences


def find_numbers(stored: dict[str, str], review: Review) -> dict[str, str]:
    """Return {number of a stored correction: number of the piece that is made of the same words today}."""
    free = {str(number): digest_value(piece.source) for number, piece in review.numbered}
    found, moved = {}, {}
    for key, digest in stored.items():
        name, number = split_key(key)
        if name == SOURCE and free.get(number) == digest:
            found[number] = number
            del free[number]
        elif name == SOURCE:
            moved[number] = digest
    for number, digest in moved.items():
        if same := next((each for each, source in free.items() if source == digest), None):
            found[number] = same
            del free[same]
    return found


def apply_corrections(review: Review, corrections: dict[str, str]) -> None:
    """Change `review`, which is as the site made it. It keeps the values of the form's own fields."""
    by_number = {str(piece.number): piece for piece in review.pieces}
    for key, value in corrections.items():
        name, number = split_key(key)
        if name in NAMES:
            set_value(by_number[number], name, value)
        elif not name and key != ORDER:
            review.values[key] = value
    places = {number: place for place, number in enumerate(corrections.get(ORDER, join_numbers(review)).split(","))}
    review.pieces.sort(key=lambda piece: places.get(str(piece.number), len(places)))


def set_value(piece: Piece, name: str, value: str) -> None:
    if name == "kind":
        piece.kind = Kind(value) if value in KINDS else piece.kind
    else:
        setattr(piece, name, bool(value) if name in FLAGS else value)
