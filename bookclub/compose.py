"""Mails in words: text first, with the same in HTML.

A mail is two templates. In `<app>/email/NAME.txt` the first line is the subject and the text follows after an empty
one; `<app>/email/NAME.html` extends `email/base.html` and says the same, with at most one button, which leads to a
page where the reader acts: no address in a mail acts by itself.
"""

import css_inline
from django.conf import settings
from django.template import loader
from django.utils import timezone

from bookclub.lines import one_line, without_controls
from bookclub.models import Club

SIGNATURE = "-- "  # RFC 3676 section 4.3: what follows is no part of an answer
# It looks at nothing outside of the page.
STYLES = css_inline.CSSInliner(load_remote_stylesheets=False)


def compose(name: str, context: dict) -> dict:
    """`subject`, `text` and `html` for `OutgoingMail.objects.write`, of the mail `name`: "meetups/email/seat-saved".

    Templates find `club` and `site_url`; times are those of the club's zone. In text nothing is escaped, and
    `{% when meetup %}` is plain. One query for the club.

    What was typed by somebody can break no line of the header and turn no writing there; its own lines stay its own.
    """
    club = Club.objects.current()
    context = {"club": club, "site_url": settings.SITE_URL} | context
    with timezone.override(club.zone):
        words = loader.render_to_string(f"{name}.txt", context | {"is_plain": True})
        page = loader.render_to_string(f"{name}.html", context)
    subject, _, text = words.lstrip().partition("\n")
    return {"subject": one_line(subject), "text": tidy(text), "html": STYLES.inline(without_controls(page))}


def tidy(text):
    """No more than one empty line at a time: templates leave more where a part of them says nothing."""
    lines = [line if line == SIGNATURE else line.rstrip() for line in without_controls(text).strip().split("\n")]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept) + "\n"
