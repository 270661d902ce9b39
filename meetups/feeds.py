"""The feeds of write-ups, of meetups, of one book and of one author."""

from django.conf import settings
from django.db.models import Value
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse

from bookclub.core.feeds import VISITOR, ClubFeed, clean_xml_line, with_changed_at
from books.feeds import render_item
from books.models import ITEMS, Book, Reading
from meetups.models import Meetup, WriteUp
from meetups.placement import arrange_body
from members.models import Author


def fetch_writeups():
    """Return the write-ups that a visitor may see, with all that their entries show."""
    return with_changed_at(WriteUp.objects.visible_to(VISITOR)).for_page(VISITOR).with_session_notes().newest_first()


def render_writeup(entry):
    """Return the whole text of a write-up: prose with photos and pull quote, and the points of the table."""
    writeup, club = entry.row, entry.club
    notes = [{"html": note.text_html, "name": note.name_for(VISITOR, club)} for note in writeup.session_notes.all()]
    parts = arrange_body(writeup.body_html, writeup.photos.all(), writeup.pull_quote or club.motto)
    context = {"writeup": writeup, "body_parts": parts, "session_notes": notes}
    return render_to_string("meetups/_feed_writeup.html", context)


class WriteUpFeed(ClubFeed):
    """The write-ups, newest first, each with its whole text."""

    def get_rows(self, row):
        return fetch_writeups()

    def title(self, feed_page):
        return clean_xml_line(f"Write-ups: {feed_page.club.name}")

    def link(self, feed_page):
        return settings.SITE_URL + reverse("meetups:writeup_list")

    def get_content(self, entry):
        return render_writeup(entry)

    def item_author_name(self, entry):
        return clean_xml_line(entry.row.author.name)


class AuthorFeed(WriteUpFeed):
    """The write-ups of one author."""

    def find_row(self, slug):
        return get_object_or_404(Author.objects.visible_to(VISITOR), slug=slug)

    def get_rows(self, author):
        return fetch_writeups().filter(author=author)

    def title(self, feed_page):
        return clean_xml_line(f"{feed_page.row.name}: {feed_page.club.name}")

    def link(self, feed_page):
        return settings.SITE_URL + feed_page.row.get_absolute_url()


class MeetupFeed(ClubFeed):
    """The meetups in the order in which they were announced."""

    def get_rows(self, row):
        meetups = Meetup.objects.visible_to(VISITOR).with_place_for(VISITOR).select_visible(VISITOR, "book")
        return meetups.order_by("-published_at", "-pk")

    def title(self, feed_page):
        return clean_xml_line(f"Meetups: {feed_page.club.name}")

    def link(self, feed_page):
        return settings.SITE_URL + reverse("meetups:list")

    def get_title(self, meetup):
        return f"Cancelled: {meetup}" if meetup.cancelled_at else meetup

    def get_content(self, entry):
        return render_to_string("meetups/_feed_meetup.html", {"meetup": entry.row})


class BookFeed(ClubFeed):
    """The latest items of a book (notes, terms, questions, quotes, readings) and the write-ups about it."""

    def find_row(self, slug):
        return get_object_or_404(Book.objects.visible_to(VISITOR), slug=slug)

    def get_rows(self, book):
        """Return {"kind", "id", "published_at"} of each row, as one query over all kinds."""
        first, *others = [
            model.objects.visible_to(VISITOR)
            .filter(book=book)
            .order_by()
            .annotate(kind=Value(model._meta.model_name))
            .values("kind", "id", "published_at")
            for model in (WriteUp, *ITEMS)
        ]
        return first.union(*others, all=True).order_by("-published_at", "kind", "-id")

    def load_rows(self, rows, book):
        found = {}
        for model in (WriteUp, *ITEMS):
            kind = model._meta.model_name
            keys = [row["id"] for row in rows if row["kind"] == kind]
            found |= {(kind, row.pk): row for row in self.fetch_entries(model).filter(pk__in=keys)}
        # A row that was taken back since `get_rows` is missing.
        return [found[key] for row in rows if (key := (row["kind"], row["id"])) in found]

    def fetch_entries(self, model):
        if model is WriteUp:
            return fetch_writeups()
        items = with_changed_at(model.objects.visible_to(VISITOR)).select_related("book")
        return items.select_visible(VISITOR, "known_book") if model is Reading else items

    def title(self, feed_page):
        return clean_xml_line(f"{feed_page.row}: {feed_page.club.name}")

    def link(self, feed_page):
        return settings.SITE_URL + feed_page.row.get_absolute_url()

    def get_title(self, row):
        return row if isinstance(row, WriteUp) else f"{row._meta.verbose_name.capitalize()}: {row}"

    def get_content(self, entry):
        return render_writeup(entry) if isinstance(entry.row, WriteUp) else render_item(entry.row)
