"""What a review holds that is here already, or nearly: pointed out before it is saved."""

from collections.abc import Iterable

from django.urls import reverse

from books.models import Book, Item, Note, Question, Quote, Reading, Term
from meetups.importing.likeness import Likeness, normal
from meetups.models import WriteUp
from meetups.splitting import Kind

from .review import Review, Reviewed

ROWS = {
    Kind.QUOTE: (Quote, "text"),
    Kind.QUESTION: (Question, "text"),
    Kind.TERM: (Term, "definition"),
    Kind.NOTE: (Note, "body"),
    Kind.READING: (Reading, "title"),
}
NAMES = {Kind.PROSE: "paragraph", Kind.SESSION_NOTE: "session note"}
LONGEST_SHOWN = 60


class Known:
    """Texts of one kind, with the address of each in the desk."""

    def __init__(self, kind: Kind, texts: Iterable[tuple[str, str]]):
        self.name = NAMES.get(kind, str(kind))
        self.same: dict[str, str] = {}
        self.near = Likeness([])
        for text, link in texts:
            self.add(text, link)

    def add(self, text: str, link: str) -> None:
        self.same.setdefault(normal(text), link)
        self.near.add(text, link)

    def point_out(self, piece: Reviewed) -> None:
        """The same is left out unless the person says otherwise; what is nearly the same is theirs to judge."""
        link = self.same.get(normal(piece.text))
        if link:
            piece.reason, piece.link, piece.doubt = f"the same {self.name} is here already", link, ""
            piece.kind = Kind.LEFT_OUT
        elif near := self.near.to(piece.text):
            piece.doubt = f"{piece.doubt} This {self.name} is nearly the same as another one.".strip()
            piece.link, piece.sureness = near, "Not sure"


def point_out(review: Review, book: Book | None, writeup: WriteUp | None = None) -> None:
    """Looks at what the book and the write-up have, and at the pieces above."""
    known = {kind: Known(kind, texts_of(kind, book, writeup)) for kind in (*ROWS, *NAMES)}
    for number, piece in review.numbered:
        kind = piece.kind
        if kind in known and piece.text.strip():
            known[kind].point_out(piece)
            known[kind].add(piece.text, f"#piece-{number}")


def texts_of(kind: Kind, book: Book | None, writeup: WriteUp | None) -> Iterable[tuple[str, str]]:
    if kind in ROWS and book:
        model, name = ROWS[kind]
        return [(getattr(row, name), link_to(row)) for row in model.objects.filter(book=book)]
    if writeup and kind in NAMES:
        link = reverse("admin:meetups_writeup_change", args=[writeup.pk])
        notes = writeup.session_notes.values_list("text", flat=True) if kind == Kind.SESSION_NOTE else []
        return [(text, link) for text in notes or (writeup.body.split("\n\n") if kind == Kind.PROSE else [])]
    return []


def link_to(row: Item) -> str:
    return reverse(f"admin:books_{row._meta.model_name}_change", args=[row.pk])
