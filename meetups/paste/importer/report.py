"""The result of an import, and its report for people."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Model

from books.models import Note
from meetups.models import WriteUp
from meetups.paste.importer.text import to_plain
from meetups.paste.people import point_out_people
from meetups.paste.pieces import Doubt, Kind, Piece, Splitting
from meetups.paste.review import Review, facts_of

POINT = re.compile(r"\s*(?:-|[0-9]{1,3}\.) ")
OF_MEETUP = ("headcount", "venue", "address", "area", "room", "met_on")


class Refused(ValueError):
    """The write-up can't be saved; the message says why and what to do. Nothing has changed.

    With `line`, `sentence` continues “Line 3 …”. `row` is an existing row that is in the way.
    """

    def __init__(self, sentence: str, *, line: int = 0, row: Model | None = None):
        super().__init__(f"Line {line} {sentence}" if line else sentence)
        self.sentence, self.line, self.row = (f"This {sentence}" if line else sentence), line, row


@dataclass(frozen=True, order=True)
class LeftOut:
    line: int
    text: str
    reason: str


@dataclass
class Import:
    splitting: Splitting
    writeup: WriteUp | None = None
    made: Counter[tuple[str, str]] = field(default_factory=Counter)  # new rows by (singular, plural) name
    found: list[str] = field(default_factory=list)  # phrases for existing rows that were used
    doubts: list[Doubt] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    kept: list[Model] = field(default_factory=list)  # the new rows
    may_change: Callable[[Model], bool] = lambda row: True  # whether an existing row may be completed

    def doubt(self, line: int, sentence: str) -> None:
        self.doubts.append(Doubt(line, sentence))

    def leave_out(self, piece: Piece, reason: str) -> None:
        self.left_out.append(LeftOut(piece.first_line, piece.source, reason))

    def keep(self, row: Model, line: int) -> Model:
        """Save and count a new row. Raise Refused, with the line, if it is not valid."""
        save_row(row, line)
        self.made[names_of(type(row))] += 1
        self.kept.append(row)
        return row


def save_row(row: Model, line: int) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        name = row._meta.verbose_name
        fields = "; ".join(f"{field} – {' '.join(messages)}" for field, messages in error.message_dict.items())
        raise Refused(f"makes no {name} that can be kept: {fields}", line=line) from error
    row.save()


def link_to(row: Model) -> str:
    return f"{settings.SITE_URL}{row.get_absolute_url()}"


def format_report(done: Import, *, dry_run: bool) -> Iterator[str]:
    """Yield the lines of the printed report."""
    yield format_headline(done.writeup, dry_run=dry_run)
    yield "Nothing has been changed: this was a dry run." if dry_run else link_to(done.writeup)
    yield from format_section("Would make" if dry_run else "Made", list_made(done))
    yield from format_section("Here already", done.found)
    yield from format_section(
        "Unsure of", [f"line {doubt.line}: {doubt.sentence}" for doubt in sorted(set(done.doubts))]
    )
    yield from format_section("Names that everybody will read", list_people(done))
    yield from format_section(
        "Left out", [f"line {one.line}: {to_plain(one.text)} – {one.reason}" for one in sorted(done.left_out)]
    )


def format_headline(writeup: WriteUp, *, dry_run: bool) -> str:
    day = writeup.published_at
    state = f"published as of {format_value(day)}" if day else "a draft"
    return f"{writeup.title}: {'would be ' if dry_run else ''}{state}"


def format_section(heading: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield f"{heading}:"
        yield from (f"  {line}" for line in lines)


def list_made(done: Import) -> list[str]:
    counts = [f"{count} {names[count != 1]}" for names, count in done.made.items()]
    counts += list_hidden(done)
    notes = done.splitting.of(Kind.NOTE) if done.made[names_of(Note)] else []
    facts = done.splitting.facts if done.writeup.meetup else []
    told = [f"{fact.name.replace('_', ' ')}: {format_value(fact.value)}" for fact in facts if fact.name in OF_MEETUP]
    return [*counts, *map(outline_text, notes), *told]


def list_hidden(done: Import) -> list[str]:
    """Return lines on stored data that the public doesn't see."""
    named = [to_plain(note.who) for note in done.splitting.of(Kind.SESSION_NOTE) if note.who]
    lines = [f"names on session notes, which visitors do not see: {', '.join(named)}"] if named else []
    author = done.writeup.author
    if author.phone and not author.shows_phone:
        lines.append(f"the phone number of {author}, hidden until it is chosen to be shown")
    return lines


def list_people(done: Import) -> list[str]:
    """Return a line for each piece that names people to everybody, as the review and the proof-reader find them."""
    review = Review(done.splitting.pieces, facts_of(done.splitting))
    point_out_people(review)
    return [f"line {piece.first_line}: {', '.join(piece.people)}" for piece in review.pieces if piece.people]


def outline_text(note: Piece) -> str:
    """Return the outline of a note: “Some points from the book”: 4 points, 3 paragraphs, 3 points."""
    lines = [line for line in note.text.split("\n") if line.strip()]
    runs = [(is_point, len(list(run))) for is_point, run in groupby(lines, lambda line: bool(POINT.match(line)))]
    words = [f"{count} {'point' if is_point else 'paragraph'}{'s' if count != 1 else ''}" for is_point, count in runs]
    return f"“{note.heading}”: {', '.join(words)}"


def names_of(model: type[Model]) -> tuple[str, str]:
    """Return the singular and plural name."""
    return str(model._meta.verbose_name), str(model._meta.verbose_name_plural)


def format_value(value: object) -> str:
    return f"{value.day} {value:%B %Y}" if isinstance(value, dt.date) else str(value)
