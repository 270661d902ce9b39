"""The book of a write-up: found by title and contributors, or made."""

import re

from django.db.models import Max

from bookclub.slugs import free_slug
from books.models import Book, Contribution, Contributor
from meetups.models import Meetup
from meetups.splitting import Kind, Person

from .report import Import, LeftOut, link_to
from .text import plain


def book_for(done: Import, given: Book | None, meetup: Meetup | None) -> Book | None:
    """The book asked for; else the one of this title and these people; else a new one; else the meetup's."""
    if given:
        check_given(done, given)
        return given
    if not done.splitting.first(Kind.BOOK):
        return meetup.book if meetup else None
    return find_book(done) or make_book(done)


def check_given(done: Import, book: Book) -> None:
    piece = done.splitting.first(Kind.BOOK)
    done.found.append(f"the book “{book.full_title}”, {link_to(book)}")
    if piece and not is_titled(book, piece.text):
        done.leave_out(piece, f"the write-up goes to “{book.full_title}”, as asked")
        done.doubt(piece.first_line, f"The text names “{piece.text}”, not “{book.full_title}”.")
    wanted = {same_person(person) for person in done.splitting.people}
    if wanted - people_of(book):
        for line in done.splitting.of(Kind.CONTRIBUTORS):
            done.leave_out(line, f"“{book.title}” keeps the contributors it has")
            done.doubt(line.first_line, f"The text names other contributors than “{book.title}” has.")


def find_book(done: Import) -> Book | None:
    piece, wanted = done.splitting.first(Kind.BOOK), {same_person(person) for person in done.splitting.people}
    named = [
        book for book in Book.objects.prefetch_related("contributions__contributor") if is_titled(book, piece.text)
    ]
    same = [book for book in named if not wanted or people_of(book) == wanted]
    if same:
        done.found.append(f"the book “{same[0].full_title}”, {link_to(same[0])}")
        return same[0]
    for book in named:
        done.doubt(piece.first_line, f"There is another book “{book.full_title}”, by others: {link_to(book)}")
    return None


def make_book(done: Import) -> Book:
    piece = done.splitting.first(Kind.BOOK)
    title, subtitle = (plain(part) for part in done.splitting.book_title)
    slug = free_slug(Book.objects.all(), title, fallback="book")
    book = done.keep(Book(title=title, subtitle=subtitle, slug=slug), piece.first_line)
    for line in done.splitting.of(Kind.CONTRIBUTORS):
        for person in line.people:
            credit(done, book, person, line.first_line)
    return book


def credit(done: Import, book: Book, person: Person, line: int) -> None:
    name = plain(person.name)
    contributor = Contributor.objects.filter(name__iexact=name).order_by("pk").first()
    contributor = contributor or done.keep(Contributor(name=name), line)
    if book.contributions.filter(contributor=contributor, role=person.role).exists():
        done.left_out.append(LeftOut(line, person.name, "named before, in the same role"))
        return
    position = (book.contributions.aggregate(last=Max("position"))["last"] or 0) + 1
    done.keep(Contribution(book=book, contributor=contributor, role=person.role, position=position), line)


def is_titled(book: Book, text: str) -> bool:
    """Whether the text is its title, with the subtitle or without; a book that has none may be called by a longer one."""
    longer = not book.subtitle and bare(text.partition(":")[0]) == bare(book.title)
    return longer or bare(text) in (bare(book.title), bare(f"{book.title} {book.subtitle}"))


def bare(title: str) -> str:
    """For comparing: words alone, in one case. A title of signs alone stays as it is."""
    return " ".join(re.findall(r"\w+", title.casefold())) or plain(title)


def same_person(person: Person) -> tuple[str, str]:
    return plain(person.name).casefold(), person.role


def people_of(book: Book) -> set[tuple[str, str]]:
    credits_ = book.contributions.select_related("contributor")
    return {(contribution.contributor.name.casefold(), contribution.role) for contribution in credits_}
