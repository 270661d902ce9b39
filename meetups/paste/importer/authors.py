"""Find the author of a write-up by name, or create one. An author's own data is never overwritten."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from bookclub.core.models import Club
from bookclub.core.slugs import unique_slug
from meetups.paste.importer.fuzzy_match import normalize_text
from meetups.paste.importer.report import Import, save_row
from meetups.paste.importer.text import join_prose, to_plain
from meetups.paste.pieces import Kind, Piece
from members.models import Author


def author_for(done: Import, given: Author | None = None) -> Author:
    if given:
        return take_given(done, given)
    piece = done.splitting.first(Kind.POSTED_BY) or done.splitting.first(Kind.AUTHOR_NAME)
    line = piece.first_line if piece else 1
    name = to_plain(piece.text) if piece else Club.objects.current().name
    if not piece:
        done.doubt(1, f"Nobody is named as its author; it is posted by “{name}”.")
    author = Author.objects.filter(name__iexact=name).order_by("pk").first()
    if author:
        done.found.append(f"the author {author.name}")
    else:
        slug = unique_slug(Author.objects.all(), name, fallback="author")
        author = done.keep(Author(name=name, slug=slug), line)
    describe_author(done, author)
    return author


def take_given(done: Import, author: Author) -> Author:
    done.found.append(f"the author {author.name}")
    for piece in done.splitting.of(Kind.POSTED_BY):
        if normalize_text(piece.text) != normalize_text(author.name):
            done.leave_out(piece, f"the write-up is posted by {author.name}, as chosen")
    describe_author(done, author)
    return author


def describe_author(done: Import, author: Author) -> None:
    """Fill the author's empty fields from the author box, if it is about this author."""
    box = [piece for piece in done.splitting.pieces if piece.kind in BOX]
    if author.pk and not done.may_change(author):
        leave_out_box(done, box, f"only an organiser changes what is told about {author.name}")
        return
    named = done.splitting.text_of(Kind.AUTHOR_NAME)
    if named and to_plain(named).casefold() != author.name.casefold():
        leave_out_box(done, box, f"it is about somebody else than {author.name}, who posted the write-up")
        return
    for kind, field in FIELDS.items():
        pieces = done.splitting.of(kind)
        if pieces:
            fill_missing(done, author, field, pieces)
    author.job_title = author.job_title or to_plain(done.splitting.fact("job") or "")
    save_row(author, box[0].first_line if box else 1)


def leave_out_box(done: Import, box: list[Piece], reason: str) -> None:
    for piece in [*done.splitting.of(Kind.AUTHOR_NAME), *box]:
        done.leave_out(piece, reason)


def fill_missing(done: Import, author: Author, field: str, pieces: list[Piece]) -> None:
    value, rest = value_of(field, pieces)
    old = getattr(author, field)
    if not old and value:
        setattr(author, field, value)
    else:
        rest = pieces if normalize_text(old) != normalize_text(value) else rest
    for piece in rest:
        done.leave_out(piece, f"{author.name} has {WORDS[field]} here already, which stays")


def value_of(field: str, pieces: list[Piece]) -> tuple[str, list[Piece]]:
    """Return the value of the field, and the pieces that don't fit into it."""
    if field == "bio":
        return join_prose([piece.text for piece in pieces]), []
    first, *rest = pieces
    if field == "email" and not is_email(first.text):
        return "", pieces
    return to_plain(first.text), rest


def is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


FIELDS = {Kind.AUTHOR_BIO: "bio", Kind.AUTHOR_PHONE: "phone", Kind.AUTHOR_EMAIL: "email"}
WORDS = {"bio": "a bio", "phone": "a phone number", "email": "an e-mail address"}
BOX = tuple(FIELDS)
