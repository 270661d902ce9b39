"""Checks of an issue before it is sent: private or missing content, broken links, size."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import Resolver404, resolve

from bookclub.core.email_addresses import is_same_address
from bookclub.core.models import Club
from bookclub.core.redirects import Redirect
from bookclub.mail.html_to_text import absolute_url
from bookclub.mail.providers import active_provider
from bookclub.mail.rendering import HREF
from books.models import Book, Quote
from meetups.models import Meetup, WriteUp
from members.models import Author, Member
from newsletter.models import Issue, Subscriber
from newsletter.rendering import measure_mail_bytes

CLIPPED_BYTES, LARGE_BYTES = 102_000, 90_000  # Gmail clips a longer mail; we warn from 90 kB on
EMAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# The model behind each public page, and the field that its URL contains.
PUBLIC_PAGES = {
    "meetups:writeup": (WriteUp, "slug"),
    "meetups:detail": (Meetup, "slug"),
    "books:detail": (Book, "slug"),
    "books:quote": (Quote, "pk"),
    "members:author": (Author, "slug"),
    "newsletter:issue": (Issue, "number"),
}
# Pages whose URL contains a secret token.
SECRET_PAGES = {
    "meetups:preview", "meetups:member_calendar", "newsletter:confirm", "newsletter:leave", "newsletter:topics",
    "newsletter:come_back",
}  # fmt: skip
PRIVATE_PATHS = ("/admin/", "/members/")
BARE_URL = re.compile(r"(?<![(<\"])\bhttps?://[^\s)>\]]+", re.IGNORECASE)
TRAILING_PUNCTUATION = ".,;:!?…’”'\""  # belongs to the sentence, not to the URL at its end


@dataclass(frozen=True)
class Finding:
    """A problem of an issue; if `is_blocking`, the issue can't be sent."""

    words: str
    is_blocking: bool = False


def check_issue(issue, rendered) -> list[Finding]:
    """Return the findings, the blocking ones first. About fifteen queries."""
    issue_checks = (
        check_content,
        check_chosen_parts,
        check_meetup,
        check_links,
        check_names,
        check_images,
        check_earlier_issue,
        check_readers,
    )
    findings = [finding for check in issue_checks for finding in check(issue)]
    findings += [*check_placeholders(rendered), *check_size(rendered)]
    return sorted(findings, key=lambda finding: not finding.is_blocking)


def check_content(issue):
    if not (issue.introduction.strip() or issue.writeup_id or issue.closing.strip()):
        yield Finding("There is nothing in this letter yet.", is_blocking=True)


def check_chosen_parts(issue):
    """Find chosen parts that are drafts or for members: they would be left out."""
    visitor = AnonymousUser()
    for name in ("writeup", "quote", "meetup"):
        key = getattr(issue, f"{name}_id")
        field = issue._meta.get_field(name)
        if key and not field.related_model.objects.visible_to(visitor).filter(pk=key).exists():
            yield Finding(f"The {field.verbose_name} is not public: it would be left out.", is_blocking=True)
    hidden = issue.questions.exclude(pk__in=issue.questions.visible_to(visitor)).count()
    if hidden:
        noun = "question is" if hidden == 1 else "questions are"
        yield Finding(f"{hidden} {noun} not public and would be left out.", is_blocking=True)


def check_meetup(issue):
    """Find a chosen meetup that is over or cancelled."""
    meetup = issue.meetup
    if meetup and meetup.cancelled_at:
        yield Finding("The meetup is cancelled. Choose another, or none.", is_blocking=True)
    elif meetup and not Meetup.objects.upcoming().filter(pk=meetup.pk).exists():
        yield Finding("The meetup is over. Choose another, or none.", is_blocking=True)


def check_links(issue):
    """Find links to pages of this site that don't exist or that a visitor may not see."""
    for path in find_own_paths(issue):
        if not is_reachable(path):
            words = f"The link {path} leads nowhere, or to a page that not everybody on the list may see."
            yield Finding(words, is_blocking=True)


def find_own_paths(issue) -> Iterator[str]:
    """Yield the paths on this site that the typed text contains, as a link or as a bare URL."""
    linked = HREF.findall(f"{issue.introduction_html}{issue.closing_html}")
    bare = [each.rstrip(TRAILING_PUNCTUATION) for each in BARE_URL.findall(f"{issue.introduction}\n{issue.closing}")]
    for address in dict.fromkeys([*map(unescape, linked), *bare]):
        try:
            parts = urlsplit(absolute_url(address))
        except ValueError:  # not a valid URL
            continue
        if f"{parts.scheme}://{parts.netloc}".lower() == settings.SITE_URL.lower():
            yield parts.path or "/"


def is_reachable(path: str) -> bool:
    """Return whether a visitor finds something there. Up to three queries."""
    try:
        match = resolve(path)
    except Resolver404:
        return False
    if match.view_name in SECRET_PAGES or path.startswith(PRIVATE_PATHS):
        return False
    if match.view_name not in PUBLIC_PAGES:
        return True
    visitor, (model, name) = AnonymousUser(), PUBLIC_PAGES[match.view_name]
    if model.objects.visible_to(visitor).filter(**{name: next(iter(match.kwargs.values()))}).exists():
        return True
    moved = Redirect.objects.filter(path=path).first()
    return bool(moved and moved.url_for(visitor))


def check_images(issue):
    if "![" in f"{issue.introduction}\n{issue.closing}":
        yield Finding("A letter shows no pictures: what begins with “![” comes out as it is typed.")


def check_readers(issue):
    if not Subscriber.objects.wanting(issue.topic).exists():
        yield Finding("Nobody is on the list for it yet.")


def check_names(issue):
    """Find first names that the club does not show in public, and e-mail addresses, in the typed text."""
    club, visitor = Club.objects.current(), AnonymousUser()
    text = f"{issue.subject}\n{issue.introduction}\n{issue.closing}"
    notes = issue.writeup.session_notes.select_related("member") if issue.writeup else []
    private_names = {note.name.split(" ")[0] for note in notes if note.name and not note.name_for(visitor, club)}
    if club.names_visible_to != Club.Names.PUBLIC:
        members = Member.objects.filter(agrees_to_be_named=False, author=None).exclude(name="")
        private_names |= {member.first_name for member in members.only("name")}
    for name in sorted(name for name in private_names if contains_name(text, name)):
        yield Finding(f"“{name}” is a name that the club does not show. Is somebody else meant?")
    for address in dict.fromkeys(EMAIL_ADDRESS.findall(text)):
        if not is_same_address(address, club.contact_email):
            yield Finding(f"“{address}” will be read by everybody on the list. Is its owner content with that?")


def contains_name(text, name):
    """Match the name as written or in capitals; “will” is not Will."""
    return any(re.search(rf"\b{re.escape(each)}\b", text) for each in (name, name.upper()))


def check_earlier_issue(issue):
    """Find a sent issue about the same write-up."""
    earlier = Issue.objects.filter(writeup=issue.writeup_id, frozen_at__isnull=False).exclude(pk=issue.pk)
    number = earlier.values_list("number", flat=True).order_by("number").last() if issue.writeup_id else None
    if number:
        yield Finding(f"Letter {number} was about this write-up already.")


def check_placeholders(rendered):
    """Find text that the mail provider would replace as a placeholder."""
    provider = active_provider()
    if provider and provider.fills_single_mails and rendered.contains(provider.placeholder_pattern):
        mark = "%" if provider.placeholder_pattern.startswith("%") else "{{"
        words = f"{provider.title}, which sends our mail, replaces “{mark}” before a word with something else"
        yield Finding(f"{words}. Put a space after it.", is_blocking=True)


def check_size(rendered):
    size_bytes = measure_mail_bytes(rendered)
    if size_bytes > LARGE_BYTES:
        cut = " Gmail cuts it off." if size_bytes > CLIPPED_BYTES else " Gmail cuts letters off at 102 KB."
        yield Finding(f"This letter weighs {size_bytes // 1000} KB.{cut}")
