"""What can be cited of the book: notes, terms, questions, quotes, readings, each once."""

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from books.models import Book, Item, Note, Question, Quote, Reading, Term
from meetups.splitting import Kind, Piece
from meetups.splitting.headings import term_in

from .likeness import Likeness, normal
from .report import Import, link_to
from .text import plain, to_line, to_markdown

QUOTATION_MARKS = "“”„\"‘’'«» "


class Rows:
    """The rows of one kind that a book has, to which new ones are added once."""

    def __init__(self, done: Import, book: Book, model: type[Item], *words: str):
        """`words` name the fields in which two rows that are the same agree."""
        self.done, self.words = done, words
        self.rows = list(model.objects.filter(book=book))
        self.known = {self.key(row): row for row in self.rows}
        self.last = max((row.position for row in self.rows), default=0)

    def key(self, row: Item) -> tuple:
        values = (getattr(row, name) for name in self.words)
        return tuple(normal(value) if isinstance(value, str) else value for value in values)

    def add(self, row: Item, piece: Piece) -> Item:
        """The row, new; or the one of the same words that is there, which leaves the piece out."""
        same = self.known.get(self.key(row))
        if same:
            self.done.leave_out(piece, f"the same {row._meta.verbose_name} is here already: {link_to(same)}")
            return same
        self.last += 1
        row.position = self.last
        self.known[self.key(row)] = row
        return self.done.keep(row, piece.first_line)


def add_items(done: Import, book: Book) -> None:
    notes, readings = Rows(done, book, Note, "heading", "body"), Rows(done, book, Reading, "title", "by", "url", "why")
    for piece in done.splitting.notes:
        notes.add(note_of(book, piece), piece)
    add_terms_and_questions(done, book)
    add_quotes(done, book)
    for piece in done.splitting.of(Kind.READING):
        readings.add(reading_of(book, piece), piece)


def add_terms_and_questions(done: Import, book: Book) -> None:
    """In the order of the text: a question may hang on the term above it."""
    terms = Rows(done, book, Term, "heading", "definition")
    questions = Rows(done, book, Question, "text", "is_quotation")
    term = None
    for piece in done.splitting.pieces:
        if piece.kind == Kind.TERM:
            term = terms.add(term_of(book, piece), piece)
        elif piece.kind == Kind.QUESTION:
            questions.add(question_of(book, piece, term if piece.hangs_on_term else None), piece)


def add_quotes(done: Import, book: Book) -> None:
    """Lists those that are nearly the same as another."""
    quotes = Rows(done, book, Quote, "text")
    near = Likeness((quote.text, link_to(quote)) for quote in quotes.rows)
    for piece in done.splitting.of(Kind.QUOTE):
        quote = quote_of(book, piece)
        if quotes.key(quote) not in quotes.known:
            if place := near.to(quote.text):
                done.doubt(piece.first_line, f"This quote is nearly the same as another one: {place}")
            near.add(quote.text, f"line {piece.first_line}")
        quotes.add(quote, piece)


def note_of(book: Book, piece: Piece) -> Note:
    heading = {"heading": plain(piece.heading)} if piece.heading else {}
    return Note(book=book, body=to_markdown(piece.blocks), **heading)


def term_of(book: Book, piece: Piece) -> Term:
    return Term(
        book=book,
        heading=plain(piece.heading),
        headword=plain(term_in(piece.heading) or piece.heading).strip(QUOTATION_MARKS)[:80],
        definition=to_markdown(piece.blocks),
        source=source_of(piece),
        emphasis_note=plain(piece.emphasis),
    )


def question_of(book: Book, piece: Piece, term: Term | None) -> Question:
    return Question(
        book=book,
        term=term,
        text=to_line(piece),
        lead_word=plain(piece.lead_word),
        is_quotation=piece.is_quotation,
        source=source_of(piece),
    )


def quote_of(book: Book, piece: Piece) -> Quote:
    locator, written_by = plain(piece.locator), plain(piece.attribution)
    return Quote(book=book, text=to_line(piece), locator=locator, written_by=written_by)


def source_of(piece: Piece) -> str:
    return ", ".join(plain(part) for part in (piece.attribution, piece.locator) if part)


def reading_of(book: Book, piece: Piece) -> Reading:
    """An address that is none a browser can open stands in the title, as does one without a title."""
    url = piece.url if is_url(piece.url) else ""
    title = plain(piece.text) if url and piece.text else plain(f"{piece.text} {piece.url}")
    return Reading(book=book, title=title, by=plain(piece.attribution), url=url, why=plain(piece.why))


def is_url(text: str) -> bool:
    try:
        URLValidator(schemes=["http", "https"])(text)
    except ValidationError:
        return False
    return True
