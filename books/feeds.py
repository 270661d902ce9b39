"""The feed of quotes, and the content of an entry for any item of a book."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from bookclub.core.feeds import VISITOR, ClubFeed, clean_xml_line, with_changed_at
from books.models import Quote


class QuoteFeed(ClubFeed):
    """The latest quotes of all books."""

    def get_rows(self, row):
        return with_changed_at(Quote.objects.visible_to(VISITOR)).by_book().order_by("-published_at", "-pk")

    def title(self, feed_page):
        return clean_xml_line(f"Quotes: {feed_page.club.name}")

    def link(self, feed_page):
        return settings.SITE_URL + reverse("books:quotes")

    def get_title(self, quote):
        return f"“{quote}” – {quote.book}"

    def get_content(self, entry):
        return render_item(entry.row)


def render_item(item) -> str:
    """Return the HTML of a note, term, question, quote or reading. A reading needs `select_visible(…, "known_book")`."""
    return render_to_string("books/_feed_item.html", {"item": item, "kind": item._meta.model_name})
