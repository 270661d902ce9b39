"""The books of a world, in every state, each with items in every state."""

import datetime as dt

from django.utils import timezone

from books.models import Book, Contribution, Contributor, Note, Question, Quote, Reading, Term
from tests.access.roles import AUTHOR, AUTHORS, EVERYBODY, MEMBERS, NOBODY, OTHER_AUTHOR

ITEMS = [Note, Term, Question, Quote, Reading]
AUDIENCE_OF_STATE = {"draft": NOBODY, "scheduled": NOBODY, "members": MEMBERS, "public": EVERYBODY}
# {name: (state, owner)}: an author owns the book that they write about, and one that they added.
BOOKS = {
    "public": ("public", {AUTHOR}),
    "members": ("members", {AUTHOR}),
    "scheduled": ("scheduled", NOBODY),
    "author's draft": ("draft", {AUTHOR}),
    "author's addition": ("draft", {AUTHOR}),
    "other author's draft": ("draft", {OTHER_AUTHOR}),
    "next meetup's draft": ("draft", NOBODY),
    "previewed": ("draft", {"preview"}),
    "deleted": ("draft", NOBODY),
}


def publication(state):
    """Return the fields of a publishable row in this state."""
    moments = {
        "draft": None,
        "scheduled": timezone.now() + dt.timedelta(days=3),
        "members": timezone.now() - dt.timedelta(days=2),
        "public": timezone.now() - dt.timedelta(days=2),
    }
    return {"published_at": moments[state], "audience": "members" if state == "members" else "public"}


def add_books(world):
    """Add the books of BOOKS as `world.books`, with contributors and items."""
    world.books = {name: add_book(world, name, *rest) for name, rest in BOOKS.items()}
    hidden, public = world.books["next meetup's draft"], world.books["public"]
    about_hidden = {"book": public, "known_book": hidden, "title": "", **publication("public")}
    world.add(Reading, "about a hidden book", seen_by=EVERYBODY, owner={AUTHOR}, **about_hidden)
    draft_term = next(term for term in world.rows[Term] if term.book == public and term.state == "draft")
    about_it = {"book": public, "term": draft_term, **publication("public")}
    world.add(Question, "about a draft term", seen_by=EVERYBODY, owner={AUTHOR}, **about_it)
    added = world.books["author's addition"]
    Book.history.filter(id=added.pk).update(history_user=world.people[AUTHOR])
    world.delete(next(note for note in world.rows[Note] if note.book == public and note.state == "draft"))
    world.delete(world.books["deleted"])


def add_book(world, name, state, owner):
    seen_by = AUDIENCE_OF_STATE[state]
    cover = world.picture("covers") if state in {"draft", "public"} else ""
    book = world.add(Book, name, seen_by=seen_by, owner=owner, cover=cover, **publication(state))
    # Authors choose from all contributors.
    person = world.add(Contributor, f"of the {name} book", seen_by=seen_by | AUTHORS, owner=owner)
    world.add(Contribution, book=book, contributor=person)
    # A hidden book hides all of its items: two states are enough.
    states = AUDIENCE_OF_STATE if state in {"public", "members"} else ["draft", "public"]
    for item_state in states:
        for model in ITEMS:
            item_seen_by = AUDIENCE_OF_STATE[item_state] & seen_by
            fields = {"book": book, **publication(item_state)}
            world.add(model, f"{item_state} in the {name} book", seen_by=item_seen_by, owner=owner, **fields)
    return book
