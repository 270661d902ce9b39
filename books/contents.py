"""The items of a book that a reader may see, in the order of the page."""

from dataclasses import dataclass
from datetime import datetime

from books.models import Book, Note, Question, Quote, Reading, Term


@dataclass
class BookContents:
    notes: list[Note]
    terms: list[Term]  # each with `shown_questions`: the questions about it
    questions: list[Question]  # without those about a term
    quotes: list[Quote]
    readings: list[Reading]
    later_count: int = 0  # items published after `until`

    @property
    def is_empty(self):
        return not (self.notes or self.terms or self.questions or self.quotes or self.readings)


def get_book_contents(book: Book, user, until: datetime | None = None) -> BookContents:
    """Return the items of `book` that `user` may see, published by `until` if it is given. Five queries."""
    kinds = {
        "notes": book.notes,
        "terms": book.terms,
        "questions": book.questions,
        "quotes": book.quotes,
        "readings": book.readings.select_visible(user, "known_book"),
    }
    found = {name: list(items.visible_to(user)) for name, items in kinds.items()}
    shown = {name: [item for item in items if _is_published_by(item, until)] for name, items in found.items()}
    later_count = sum(len(found[name]) - len(shown[name]) for name in kinds)
    shown["readings"] = [reading for reading in shown["readings"] if reading.title or reading.shown_book]
    return BookContents(**_group_questions(shown), later_count=later_count)


def _is_published_by(item, until):
    return until is None or (item.published_at is not None and item.published_at <= until)


def _group_questions(shown):
    terms = {term.pk: term for term in shown["terms"]}
    for term in terms.values():
        term.shown_questions = [question for question in shown["questions"] if question.term_id == term.pk]
    loose = [question for question in shown["questions"] if question.term_id not in terms]
    return shown | {"questions": loose}
