"""The content of a letter, made from the chosen parts and typed texts; the same for all readers, except for two links."""

import re
from dataclasses import dataclass
from html import escape, unescape

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from bookclub.core.models import Club
from bookclub.mail.html_to_text import absolute_url
from bookclub.mail.rendering import render_mail

# Stands where each reader's own token goes, and is as long; no address that anybody types looks like it.
TOKEN_PLACEHOLDER = "0000-each-reader-has-a-token-of-their-own-0000"[:43]
HREF = re.compile(r'href="([^"]*)"')


@dataclass(frozen=True)
class RenderedIssue:
    """`body` is what the archive shows: the words without the mail around them."""

    subject: str
    text: str
    html: str
    body: str = ""

    def for_reader(self, token):
        """The same letter with the links of the reader whose token it is."""
        return RenderedIssue(
            self.subject, self.text.replace(TOKEN_PLACEHOLDER, token), self.html.replace(TOKEN_PLACEHOLDER, token)
        )

    def contains(self, pattern):
        """Return whether there is something in it that the regular expression matches."""
        return any(re.search(pattern, part) for part in (self.subject, self.text, self.html))


def measure_mail_bytes(letter) -> int:
    """Bytes of the mail as it goes out: encoded, with some headers more than these."""
    message = EmailMultiAlternatives(letter.subject, letter.text, settings.DEFAULT_FROM_EMAIL, ["reader@example.org"])
    message.attach_alternative(letter.html, "text/html")
    return len(message.message().as_bytes())


def render_issue(issue) -> RenderedIssue:
    """The letter as it would be sent now, with what the public may see of what was chosen. Some ten queries."""
    parts = get_issue_context(issue)
    with timezone.override(Club.objects.current().zone):
        body = render_to_string("newsletter/_issue_body.html", parts)
    words = render_mail("newsletter/email/issue", parts | {"now": timezone.now(), "token": TOKEN_PLACEHOLDER})
    return RenderedIssue(words["subject"], words["text"], make_links_absolute(words["html"]), body)


def get_issue_context(issue, reader=None):
    """Return the template context of the letter as `reader`, by default a visitor, may see it."""
    reader = reader or AnonymousUser()
    return {
        "issue": issue,
        "writeup": get_visible(issue, "writeup", reader),
        "quote": get_visible(issue, "quote", reader),
        "questions": issue.questions.visible_to(reader).order_by("position", "pk") if issue.pk else [],
        "meetup": get_visible(issue, "meetup", reader),
    }


def get_visible(issue, name, reader):
    """The row that `issue` names, where `reader` may see it; else None."""
    model = issue._meta.get_field(name).related_model
    rows = model.objects.visible_to(reader)
    rows = rows.for_cards(reader) if hasattr(rows, "for_cards") else rows.select_related("book")
    return rows.filter(pk=getattr(issue, f"{name}_id")).first()


def make_links_absolute(html):
    """A mail has no page that an address could be relative to."""
    return HREF.sub(lambda found: f'href="{escape(absolute_url(unescape(found[1])))}"', html)
