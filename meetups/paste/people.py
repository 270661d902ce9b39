"""Point out the people whom a pasted text names to everybody, before it is saved."""

from meetups.paste.pieces import PUBLIC, Kind
from meetups.paste.review import Review
from meetups.person_names import find_people, list_names

MAX_SEARCHED = 200_000  # characters; 64,000 take some 0.2 s
ONLY_THE_BEGINNING = "Names of people were looked for in the first 200,000 characters alone."


def point_out_people(review: Review) -> None:
    """Note on each piece that readers see which people it names; the writer and who made the book don't count."""
    public = [piece for piece in review.pieces if piece.kind in PUBLIC]
    spans, whole = [], ""
    for piece in public:
        mark = "- " if piece.kind == Kind.SESSION_NOTE else ""  # “We should read more – Nadia” is read as an item
        words = mark + "\n".join(filter(None, (piece.heading, piece.words)))
        spans.append((len(whole), len(whole) + len(words), piece))
        whole += f"{words}\n\n"
    if len(whole) > MAX_SEARCHED:
        review.reports.append(ONLY_THE_BEGINNING)
    known = [piece.who for piece in review.pieces if piece.kind == Kind.SESSION_NOTE and piece.who]
    found = sorted(
        find_people(whole[:MAX_SEARCHED], known=known, not_people=not_of_the_club(review)), key=lambda one: one.start
    )
    place = 0
    for start, end, piece in spans:
        inside = []
        while place < len(found) and found[place].start < end:
            inside += [found[place]] if found[place].start >= start else []
            place += 1
        piece.people = list_names(inside)


def not_of_the_club(review: Review) -> list[str]:
    """Return the names of the writer, of who made the book, and its title."""
    kinds = (Kind.POSTED_BY, Kind.AUTHOR_NAME, Kind.BOOK, Kind.CONTRIBUTORS)
    names = [piece.text for piece in review.pieces if piece.kind in kinds]
    made_by = [person.name for person in review.facts.get("contributors") or ()]
    return [*names, *made_by, *filter(None, [review.facts.get("book")])]
