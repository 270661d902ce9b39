"""Checks of a letter before it is sent: parts that the wrong people would see, or that nobody could read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import Resolver404, resolve

from bookclub.core.models import Club
from bookclub.core.redirects import Redirect
from bookclub.mail.html_to_text import absolute_url
from bookclub.mail.providers import active_provider
from books.models import Book, Quote
from meetups.models import Meetup, WriteUp
from members.models import Author, Member
from newsletter.models import Issue, Subscriber
from newsletter.rendering import HREF, measure_mail_bytes

CLIPPED_BYTES, LARGE_BYTES = 102_000, 90_000  # where Gmail cuts a mail off, and where we say so
EMAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# What stands behind an address of ours: a queryset and the name of the field in it.
PUBLIC_PAGES = {
    "meetups:writeup": (WriteUp, "slug"),
    "meetups:detail": (Meetup, "slug"),
    "books:detail": (Book, "slug"),
    "books:quote": (Quote, "pk"),
    "members:author": (Author, "slug"),
    "newsletter:issue": (Issue, "number"),
}
# An address that is somebody's own key to what stands behind it.
SECRET_PAGES = {
    "meetups:preview", "meetups:member_calendar", "newsletter:confirm", "newsletter:leave", "newsletter:topics",
    "newsletter:come_back",
}  # fmt: skip
PRIVATE_PATHS = ("/admin/", "/members/")
BARE_URL = re.compile(r"(?<![(<\"])\bhttps?://[^\s)>\]]+", re.IGNORECASE)
TRAILING_PUNCTUATION = ".,;:!?…’”'\""  # the sentence that an address ends, and not the address


@dataclass(frozen=True)
class Finding:
    """`is_blocking`: the letter is not sent while it stands."""

    words: str
    is_blocking: bool = False


def check_issue(issue, letter) -> list[Finding]:
    """Findings, the grave ones first. Some fifteen queries."""
    of_letter = (check_placeholders, check_size)
    of_issue = (
        check_content,
        check_chosen_parts,
        check_meetup,
        check_links,
        check_names,
        check_images,
        check_earlier_issue,
        check_readers,
    )
    found = [finding for check in of_issue for finding in check(issue)]
    found += [finding for check in of_letter for finding in check(letter)]
    return sorted(found, key=lambda finding: not finding.is_blocking)


def check_content(issue):
    if not (issue.introduction.strip() or issue.writeup_id or issue.closing.strip()):
        yield Finding("There is nothing in this letter yet.", is_blocking=True)


def check_chosen_parts(issue):
    """Find chosen parts that are drafts or for members alone: the letter leaves them out."""
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
    """“Next time”, which is over or does not take place."""
    meetup = issue.meetup
    if meetup and meetup.cancelled_at:
        yield Finding("The meetup is cancelled. Choose another, or none.", is_blocking=True)
    elif meetup and not Meetup.objects.upcoming().filter(pk=meetup.pk).exists():
        yield Finding("The meetup is over. Choose another, or none.", is_blocking=True)


def check_links(issue):
    """Links to pages of ours that a visitor may not see, or that are not there."""
    for path in find_own_paths(issue):
        if not is_reachable(path):
            words = f"The link {path} leads nowhere, or to what not everybody on the list may see."
            yield Finding(words, is_blocking=True)


def find_own_paths(issue) -> Iterator[str]:
    """The pages of ours that what was typed leads to, by a link or by an address that stands there."""
    linked = HREF.findall(f"{issue.introduction_html}{issue.closing_html}")
    bare = [each.rstrip(TRAILING_PUNCTUATION) for each in BARE_URL.findall(f"{issue.introduction}\n{issue.closing}")]
    for address in dict.fromkeys([*map(unescape, linked), *bare]):
        try:
            parts = urlsplit(absolute_url(address))
        except ValueError:  # it only looks like an address
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
    """First names of those whom the club does not name in public, in what was typed."""
    club, visitor = Club.objects.current(), AnonymousUser()
    text = f"{issue.subject}\n{issue.introduction}\n{issue.closing}"
    notes = issue.writeup.session_notes.select_related("member") if issue.writeup else []
    kept = {note.name.split(" ")[0] for note in notes if note.name and not note.name_for(visitor, club)}
    if club.names_visible_to != Club.Names.PUBLIC:
        members = Member.objects.filter(agrees_to_be_named=False, author=None).exclude(name="")
        kept |= {member.first_name for member in members.only("name")}
    for name in sorted(name for name in kept if contains_name(text, name)):
        yield Finding(f"“{name}” is a name that the club keeps to itself. Is it somebody else’s here?")
    for address in dict.fromkeys(EMAIL_ADDRESS.findall(text)):
        if address.lower() != club.contact_email.lower():
            yield Finding(f"“{address}” will be read by everybody on the list. Is its owner content with that?")


def contains_name(text, name):
    """As it is written, or in capitals; “will” is not Will."""
    return any(re.search(rf"\b{re.escape(each)}\b", text) for each in (name, name.upper()))


def check_earlier_issue(issue):
    """A letter that has gone out about the same write-up."""
    earlier = Issue.objects.filter(writeup=issue.writeup_id, frozen_at__isnull=False).exclude(pk=issue.pk)
    number = earlier.values_list("number", flat=True).order_by("number").last() if issue.writeup_id else None
    if number:
        yield Finding(f"Letter {number} has told of this write-up already.")


def check_placeholders(letter):
    """Find text that the mail provider would replace as a placeholder."""
    provider = active_provider()
    if provider and provider.fills_single_mails and letter.contains(provider.placeholder_pattern):
        mark = "%" if provider.placeholder_pattern.startswith("%") else "{{"
        words = f"{provider.title}, which sends our mail, writes something else where it finds “{mark}” before a word"
        yield Finding(f"{words}. Put a space after it.", is_blocking=True)


def check_size(letter):
    weight = measure_mail_bytes(letter)
    if weight > LARGE_BYTES:
        cut = " Gmail cuts it off." if weight > CLIPPED_BYTES else " Gmail cuts letters off at 102 KB."
        yield Finding(f"This letter weighs {weight // 1000} KB.{cut}")
