"""A book as Open Library describes it, by its ISBN.

Asks the Books API (https://openlibrary.org/dev/docs/api/books) for the edition, with the names of its authors in it:
one question, a second one where only the work names an author, a third for the cover. What comes is other people's
typing: everything is looked at, nothing is taken for granted, and nothing is saved here.
"""

import io
import json
import re
from dataclasses import dataclass, field
from email.utils import parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image

from bookclub import pictures
from bookclub.fetching import Errand, FetchError, Garbled, Misled, TooLarge, TooSlow, Unreachable

SECONDS = 5
SIZE_LIMIT_BYTES = 2_000_000
SMALLEST_COVER_PIXELS = 50
PEOPLE_LIMIT = 30
YEAR = re.compile(r"(?<!\d)(1[4-9]|20)\d\d(?!\d)")
NAME_AND_ROLE = re.compile(r"^(?P<name>[^()]+?)\s*\((?P<role>[^()]+)\)$")
# How a role begins in the words of Open Library's volunteers: a MARC relator code, as Contribution.Role has it.
ROLES = {
    "author": "aut", "writer": "aut", "written": "aut", "edit": "edt", "translat": "trl", "illustrat": "ill",
    "introduc": "aui", "foreword": "aui", "preface": "aui", "narrat": "nrt", "reader": "nrt", "read by": "nrt",
}  # fmt: skip


class OpenLibraryError(Exception):
    """Each kind is a sentence for the organiser."""

    def __init__(self):
        super().__init__(self.__doc__)


class NotFound(OpenLibraryError):
    """Open Library doesn't know this ISBN. Compare it with the back of the book, or type the book yourself."""


class NotReachable(OpenLibraryError):
    """Open Library can't be reached. Try again in a few minutes, or type the book yourself."""


class OutOfTime(OpenLibraryError):
    """Open Library took too long. Try again in a few minutes, or type the book yourself."""


class TurnedAway(OpenLibraryError):
    """Open Library turned us away for asking too often. Try again in an hour, or type the book yourself."""


class OutOfOrder(OpenLibraryError):
    """Open Library is out of order. Try again in an hour, or type the book yourself."""


class Nonsense(OpenLibraryError):
    """Open Library's answer can't be read as a book. Type the book yourself."""


class LedAway(OpenLibraryError):
    """Open Library's address leads to where this site doesn't go. Type the book yourself, and tell who runs the site."""


SENTENCES = {
    TooSlow: OutOfTime, Unreachable: NotReachable, TooLarge: Nonsense, Garbled: Nonsense, Misled: LedAway
}  # fmt: skip


@dataclass
class FoundBook:
    isbn: str
    title: str
    subtitle: str = ""
    publisher: str = ""
    first_published_year: int | None = None
    people: list[tuple[str, str]] = field(default_factory=list)  # (name, MARC relator code), as on the title page
    others: list[str] = field(default_factory=list)  # as written there; in no role that we have
    cover: bytes | None = None  # WebP, as `pictures.bare` makes it
    cover_note: str = ""  # why there is no cover


def find(isbn: str, club, *, seconds: float = SECONDS) -> FoundBook:
    """Raises an OpenLibraryError. Where the cover alone fails, the book comes without it, and says why."""
    errand = Errand(
        origins=[settings.OPEN_LIBRARY_URL, settings.OPEN_LIBRARY_COVERS_URL],
        hosts=settings.OPEN_LIBRARY_REDIRECT_HOSTS,
        user_agent=user_agent(club),
        seconds=seconds,
        size_bytes=SIZE_LIMIT_BYTES,
    )
    edition = mapping(ask(errand, isbn, "details").get("details"))
    book = FoundBook(isbn, *titles(edition))
    book.publisher = next(iter(texts(edition.get("publishers"))), "")
    book.first_published_year = year_of(edition.get("publish_date"))
    authors = names(edition.get("authors")) or authors_of_work(errand, isbn, edition)
    book.people, book.others = people_of(edition, authors)
    book.cover, book.cover_note = fetch_cover(errand, edition.get("covers"))
    return book


def user_agent(club) -> str:
    """“Lantern Book Club (https://club.example.org; hello@club.example.org)”, in the letters that a header may have."""
    contact = club.contact_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    text = f"{club.name} ({settings.SITE_URL}; {contact})"
    return " ".join(text.encode("ascii", "ignore").decode().split())


def ask(errand, isbn, command):
    """What Open Library says of this one book: a dictionary."""
    key = f"ISBN:{isbn}"
    try:
        answer = errand.get(f"{settings.OPEN_LIBRARY_URL}/api/books?bibkeys={key}&format=json&jscmd={command}")
    except FetchError as error:
        raise SENTENCES[type(error)] from error
    check_status(answer.status)
    try:
        books = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise Nonsense from error
    if books == {}:
        raise NotFound
    if not mapping(mapping(books).get(key)):
        raise Nonsense
    return books[key]


def check_status(status):
    if status == 404:
        raise NotFound
    if status in {401, 403, 429}:
        raise TurnedAway
    if status >= 500:
        raise OutOfOrder
    if status != 200:
        raise Nonsense


def authors_of_work(errand, isbn, edition):
    """Those that the work names, where the edition names none."""
    if not edition.get("works"):
        return []
    try:
        return names(ask(errand, isbn, "data").get("authors"))
    except NotFound:
        return []


def titles(edition):
    """Title and subtitle; many an edition has both in its title, parted as library cards part them."""
    title, subtitle = text(edition.get("title")), text(edition.get("subtitle"))
    if not title:
        raise Nonsense
    if not subtitle:
        title, _, subtitle = title.partition(" : ")
    return title, subtitle


def year_of(date):
    """2016, of “2016”, “October 2016”, “Oct 3, 2016” or “c2016”; None where there is no year."""
    found = YEAR.search(date) if isinstance(date, str) else None
    return found and int(found[0])


def people_of(edition, authors):
    """([(name, role)], [what is written of others]); whoever is named with a role has no other by being listed first."""
    told = dict(told_roles(edition))
    default = "edt" if text(edition.get("by_statement")).casefold().startswith("edited by") else "aut"
    known = dict.fromkeys(authors, default) | {name: role for name, role in told.items() if role}
    others = [name for name, role in told.items() if not role and name not in known]
    people = list(known.items())
    return people[:PEOPLE_LIMIT], [*others, *(name for name, _ in people[PEOPLE_LIMIT:])]


def told_roles(edition):
    """(name, role) of each contributor; the role is None where it is none of ours or is not told."""
    for person in rows(edition.get("contributors")):
        if name := text(person.get("name")):
            yield name, role_of(text(person.get("role")))
    for line in texts(edition.get("contributions")):
        found = NAME_AND_ROLE.match(line)
        yield (found["name"], role_of(found["role"])) if found else (line, None)


def role_of(words):
    return next((code for start, code in ROLES.items() if words.casefold().startswith(start)), None)


def fetch_cover(errand, covers):
    """(picture, "") or (None, why there is none)."""
    number = next(iter(covers), None) if isinstance(covers, list) else None
    if type(number) is not int or number <= 0:
        return None, "Open Library has no cover of it."
    try:
        # What is not there is a 404 then, and no blank picture of one pixel.
        answer = errand.get(f"{settings.OPEN_LIBRARY_COVERS_URL}/b/id/{number}-L.jpg?default=false")
    except TooSlow:
        return None, "The cover did not come in time: add one yourself, or try again in a few minutes."
    except FetchError:
        return None, "The cover could not be fetched: add one yourself, or try again in a few minutes."
    return usable(answer.body) if answer.status == 200 else (None, "Open Library has no cover of it.")


def usable(body):
    """(picture, "") or (None, why not): blank pictures are Open Library's way of saying that it has none."""
    try:
        cover = pictures.bare(ContentFile(body)).read()
    except ValidationError:
        return None, "Open Library has no cover of it that can be used."
    if min(Image.open(io.BytesIO(cover)).size) < SMALLEST_COVER_PIXELS:
        return None, "Open Library has no cover of it."
    return cover, ""


def mapping(value):
    return value if isinstance(value, dict) else {}


def rows(value):
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def names(value):
    return [name for row in rows(value) if (name := text(row.get("name")))]


def texts(value):
    return [found for each in value if (found := text(each))] if isinstance(value, list) else []


def text(value) -> str:
    """On one line, without what can't be printed; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    return "".join(letter for letter in " ".join(value.split()) if letter.isprintable())
