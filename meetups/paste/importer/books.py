"""Find the book of a write-up by title and contributors, or create it."""

import re

from django.db.models import Max

from bookclub.core.slugs import unique_slug
from books.models import Book, Contribution, Contributor
from meetups.models import Meetup
from meetups.paste.importer.report import Import, LeftOut, link_to
from meetups.paste.importer.text import to_plain
from meetups.paste.parser.names import read_people
from meetups.paste.pieces import Kind, Person


def book_for(done: Import, given: Book | None, meetup: Meetup | None) -> Book | None:
    """Return the given book, else one with this title and these contributors, else a new one, else the meetup's."""
    if given:
        check_given(done, given)
        return given
    if not title_of(done):
        return meetup.book if meetup else None
    return find_book(done) or make_book(done)


def title_of(done: Import) -> str:
    """Return the title and subtitle of the book that the text names, on a line of its own or in a sentence."""
    return to_plain(done.splitting.text_of(Kind.BOOK) or done.splitting.fact("book") or "")


def parted_title(done: Import) -> tuple[str, str]:
    """Return (title, subtitle), parted at the first colon."""
    title, subtitle = [*re.split(r":\s+", title_of(done), maxsplit=1), ""][:2]
    return (title.strip(), subtitle.strip()) if title.strip() else (subtitle.strip(), "")


def people_in(done: Import) -> list[Person]:
    """Return the people who made the book, by its own lines or by a sentence."""
    lines = done.splitting.of(Kind.CONTRIBUTORS)
    people = [person for line in lines for person in read_people(line.text, trusted=True)]
    return people or list(done.splitting.fact("contributors") or ())


def check_given(done: Import, book: Book) -> None:
    piece = done.splitting.first(Kind.BOOK)
    done.found.append(f"the book “{book.full_title}”, {link_to(book)}")
    if piece and not is_titled(book, piece.text):
        done.leave_out(piece, f"the write-up goes to “{book.full_title}”, as asked")
        done.doubt(piece.first_line, f"The text names “{piece.text}”, not “{book.full_title}”.")
    wanted = {same_person(person) for person in people_in(done)}
    if wanted - people_of(book):
        for line in done.splitting.of(Kind.CONTRIBUTORS):
            done.leave_out(line, f"“{book.title}” keeps the contributors it has")
            done.doubt(line.first_line, f"The text names other contributors than “{book.title}” has.")


def find_book(done: Import) -> Book | None:
    title, wanted = title_of(done), {same_person(person) for person in people_in(done)}
    named = [book for book in Book.objects.prefetch_related("contributions__contributor") if is_titled(book, title)]
    same = [book for book in named if not wanted or people_of(book) == wanted]
    if same:
        done.found.append(f"the book “{same[0].full_title}”, {link_to(same[0])}")
        return same[0]
    for book in named:
        done.doubt(line_of_book(done), f"There is another book “{book.full_title}”, by others: {link_to(book)}")
    return None


def make_book(done: Import) -> Book:
    title, subtitle = parted_title(done)
    slug = unique_slug(Book.objects.all(), title, fallback="book")
    book = done.keep(Book(title=title, subtitle=subtitle, slug=slug), line_of_book(done))
    for person in people_in(done):
        add_contributors(done, book, person, line_of_book(done))
    return book


def line_of_book(done: Import) -> int:
    piece = done.splitting.first(Kind.CONTRIBUTORS) or done.splitting.first(Kind.BOOK)
    return piece.first_line if piece else 1


def add_contributors(done: Import, book: Book, person: Person, line: int) -> None:
    name = to_plain(person.name)
    contributor = Contributor.objects.filter(name__iexact=name).order_by("pk").first()
    contributor = contributor or done.keep(Contributor(name=name), line)
    if book.contributions.filter(contributor=contributor, role=person.role).exists():
        done.left_out.append(LeftOut(line, person.name, "named before, in the same role"))
        return
    position = (book.contributions.aggregate(last=Max("position"))["last"] or 0) + 1
    done.keep(Contribution(book=book, contributor=contributor, role=person.role, position=position), line)


def is_titled(book: Book, text: str) -> bool:
    """Return whether `text` is the title, with or without subtitle. If the book has no subtitle, the text may have one."""
    longer = not book.subtitle and normalize_title(text.partition(":")[0]) == normalize_title(book.title)
    return longer or normalize_title(text) in (
        normalize_title(book.title),
        normalize_title(f"{book.title} {book.subtitle}"),
    )


def normalize_title(title: str) -> str:
    """Return the words in one case, for comparing. A title without words is returned as it is."""
    return " ".join(re.findall(r"\w+", title.casefold())) or to_plain(title)


def same_person(person: Person) -> tuple[str, str]:
    return to_plain(person.name).casefold(), person.role


def people_of(book: Book) -> set[tuple[str, str]]:
    credits_ = book.contributions.select_related("contributor")
    return {(contribution.contributor.name.casefold(), contribution.role) for contribution in credits_}
