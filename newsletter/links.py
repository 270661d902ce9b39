"""Where the links of a letter lead: for who is no member, as a letter goes to everybody."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import Resolver404, resolve

from bookclub.addresses import OldAddress
from bookclub.plain import whole
from books.models import Book, Quote
from meetups.models import Meetup, WriteUp
from members.models import Author
from newsletter.letter import HREF
from newsletter.models import Issue

# What stands behind an address of ours: a queryset and the name of the field in it.
PAGES = {
    "meetups:writeup": (WriteUp, "slug"),
    "meetups:detail": (Meetup, "slug"),
    "books:detail": (Book, "slug"),
    "books:quote": (Quote, "pk"),
    "members:author": (Author, "slug"),
    "newsletter:issue": (Issue, "number"),
}
# An address that is somebody's own key to what stands behind it.
SECRET = {
    "meetups:preview", "meetups:member_calendar", "newsletter:confirm", "newsletter:leave", "newsletter:manage",
    "newsletter:come_back",
}  # fmt: skip
CLOSED = ("/admin/", "/members/")
BARE = re.compile(r"(?<![(<\"])\bhttps?://[^\s)>\]]+", re.IGNORECASE)
AFTER = ".,;:!?…’”'\""  # the sentence that an address ends, and not the address


def own_paths(issue) -> Iterator[str]:
    """The pages of ours that what was typed leads to, by a link or by an address that stands there."""
    linked = HREF.findall(f"{issue.introduction_html}{issue.closing_html}")
    bare = [each.rstrip(AFTER) for each in BARE.findall(f"{issue.introduction}\n{issue.closing}")]
    for address in dict.fromkeys([*map(unescape, linked), *bare]):
        try:
            parts = urlsplit(whole(address))
        except ValueError:  # it only looks like an address
            continue
        if f"{parts.scheme}://{parts.netloc}".lower() == settings.SITE_URL.lower():
            yield parts.path or "/"


def leads_somewhere(path: str) -> bool:
    """Whether a visitor finds something there. Up to three queries."""
    try:
        match = resolve(path)
    except Resolver404:
        return False
    if match.view_name in SECRET or path.startswith(CLOSED):
        return False
    if match.view_name not in PAGES:
        return True
    visitor, (model, name) = AnonymousUser(), PAGES[match.view_name]
    if model.objects.visible_to(visitor).filter(**{name: next(iter(match.kwargs.values()))}).exists():
        return True
    moved = OldAddress.objects.filter(path=path).first()
    return bool(moved and moved.address_for(visitor))
