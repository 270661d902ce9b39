"""Atom feeds of what a visitor may see, whoever asks: feed readers sign in nowhere.

A feed is paged (RFC 5005, section 3): the newest entries at its own address, older ones at those that its links name.
The ids of feeds and entries come from the primary key, so they outlive a slug, and from the host that the club had first.
"""

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from html import escape, unescape
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.syndication.views import Feed
from django.core.paginator import Page
from django.db.models import OuterRef, Subquery
from django.utils.feedgenerator import Atom1Feed

from bookclub.core.models import Club
from bookclub.core.pagination import get_page
from bookclub.core.text import single_line, strip_controls

VISITOR = AnonymousUser()
PER_PAGE = 20
MAX_TITLE_LENGTH = 120
LINK = re.compile(r'\b(href|src)="([^"]*)"')
INVALID_XML_CHARACTERS = re.compile("[\ufffe\uffff]")
# The time of a feed without entries. It stays the same, so that nothing seems to have changed.
WITHOUT_ENTRIES = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class FeedPage:
    """The row that a feed is about, if there is one, and the requested page of entries."""

    name: str  # of the feed's URL pattern
    path: str
    club: Club
    row: Any
    page: Page

    def get_url(self, number=None):
        """Return the absolute URL of the page with this number, by default of this page."""
        number = number or self.page.number
        return f"{settings.SITE_URL}{self.path}{f'?page={number}' if number > 1 else ''}"

    @property
    def links(self):
        """Return {relation of RFC 5005: URL} of the existing pages."""
        page = self.page
        numbers = {
            "first": 1,
            "last": page.paginator.num_pages,
            "previous": page.number - 1,
            "next": page.number + 1 if page.has_next() else 0,
        }
        return {relation: self.get_url(number) for relation, number in numbers.items() if number}


@dataclass(frozen=True)
class Entry:
    row: Any
    club: Club

    @property
    def id(self):
        return build_id(self.club, self.row._meta.label_lower, self.row.pk)

    @property
    def url(self):
        return settings.SITE_URL + self.row.get_absolute_url()


class AtomFeed(Atom1Feed):
    """Atom 1.0 (RFC 4287) with whole entries and links to the feed's other pages."""

    def add_root_elements(self, handler):
        super().add_root_elements(handler)
        for relation, url in self.feed["page_links"].items():
            handler.addQuickElement("link", "", {"rel": relation, "href": url})

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item | {"description": None})
        handler.addQuickElement("content", item["description"], {"type": "html"})

    def latest_post_date(self):
        return super().latest_post_date() if self.items else WITHOUT_ENTRIES


class ClubFeed(Feed):
    """A feed. Subclasses have `get_rows(row)`, `title(feed_page)`, `link(feed_page)` and `get_content(entry)`.

    `get_rows` asks `visible_to(VISITOR)` and joins what an entry shows, so that it costs the same queries for any number
    of rows. A feed about one row has `find_row(slug)`.
    """

    feed_type = AtomFeed

    def __call__(self, request, *args, **kwargs):
        """Send the ETag alone: no time tells of a changed name, note or photo that an entry shows."""
        response = super().__call__(request, *args, **kwargs)
        del response.headers["Last-Modified"]
        return response

    def get_object(self, request, slug=None):
        row = self.find_row(slug) if slug else None
        page = get_page(self.get_rows(row), request.GET.get("page"), per_page=PER_PAGE)
        return FeedPage(request.resolver_match.view_name, request.path, request.club, row, page)

    def items(self, feed_page):
        return [Entry(row, feed_page.club) for row in self.load_rows(list(feed_page.page), feed_page.row)]

    def load_rows(self, rows, about):
        """Return the rows of the entries for a page of `get_rows(about)`. By default these are the same."""
        return rows

    def author_name(self, feed_page):
        return clean_xml_line(feed_page.club.name)

    def feed_guid(self, feed_page):
        return build_id(feed_page.club, feed_page.name, feed_page.row.pk if feed_page.row else 0)

    def feed_url(self, feed_page):
        return feed_page.get_url()

    def feed_extra_kwargs(self, feed_page):
        return {"page_links": feed_page.links}

    def get_title(self, row):
        return row

    def item_title(self, entry):
        return clean_xml_line(self.get_title(entry.row))

    def item_description(self, entry):
        return clean_xml(make_links_absolute(self.get_content(entry), entry.url))

    def item_link(self, entry):
        return entry.url

    def item_guid(self, entry):
        return entry.id

    def item_pubdate(self, entry):
        return entry.row.published_at

    def item_updateddate(self, entry):
        """Return the later of publication and last change: see `with_changed_at`."""
        published_at = entry.row.published_at
        return max(published_at, getattr(entry.row, "changed_at", None) or published_at)


def build_id(club, kind, pk):
    return uuid.uuid5(uuid.NAMESPACE_URL, f"https://{club.lasting_host}/{kind}/{pk}").urn


def with_changed_at(rows):
    """Annotate `changed_at`: the time of the last revision in the row's history."""
    revisions = rows.model.history.filter(id=OuterRef("pk")).order_by("-history_id")
    return rows.annotate(changed_at=Subquery(revisions.values("history_date")[:1]))


def make_links_absolute(html, url):
    """Resolve the links and pictures of `html`, which stands at `url`."""
    return LINK.sub(lambda found: f'{found[1]}="{escape(urljoin(url, unescape(found[2])))}"', html)


def clean_xml(text):
    """Return `text` without characters that XML can't have."""
    return INVALID_XML_CHARACTERS.sub("", strip_controls(str(text)))


def clean_xml_line(text):
    return clean_xml(single_line(text, MAX_TITLE_LENGTH))
