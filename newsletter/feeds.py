"""The feed of the issues in the archive."""

from django.conf import settings
from django.urls import reverse

from bookclub.core.feeds import VISITOR, ClubFeed, clean_xml_line
from newsletter.models import Issue


class LetterFeed(ClubFeed):
    """The sent letters as the archive shows them to everybody."""

    def get_rows(self, row):
        return Issue.objects.sent().visible_to(VISITOR).newest_first()

    def title(self, feed_page):
        return clean_xml_line(f"Letters: {feed_page.club.name}")

    def link(self, feed_page):
        return settings.SITE_URL + reverse("newsletter:issue_list")

    def get_title(self, issue):
        return issue.frozen_subject or issue.subject

    def get_content(self, entry):
        return entry.row.frozen_body
