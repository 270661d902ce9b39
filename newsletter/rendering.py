"""Render an issue from its chosen parts and typed texts; all deliveries are equal except for the token in links."""

import re
from dataclasses import dataclass
from html import escape

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from bookclub.core.models import Club
from bookclub.mail.rendering import make_links_absolute, render_mail

# Replaced by each subscriber's token, and of the same length; no typed URL contains it.
TOKEN_PLACEHOLDER = "0000-each-reader-has-a-token-of-their-own-0000"[:43]
# Stands where a letter greets its reader by name. Without a name its paragraph is taken out.
GREETING_PLACEHOLDER = "0000-greeting-of-the-reader-0000"
# Stands where a letter says why its reader gets it.
REASON_PLACEHOLDER = "0000-reason-of-the-reader-0000"
GREETING_IN_HTML = re.compile(rf"<p[^>]*>{GREETING_PLACEHOLDER}</p>\n?")
GREETING_IN_TEXT = re.compile(rf"^{GREETING_PLACEHOLDER}\n\n?", re.MULTILINE)


@dataclass(frozen=True)
class RenderedIssue:
    """The texts of a mail; `body` is the HTML that the archive shows, without header and foot of the mail."""

    subject: str
    text: str
    html: str
    body: str = ""

    def for_reader(self, token, reason, name=""):
        """Return a copy with the links of the subscriber with this token, the reason why they get it (“you asked …”), and
        a greeting if they have a name.
        """
        text, html = (
            part.replace(TOKEN_PLACEHOLDER, token).replace(REASON_PLACEHOLDER, reason)
            for part in (self.text, self.html)
        )
        if name:
            text = text.replace(GREETING_PLACEHOLDER, f"Dear {name},")
            html = html.replace(GREETING_PLACEHOLDER, f"Dear <bdi>{escape(name)}</bdi>,")
        else:
            text, html = GREETING_IN_TEXT.sub("", text), GREETING_IN_HTML.sub("", html)
        return RenderedIssue(self.subject, text, html)

    def contains(self, pattern):
        """Return whether the regular expression matches anywhere in it."""
        return any(re.search(pattern, part) for part in (self.subject, self.text, self.html))


def measure_mail_bytes(rendered) -> int:
    """Return the size of the encoded mail, without the headers that are added when it is sent."""
    message = EmailMultiAlternatives(
        rendered.subject, rendered.text, settings.DEFAULT_FROM_EMAIL, ["reader@example.org"]
    )
    message.attach_alternative(rendered.html, "text/html")
    return len(message.message().as_bytes())


def render_issue(issue) -> RenderedIssue:
    """Render the issue as it would be sent now, with only the parts that the public may see. About ten queries."""
    parts = get_issue_context(issue)
    with timezone.override(Club.objects.current().zone):
        body = render_to_string("newsletter/_issue_body.html", parts)
    placeholders = {"token": TOKEN_PLACEHOLDER, "reason": REASON_PLACEHOLDER, "greeting": GREETING_PLACEHOLDER}
    mail = render_mail("newsletter/email/issue", parts | {"now": timezone.now()} | placeholders)
    return RenderedIssue(mail["subject"], mail["text"], make_links_absolute(mail["html"]), body)


def get_issue_context(issue, reader=None):
    """Return the template context with the parts that `reader`, by default a visitor, may see."""
    reader = reader or AnonymousUser()
    return {
        "issue": issue,
        "writeup": get_visible(issue, "writeup", reader),
        "quote": get_visible(issue, "quote", reader),
        "questions": issue.questions.visible_to(reader).order_by("position", "pk") if issue.pk else [],
        "meetup": get_visible(issue, "meetup", reader),
    }


def get_visible(issue, name, reader):
    """Return the related object of the field `name`, or None if `reader` may not see it."""
    model = issue._meta.get_field(name).related_model
    rows = model.objects.visible_to(reader)
    rows = rows.for_cards(reader) if hasattr(rows, "for_cards") else rows.select_related("book")
    return rows.filter(pk=getattr(issue, f"{name}_id")).first()
