from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from books.models import Book, Quote
from meetups.models import Meetup, WriteUp
from members.models import Author
from newsletter.models import Issue

VISITOR = AnonymousUser()


class ClubSitemap(Sitemap):
    """Public pages, with URLs from SITE_URL instead of the request's host."""

    protocol = urlsplit(settings.SITE_URL).scheme
    limit = 5_000

    def get_domain(self, site=None):
        return urlsplit(settings.SITE_URL).netloc


class Lists(ClubSitemap):
    def items(self):
        return [
            "home",
            "meetups:writeup_list",
            "meetups:list",
            "books:list",
            "books:quotes",
            "newsletter:issue_list",
            "privacy",
        ]

    def location(self, item):
        return reverse(item)


class Published(ClubSitemap):
    def __init__(self, model):
        self.model = model

    def items(self):
        return self.model.objects.visible_to(VISITOR).order_by("pk")

    def lastmod(self, item):
        return item.published_at


class Authors(ClubSitemap):
    def items(self):
        return Author.objects.visible_to(VISITOR).order_by("pk")


SITEMAPS = {
    "pages": Lists(),
    "write-ups": Published(WriteUp),
    "meetups": Published(Meetup),
    "books": Published(Book),
    "quotes": Published(Quote),
    "people": Authors(),
    "letters": Published(Issue),
}
