"""Move items to another book: they go behind its own, and questions go with their term."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from bookclub.core.visibility import Audience
from books.models import Book, Question, Term

NEEDS_PUBLISHING = (
    "Readers would see more or less than now: the one book is public and the other is not, or it has other readers. "
    "An organiser, who may publish, can move it."
)
GONE = "That book is not there any more: somebody has merged or deleted it. Nothing was moved."


@dataclass
class MovePreview:
    """What `move_items` would do, for the confirmation page."""

    rows: list  # those that were chosen and are not in the book yet
    questions: list  # that go with a term
    appearing: int  # that become public
    vanishing: int  # that stop being so
    without_term: int  # questions that lose their term, which stays behind
    needs_publishing: bool  # whether the move shows something to readers or hides it from them


def move_items(rows, book: Book, *, may_publish=True) -> int:
    """Move `rows`, a queryset of one kind of item, to `book`; return how many were chosen and moved. One transaction.

    No `published_at` changes. What came from a book for members stays for members. Raises ValidationError if the book
    has been deleted meanwhile, or if the move changes what readers see and the mover may not publish.
    """
    with transaction.atomic():
        book = Book.objects.select_for_update().filter(pk=book.pk).first()
        if book is None:
            raise ValidationError(GONE, code="gone")
        moved, questions = find_moving(rows, book)
        if not may_publish and any(changes_readers(row, book) for row in [*moved, *questions]):
            raise ValidationError(NEEDS_PUBLISHING, code="needs_publishing")
        for kind in (moved, questions):
            place_behind(kind, book, kept_terms={row.pk for row in moved} if kind is questions else set())
    return len(moved)


def preview_move(rows, book: Book) -> MovePreview:
    moved, questions = find_moving(rows, book)
    pairs = [(is_public(row), is_public_in(row, book)) for row in [*moved, *questions]]
    return MovePreview(
        moved,
        questions,
        appearing=pairs.count((False, True)),
        vanishing=pairs.count((True, False)),
        without_term=sum(loses_term(row, book, set()) for row in moved),
        needs_publishing=any(changes_readers(row, book) for row in [*moved, *questions]),
    )


def find_moving(rows, book):
    """Return the rows that are in other books, in the order of their pages, and the questions about those of them."""
    moved = in_order(rows.model, pk__in=rows.order_by().values("pk")).exclude(book=book)
    if rows.model is not Term:
        return list(moved), []
    moved = list(moved)
    return moved, list(in_order(Question, term__in=moved).exclude(book=book))


def in_order(model, **conditions):
    related = ["book", "term"] if model is Question else ["book"]
    rows = model.objects.filter(**conditions).select_related(*related)
    return rows.order_by("book__title", "book", "position", "pk")


def place_behind(rows, book, kept_terms):
    """Store `rows`, of one kind, as the last ones of `book`. Each gets one revision in its history."""
    if not rows:
        return
    model = type(rows[0])
    last = model.objects.filter(book=book).aggregate(last=Max("position"))["last"] or 0
    for position, row in enumerate(rows, last + 1):
        row.audience = audience_in(row, book)
        if loses_term(row, book, kept_terms):
            row.term = None
        row.book, row.position = book, position
    fields = ["book", "position", "audience", *(["term"] if model is Question else [])]
    model.objects.bulk_update(rows, fields, batch_size=100)


def loses_term(row, book, kept_terms):
    term = row.term if isinstance(row, Question) else None
    return term is not None and term.book_id != book.pk and term.pk not in kept_terms


def audience_in(row, book):
    is_narrower = row.book.audience == Audience.MEMBERS and book.audience == Audience.PUBLIC
    return Audience.MEMBERS if is_narrower else row.audience


def changes_readers(row, book, audience=None):
    """Return whether a move to `book` changes who sees `row`, or from when; by default with its audience there."""
    now = timezone.now()
    after = find_readers(row, audience or audience_in(row, book), book, now)
    return find_readers(row, row.audience, row.book, now) != after


def find_readers(row, audience, book, now):
    """Return (from when readers see the row, whether members alone do), or None for a draft or in a draft book."""
    if row.published_at is None or book.published_at is None:
        return None
    return max(row.published_at, book.published_at, now), Audience.MEMBERS in (audience, book.audience)


def is_public(row):
    return is_shown_to_all(row, row.audience) and is_shown_to_all(row.book, row.book.audience)


def is_public_in(row, book):
    return is_shown_to_all(row, audience_in(row, book)) and is_shown_to_all(book, book.audience)


def is_shown_to_all(row, audience):
    return row.is_published and audience == Audience.PUBLIC
