"""Mark the pieces of a review that are equal or similar to stored rows, before they are saved."""

from collections.abc import Iterable

from django.urls import reverse

from books.models import Book, Item, Note, Question, Quote, Reading, Term
from meetups.models import WriteUp
from meetups.paste.importer.fuzzy_match import SimilarTexts, normalize_text
from meetups.paste.pieces import Kind, Piece
from meetups.paste.review import Review

ROWS = {
    Kind.QUOTE: (Quote, "text"),
    Kind.QUESTION: (Question, "text"),
    Kind.TERM: (Term, "definition"),
    Kind.NOTE: (Note, "body"),
    Kind.READING: (Reading, "title"),
}
NAMES = {Kind.PROSE: "paragraph", Kind.SESSION_NOTE: "session note"}


class Known:
    """Stored texts of one kind, each with its admin address."""

    def __init__(self, kind: Kind, texts: Iterable[tuple[str, str]]):
        self.name = NAMES.get(kind, str(kind))
        self.same: dict[str, str] = {}
        self.near = SimilarTexts([])
        for text, link in texts:
            self.add(text, link)

    def add(self, text: str, link: str) -> None:
        self.same.setdefault(normalize_text(text), link)
        self.near.add(text, link)

    def point_out(self, piece: Piece) -> None:
        """Preselect "left out" for an equal text; only add a doubt for a similar one. Both are to be looked at."""
        text = key_of(piece.text, piece.who) if piece.kind == Kind.SESSION_NOTE else piece.text
        link = self.same.get(normalize_text(text))
        if link:
            piece.likely, piece.kind, piece.link = piece.kind, Kind.LEFT_OUT, link
            piece.reason, piece.doubt = (
                f"the same {self.name} is here already",
                f"The same {self.name} is here already.",
            )
        elif near := self.near.to(text):
            piece.add_doubt(f"This {self.name} is nearly the same as another one.")
            piece.link = near


def mark_duplicates(review: Review, book: Book | None, writeup: WriteUp | None = None) -> None:
    """Compare each piece with what the book and the write-up have. Nothing is a duplicate of its own document."""
    known = {kind: Known(kind, texts_of(kind, book, writeup)) for kind in (*ROWS, *NAMES)}
    for piece in review.pieces:
        if piece.kind in known and piece.text.strip():
            known[piece.kind].point_out(piece)


def texts_of(kind: Kind, book: Book | None, writeup: WriteUp | None) -> Iterable[tuple[str, str]]:
    if kind in ROWS and book:
        model, name = ROWS[kind]
        return [(getattr(row, name), link_to(row)) for row in model.objects.filter(book=book)]
    if writeup and kind in NAMES:
        link = reverse("admin:meetups_writeup_change", args=[writeup.pk])
        if kind == Kind.SESSION_NOTE:
            return [(key_of(note.text, note.name), link) for note in writeup.session_notes.all()]
        return [(text, link) for text in writeup.body.split("\n\n")]
    return []


def key_of(text: str, name: str) -> str:
    """Return a session note's words with the name of who said them: two notes are equal if both are."""
    return f"{text} – {name}" if name else text


def link_to(row: Item) -> str:
    return reverse(f"admin:books_{row._meta.model_name}_change", args=[row.pk])
