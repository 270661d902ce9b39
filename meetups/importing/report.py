"""What an import made, what it is unsure of, what it left out; and the words that say so."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Model

from books.models import Note
from meetups.models import WriteUp
from meetups.splitting import Doubt, Kind, Piece, Shape, Splitting

from .text import plain


class Refused(ValueError):
    """The write-up can't go in; the message says why and what to do. Nothing has been changed.

    `line` is that of the piece at fault, and the message goes on from there: "makes no …". `row` is in the way.
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
    made: Counter[tuple[str, str]] = field(default_factory=Counter)  # rows, by the name of one and of many
    found: list[str] = field(default_factory=list)  # sentences on the rows that were here already
    doubts: list[Doubt] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    kept: list[Model] = field(default_factory=list)  # the new rows
    may_change: Callable[[Model], bool] = lambda row: True  # whether a row that is here already may be completed

    def __post_init__(self):
        self.doubts += self.splitting.doubts
        for piece in self.splitting.of(Kind.LEFT_OUT):
            self.leave_out(piece, piece.reason)

    def doubt(self, line: int, sentence: str) -> None:
        self.doubts.append(Doubt(line, sentence))

    def leave_out(self, piece: Piece, reason: str) -> None:
        self.left_out.append(LeftOut(piece.first_line, piece.source, reason))

    def keep(self, row: Model, line: int) -> Model:
        """Saves a new row, counted. Raises Refused, with the line, if it breaks a rule of its model."""
        save(row, line)
        self.made[names_of(type(row))] += 1
        self.kept.append(row)
        return row


def save(row: Model, line: int) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        name = row._meta.verbose_name
        fields = "; ".join(f"{field} – {' '.join(messages)}" for field, messages in error.message_dict.items())
        raise Refused(f"makes no {name} that can be kept: {fields}", line=line) from error
    row.save()


def link_to(row: Model) -> str:
    return f"{settings.SITE_URL}{row.get_absolute_url()}"


def report(done: Import, *, dry_run: bool) -> Iterator[str]:
    """The lines to print."""
    yield headline(done.writeup, dry_run=dry_run)
    yield "Nothing has been changed: this was a dry run." if dry_run else link_to(done.writeup)
    yield from section("Would make" if dry_run else "Made", made(done))
    yield from section("Here already", done.found)
    yield from section("Unsure of", [f"line {doubt.line}: {doubt.sentence}" for doubt in sorted(set(done.doubts))])
    yield from section(
        "Left out", [f"line {one.line}: {plain(one.text)} – {one.reason}" for one in sorted(done.left_out)]
    )


def headline(writeup: WriteUp, *, dry_run: bool) -> str:
    day = writeup.published_at
    state = f"published as of {in_words(day)}" if day else "a draft"
    return f"{writeup.title}: {'would be ' if dry_run else ''}{state}"


def section(heading: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield f"{heading}:"
        yield from (f"  {line}" for line in lines)


def made(done: Import) -> list[str]:
    counts = [f"{count} {names[count != 1]}" for names, count in done.made.items()]
    counts += hidden(done)
    notes = done.splitting.notes if done.made[names_of(Note)] else []
    facts = done.splitting.facts if done.writeup.meetup else []
    told = [f"{fact.name.replace('_', ' ')}: {in_words(fact.value)}" for fact in facts if fact.name != "job"]
    return [*counts, *map(outline, notes), *told]


def hidden(done: Import) -> list[str]:
    """What is kept and not shown to everybody."""
    named = [plain(note.attribution) for note in done.splitting.of(Kind.SESSION_NOTE) if note.attribution]
    lines = [f"names on session notes, which visitors do not see: {', '.join(named)}"] if named else []
    author = done.writeup.author
    if author.phone and not author.shows_phone:
        lines.append(f"the phone number of {author}, hidden until it is chosen to be shown")
    return lines


def outline(note: Piece) -> str:
    """How a note runs: “Some points from the book”: 4 points, 3 paragraphs, 3 points."""
    runs = [(kind, len(list(run))) for kind, run in groupby(note.blocks, lambda block: block.shape == Shape.PARAGRAPH)]
    words = [f"{count} {'paragraph' if is_prose else 'point'}{'s' if count != 1 else ''}" for is_prose, count in runs]
    return f"“{note.heading}”: {', '.join(words)}"


def names_of(model: type[Model]) -> tuple[str, str]:
    """One and many."""
    return str(model._meta.verbose_name), str(model._meta.verbose_name_plural)


def in_words(value: object) -> str:
    return f"{value.day} {value:%B %Y}" if isinstance(value, dt.date) else str(value)
