"""Searchable models of meetups and write-ups, without the names on session notes and without private addresses."""

from django.utils.formats import date_format

from bookclub.search.entries import html_to_words
from bookclub.search.registry import Dependency, Document, Searchable
from meetups.models import Meetup, SessionNote, Venue, WriteUp
from meetups.placement import without_placeholders
from members.models import Author


def build_writeup_document(writeup):
    texts = [writeup.standfirst, html_to_words(without_placeholders(writeup.body_html)), writeup.pull_quote]
    return Document(writeup.get_absolute_url(), writeup.title, " ".join(filter(None, texts)), writeup.author.name)


def build_session_note_document(note):
    path = f"{note.writeup.get_absolute_url()}#{note.anchor}"
    return Document(path, text=html_to_words(note.text_html), source=note.writeup.title)


def build_meetup_document(meetup):
    """Return the Document, with the place as a visitor may see it."""
    place = meetup.place
    day = date_format(meetup.date, "l j F Y") if meetup.date else "A date to be announced"
    where = [place.name, place.address, place.room] if place else []
    texts = [meetup.standfirst, html_to_words(meetup.about_html), meetup.cost, meetup.cancellation_reason]
    return Document(meetup.get_absolute_url(), day, " ".join(filter(None, [*texts, ", ".join(filter(None, where))])))


SEARCHABLES = [
    Searchable(
        WriteUp,
        "write-up",
        ("title", "slug", "standfirst", "body_html", "pull_quote", "author"),
        rows=lambda: WriteUp.objects.select_related("author"),
        build_document=build_writeup_document,
        visible_to=WriteUp.objects.visible_to,
        dependencies=(Dependency(Author, ("name",), via="author"),),
        book="book",
        day="published_at",
    ),
    Searchable(
        SessionNote,
        "session-note",
        ("writeup", "text_html"),
        rows=lambda: SessionNote.objects.select_related("writeup"),
        build_document=build_session_note_document,
        visible_to=SessionNote.objects.visible_to,
        dependencies=(Dependency(WriteUp, ("title", "slug"), via="writeup"),),
        book="writeup__book",
        day="writeup__published_at",
    ),
    Searchable(
        Meetup,
        "meetup",
        ("date", "slug", "standfirst", "about_html", "cost", "cancellation_reason", "venue", "room"),
        rows=lambda: Meetup.objects.select_related("venue"),
        build_document=build_meetup_document,
        visible_to=Meetup.objects.visible_to,
        dependencies=(Dependency(Venue, ("name", "area", "address", "is_private"), via="venue"),),
        book="book",
        day="date",
    ),
]
