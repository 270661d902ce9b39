"""Fetch a book's data from Open Library by its ISBN.

Up to three requests: the edition from the Books API (https://openlibrary.org/dev/docs/api/books), the work if the
edition names no author, and the cover. All data is untrusted and validated; nothing is saved here.
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

from bookclub import images
from bookclub.core.safe_http import Fetcher, FetchError, ForbiddenRedirect, InvalidResponse, TooSlow, Unreachable
from books.openlibrary_contributors import parse_contributors

SECONDS = 5
SIZE_LIMIT_BYTES = 2_000_000
SMALLEST_COVER_PIXELS = 50
PEOPLE_LIMIT = 30
YEAR = re.compile(r"(?<!\d)(1[4-9]|20)\d\d(?!\d)")


class OpenLibraryError(Exception):
    """Base class. The docstring of each subclass is its message for the organiser."""

    def __init__(self):
        super().__init__(self.__doc__)


class BookNotFound(OpenLibraryError):
    """Open Library doesn't know this ISBN. Compare it with the back of the book, or type the book yourself."""


class ServiceUnreachable(OpenLibraryError):
    """Open Library can't be reached. Try again in a few minutes, or type the book yourself."""


class ServiceTimeout(OpenLibraryError):
    """Open Library took too long. Try again in a few minutes, or type the book yourself."""


class RequestRefused(OpenLibraryError):
    """Open Library turned us away for asking too often. Try again in an hour, or type the book yourself."""


class ServiceError(OpenLibraryError):
    """Open Library is out of order. Try again in an hour, or type the book yourself."""


class InvalidAnswer(OpenLibraryError):
    """Open Library's answer can't be read as a book. Type the book yourself."""


class ForbiddenRedirectError(OpenLibraryError):
    """Open Library's address leads to where this site doesn't go. Type the book yourself, and tell who runs the site."""


SENTENCES = {
    TooSlow: ServiceTimeout, Unreachable: ServiceUnreachable, InvalidResponse: InvalidAnswer, ForbiddenRedirect: ForbiddenRedirectError
}  # fmt: skip


@dataclass
class FoundBook:
    isbn: str
    title: str
    subtitle: str = ""
    publisher: str = ""
    first_published_year: int | None = None
    people: list[tuple[str, str]] = field(default_factory=list)  # (name, MARC relator code), as on the title page
    others: list[str] = field(default_factory=list)  # as typed at Open Library; without a role, or not one of ours
    cover: bytes | None = None  # WebP, as `normalize_image` makes it
    cover_note: str = ""  # why there is no cover


def fetch_book(isbn: str, club, *, seconds: float = SECONDS) -> FoundBook:
    """Raise an OpenLibraryError if the book can't be fetched; a missing cover is explained in `cover_note` instead."""
    fetcher = Fetcher(
        origins=[settings.OPEN_LIBRARY_URL, settings.OPEN_LIBRARY_COVERS_URL],
        hosts=settings.OPEN_LIBRARY_REDIRECT_HOSTS,
        user_agent=user_agent(club),
        seconds=seconds,
        size_bytes=SIZE_LIMIT_BYTES,
    )
    edition = as_dict(query_books_api(fetcher, isbn, "details").get("details"))
    book = FoundBook(isbn, *parse_titles(edition))
    book.publisher = next(iter(as_text_list(edition.get("publishers"))), "")
    book.first_published_year = parse_year(edition.get("publish_date"))
    authors = read_names(edition.get("authors")) or fetch_work_authors(fetcher, isbn, edition)
    book.people, book.others = read_people(edition, authors)
    book.cover, book.cover_note = fetch_cover(fetcher, edition.get("covers"))
    return book


def user_agent(club) -> str:
    """“Lantern Book Club (https://club.example.org; hello@club.example.org)”, reduced to ASCII for the header."""
    contact = club.contact_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    text = f"{club.name} ({settings.SITE_URL}; {contact})"
    return " ".join(text.encode("ascii", "ignore").decode().split())


def query_books_api(fetcher, isbn, command):
    """Return the API's dictionary for this ISBN."""
    key = f"ISBN:{isbn}"
    try:
        answer = fetcher.get(f"{settings.OPEN_LIBRARY_URL}/api/books?bibkeys={key}&format=json&jscmd={command}")
    except FetchError as error:
        raise SENTENCES[type(error)] from error
    check_status(answer.status)
    try:
        books = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise InvalidAnswer from error
    if books == {}:
        raise BookNotFound
    if not as_dict(as_dict(books).get(key)):
        raise InvalidAnswer
    return books[key]


def check_status(status):
    if status == 404:
        raise BookNotFound
    if status in {401, 403, 429}:
        raise RequestRefused
    if status >= 500:
        raise ServiceError
    if status != 200:
        raise InvalidAnswer


def fetch_work_authors(fetcher, isbn, edition):
    """Return the authors of the work."""
    if not edition.get("works"):
        return []
    try:
        return read_names(query_books_api(fetcher, isbn, "data").get("authors"))
    except BookNotFound:
        return []


def parse_titles(edition):
    """Return title and subtitle; many editions have both in the title, separated by " : "."""
    title, subtitle = as_text(edition.get("title")), as_text(edition.get("subtitle"))
    if not title:
        raise InvalidAnswer
    if not subtitle:
        title, _, subtitle = title.partition(" : ")
    return title, subtitle


def parse_year(date):
    """Return 2016 for “2016”, “October 2016”, “Oct 3, 2016” or “c2016”; None without a year."""
    found = YEAR.search(date) if isinstance(date, str) else None
    return found and int(found[0])


def read_people(edition, authors):
    """Return the people whose role is known, at most PEOPLE_LIMIT, and the others as typed at Open Library."""
    people, others = parse_contributors(
        {
            "by_statement": as_text(edition.get("by_statement")),
            "contributors": [
                {"name": name, "role": as_text(person.get("role"))}
                for person in as_dict_list(edition.get("contributors"))
                if (name := as_text(person.get("name")))
            ],
            "contributions": as_text_list(edition.get("contributions")),
        },
        authors,
    )
    return people[:PEOPLE_LIMIT], [*others, *(name for name, _ in people[PEOPLE_LIMIT:])]


def fetch_cover(fetcher, covers):
    """Return (image, "") or (None, reason)."""
    number = next(iter(covers), None) if isinstance(covers, list) else None
    if type(number) is not int or number <= 0:
        return None, "Open Library has no cover of it."
    try:
        # With default=false a missing cover is a 404 instead of a blank image of one pixel.
        answer = fetcher.get(f"{settings.OPEN_LIBRARY_COVERS_URL}/b/id/{number}-L.jpg?default=false")
    except TooSlow:
        return None, "The cover did not come in time: add one yourself, or try again in a few minutes."
    except FetchError:
        return None, "The cover could not be fetched: add one yourself, or try again in a few minutes."
    return check_cover(answer.body) if answer.status == 200 else (None, "Open Library has no cover of it.")


def check_cover(body):
    """Return (image, "") or (None, reason). Open Library sends tiny blank images for missing covers."""
    try:
        cover = images.normalize_image(ContentFile(body)).read()
    except ValidationError:
        return None, "Open Library has no cover of it that can be used."
    if min(Image.open(io.BytesIO(cover)).size) < SMALLEST_COVER_PIXELS:
        return None, "Open Library has no cover of it."
    return cover, ""


def as_dict(value):
    return value if isinstance(value, dict) else {}


def as_dict_list(value):
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def read_names(value):
    return [name for row in as_dict_list(value) if (name := as_text(row.get("name")))]


def as_text_list(value):
    return [found for each in value if (found := as_text(each))] if isinstance(value, list) else []


def as_text(value) -> str:
    """Return `value` on one line without unprintable characters; "" if it is not a string."""
    if not isinstance(value, str):
        return ""
    return "".join(letter for letter in " ".join(value.split()) if letter.isprintable())
