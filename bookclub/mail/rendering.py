"""Render a mail's template to its subject, plain text and HTML.

A mail has one template, `<app>/email/NAME.html`, which extends `email/base.html` with the blocks `subject` and
`content`, and has at most one button. URLs in a mail change nothing by a GET: they lead to a page with a form. The
plain text is made from the HTML.
"""

import re
from html import escape, unescape

import css_inline
from django.conf import settings
from django.template import loader
from django.utils import timezone

from bookclub.core.models import Club
from bookclub.core.text import single_line, strip_controls
from bookclub.mail.html_to_text import absolute_url, html_to_text
from bookclub.mail.unbroken_dates import keep_dates_whole

HREF = re.compile(r'href="([^"]*)"')
INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)


def render_mail(name: str, context: dict) -> dict:
    """Return `subject`, `text` and `html`, as OutgoingMail takes them, of the mail `name`: "meetups/email/rsvp-going".

    Templates get `club` and `site_url`; times are in the club's zone; `is_plain` is true in the subject, where nothing
    is escaped. One query, for the club.

    Typed text can't break a header line or change the direction of the text around it; its line ends stay.
    """
    club = Club.objects.current()
    context = {"club": club, "site_url": settings.SITE_URL} | context
    template = loader.get_template(f"{name}.html")
    with timezone.override(club.zone):
        subject = single_line(template.render(context | {"is_subject": True, "is_plain": True}))
        page = strip_controls(template.render(context | {"mail_subject": subject}))
    head, main, rest = page.partition("<main>")
    body, end, foot = rest.rpartition("</main>")
    html = "".join([head, main, keep_dates_whole(body), end, foot])
    return {"subject": subject, "text": html_to_text(body) + "\n", "html": INLINER.inline(html)}


def make_links_absolute(html):
    """Make the links in `html` absolute: a mail has no base URL."""
    return HREF.sub(lambda found: f'href="{escape(absolute_url(unescape(found[1])))}"', html)
