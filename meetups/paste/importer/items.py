"""Add notes, terms, questions, quotes and readings to a book, without duplicates of what it has already."""

from dataclasses import replace

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from books.models import Book, Item, Note, Question, Quote, Reading, Term
from meetups.paste.importer.fuzzy_match import SimilarTexts, normalize_text
from meetups.paste.importer.report import Import, link_to
from meetups.paste.importer.text import join_prose, to_plain
from meetups.paste.parser.headings import term_in
from meetups.paste.pieces import Kind, Piece, Splitting

QUOTATION_MARKS = "“”„\"‘’'«» "


class UniqueRows:
    """A book's rows of one model; adds new ones unless they exist."""

    def __init__(self, done: Import, book: Book, model: type[Item], *words: str):
        """`words` are the fields that make two rows equal."""
        self.done, self.words = done, words
        self.rows = list(model.objects.filter(book=book))
        self.known = {self.key(row): row for row in self.rows}  # before this import: nothing of one text is a duplicate
        self.last = max((row.position for row in self.rows), default=0)

    def key(self, row: Item) -> tuple:
        values = (getattr(row, name) for name in self.words)
        return tuple(normalize_text(value) if isinstance(value, str) else value for value in values)

    def add(self, row: Item, piece: Piece) -> Item:
        """Save and return the row; if there is an equal one, return that and leave the piece out."""
        same = self.known.get(self.key(row))
        if same:
            self.done.leave_out(piece, f"the same {row._meta.verbose_name} is here already: {link_to(same)}")
            return same
        self.last += 1
        row.position = self.last
        return self.done.keep(row, piece.first_line)


def add_items(done: Import, book: Book) -> None:
    notes, readings = (
        UniqueRows(done, book, Note, "heading", "body"),
        UniqueRows(done, book, Reading, "title", "by", "url", "why"),
    )
    for piece in notes_in(done.splitting):
        notes.add(note_of(book, piece), piece)
    add_terms_and_questions(done, book)
    add_quotes(done, book)
    for piece in done.splitting.of(Kind.READING):
        readings.add(reading_of(book, piece), piece)


def notes_in(splitting: Splitting) -> list[Piece]:
    """Return one piece per heading with the text of those below it, even if something left out stood between them."""
    notes: list[Piece] = []
    for piece in splitting.of(Kind.NOTE):
        if piece.heading or not notes:
            notes.append(replace(piece))
        else:
            notes[-1].text = join_prose([notes[-1].text, piece.text])
    return notes


def add_terms_and_questions(done: Import, book: Book) -> None:
    """Add them in the order of the text: a question may belong to the term above it."""
    terms = UniqueRows(done, book, Term, "heading", "definition")
    questions = UniqueRows(done, book, Question, "text", "is_quotation")
    term = None
    for piece in done.splitting.pieces:
        if piece.kind == Kind.TERM:
            term = terms.add(term_of(book, piece), piece)
        elif piece.kind == Kind.QUESTION:
            questions.add(question_of(book, piece, term if piece.hangs_on_term else None), piece)


def add_quotes(done: Import, book: Book) -> None:
    """Add quotes; report those that are similar to another one."""
    quotes = UniqueRows(done, book, Quote, "text")
    near = SimilarTexts((quote.text, link_to(quote)) for quote in quotes.rows)
    for piece in done.splitting.of(Kind.QUOTE):
        quote = quote_of(book, piece)
        if quotes.key(quote) not in quotes.known:
            if place := near.to(quote.text):
                done.doubt(piece.first_line, f"This quote is nearly the same as another one: {place}")
            near.add(quote.text, f"line {piece.first_line}")
        quotes.add(quote, piece)


def note_of(book: Book, piece: Piece) -> Note:
    heading = {"heading": to_plain(piece.heading)} if piece.heading else {}
    return Note(book=book, body=piece.text, **heading)


def term_of(book: Book, piece: Piece) -> Term:
    return Term(
        book=book,
        heading=to_plain(piece.heading),
        headword=to_plain(term_in(piece.heading) or piece.heading).strip(QUOTATION_MARKS)[:80],
        definition=piece.text,
        source=source_of(piece),
        emphasis_note=to_plain(piece.why),
    )


def question_of(book: Book, piece: Piece, term: Term | None) -> Question:
    return Question(
        book=book,
        term=term,
        text=piece.text,
        lead_word=to_plain(piece.heading),
        is_quotation=piece.is_quotation,
        source=source_of(piece),
    )


def quote_of(book: Book, piece: Piece) -> Quote:
    locator, written_by = to_plain(piece.where), to_plain(piece.who)
    return Quote(book=book, text=piece.text, locator=locator, written_by=written_by)


def source_of(piece: Piece) -> str:
    return ", ".join(to_plain(part) for part in (piece.who, piece.where) if part)


def reading_of(book: Book, piece: Piece) -> Reading:
    """Without a title, or if it is not a URL that a browser can open, the URL goes into the title."""
    url = piece.where if is_url(piece.where) else ""
    title = to_plain(piece.text) if url and piece.text else to_plain(f"{piece.text} {piece.where}")
    return Reading(book=book, title=title, by=to_plain(piece.who), url=url, why=to_plain(piece.why))


def is_url(text: str) -> bool:
    try:
        URLValidator(schemes=["http", "https"])(text)
    except ValidationError:
        return False
    return True
