"""What a letter says: put together from what was chosen and typed, the same for everybody but for two links."""

import re
from dataclasses import dataclass
from html import escape, unescape

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from bookclub.compose import compose
from bookclub.models import Club
from bookclub.plain import as_text, whole

# Stands where each reader's own token goes, and is as long; no address that anybody types looks like it.
TOKEN = "0000-each-reader-has-a-token-of-their-own-0000"[:43]
HREF = re.compile(r'href="([^"]*)"')
CLIPPED_BYTES, LARGE_BYTES = 102_000, 90_000  # where Gmail cuts a mail off, and where we say so


@dataclass(frozen=True)
class Letter:
    """`body` is what the archive shows: the words without the mail around them."""

    subject: str
    text: str
    html: str
    body: str = ""

    def for_reader(self, token):
        """The same letter with the links of the reader whose token it is."""
        return Letter(self.subject, self.text.replace(TOKEN, token), self.html.replace(TOKEN, token))

    def holds(self, pattern):
        """Whether there is something in it that the regular expression matches."""
        return any(re.search(pattern, part) for part in (self.subject, self.text, self.html))


def weight_of(letter) -> int:
    """Bytes of the mail as it goes out: encoded, with some headers more than these."""
    message = EmailMultiAlternatives(letter.subject, letter.text, settings.DEFAULT_FROM_EMAIL, ["reader@example.org"])
    message.attach_alternative(letter.html, "text/html")
    return len(message.message().as_bytes())


def put_together(issue) -> Letter:
    """The letter as it would be sent now, with what the public may see of what was chosen. Some ten queries."""
    parts = parts_of(issue)
    with timezone.override(Club.objects.current().zone):
        body = render_to_string("newsletter/_letter.html", parts)
    words = compose("newsletter/email/letter", parts | {"now": timezone.now(), "words": as_text(body), "token": TOKEN})
    return Letter(words["subject"], words["text"], with_whole_addresses(words["html"]), body)


def parts_of(issue, reader=None):
    """What the letter prints of the club; `reader` is a visitor where none is given."""
    reader = reader or AnonymousUser()
    return {
        "issue": issue,
        "writeup": visible(issue, "writeup", reader),
        "quote": visible(issue, "quote", reader),
        "questions": issue.questions.visible_to(reader).order_by("position", "pk") if issue.pk else [],
        "meetup": visible(issue, "meetup", reader),
    }


def visible(issue, name, reader):
    """The row that `issue` names, where `reader` may see it; else None."""
    model = issue._meta.get_field(name).related_model
    rows = model.objects.visible_to(reader)
    rows = rows.for_cards(reader) if hasattr(rows, "for_cards") else rows.select_related("book")
    return rows.filter(pk=getattr(issue, f"{name}_id")).first()


def with_whole_addresses(html):
    """A mail has no page that an address could be relative to."""
    return HREF.sub(lambda found: f'href="{escape(whole(unescape(found[1])))}"', html)
