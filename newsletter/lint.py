"""What to look at before a letter goes out: what would be shown to the wrong people, or not be read at all."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import Resolver404, resolve

from bookclub.models import Club
from bookclub.providers import in_use
from books.models import Book, Quote
from meetups.models import Meetup, WriteUp
from members.models import Author, Member
from newsletter.letter import CLIPPED_BYTES, LARGE_BYTES, weight_of
from newsletter.models import Issue

# What stands behind an address of ours: a queryset and the name of the field in it.
PAGES = {
    "meetups:writeup": (WriteUp, "slug"),
    "meetups:detail": (Meetup, "slug"),
    "books:detail": (Book, "slug"),
    "books:quote": (Quote, "pk"),
    "members:author": (Author, "slug"),
    "newsletter:issue": (Issue, "number"),
}


@dataclass(frozen=True)
class Finding:
    """`is_grave`: the letter is not sent while it stands."""

    words: str
    is_grave: bool = False


def lint(issue, letter) -> list[Finding]:
    """Findings, the grave ones first. Some ten queries."""
    found = [
        *empty(issue),
        *hidden_parts(issue),
        *hidden_links(issue),
        *kept_names(issue),
        *told(issue),
        *place_holders(letter),
        *size(letter),
    ]
    return sorted(found, key=lambda finding: not finding.is_grave)


def empty(issue):
    if not (issue.introduction.strip() or issue.writeup_id or issue.closing.strip()):
        yield Finding("There is nothing in this letter yet.", is_grave=True)


def hidden_parts(issue):
    """What was chosen and is a draft or for members alone: it is left out of the letter."""
    visitor = AnonymousUser()
    for name in ("writeup", "quote", "meetup"):
        key = getattr(issue, f"{name}_id")
        field = issue._meta.get_field(name)
        if key and not field.related_model.objects.visible_to(visitor).filter(pk=key).exists():
            yield Finding(f"The {field.verbose_name} is not public: it would be left out.", is_grave=True)
    hidden = issue.questions.exclude(pk__in=issue.questions.visible_to(visitor)).count()
    if hidden:
        noun = "question is" if hidden == 1 else "questions are"
        yield Finding(f"{hidden} {noun} not public and would be left out.", is_grave=True)


def hidden_links(issue):
    """Links to pages of ours that a visitor may not see, or that are not there."""
    text = f"{issue.introduction}\n{issue.closing}"
    for path in dict.fromkeys(own_paths(text)):
        if not leads_somewhere(path):
            yield Finding(f"The link {path} leads nowhere for who is no member.", is_grave=True)


def own_paths(text):
    for address in re.findall(r"""\]\(\s*<?([^\s)>]+)|<(https?://[^>\s]+)>|(?<![(<])\b(https?://[^\s)>\]]+)""", text):
        parts = urlsplit(next(filter(None, address)))
        origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else settings.SITE_URL
        if origin == settings.SITE_URL and parts.path.startswith("/"):
            yield parts.path


def leads_somewhere(path):
    try:
        match = resolve(path)
    except Resolver404:
        return False
    if match.view_name not in PAGES:
        return not path.startswith(("/admin/", "/members/"))
    model, name = PAGES[match.view_name]
    return model.objects.visible_to(AnonymousUser()).filter(**{name: next(iter(match.kwargs.values()))}).exists()


def kept_names(issue):
    """First names of those whom the club does not name in public, in what was typed."""
    club, visitor = Club.objects.current(), AnonymousUser()
    text = f"{issue.subject}\n{issue.introduction}\n{issue.closing}"
    notes = issue.writeup.session_notes.select_related("member") if issue.writeup else []
    kept = {note.name.split(" ")[0] for note in notes if note.name and not note.name_for(visitor, club)}
    if club.names_visible_to != Club.Names.PUBLIC:
        members = Member.objects.filter(agrees_to_be_named=False, author=None).exclude(name="")
        kept |= {member.first_name for member in members.only("name")}
    for name in sorted(name for name in kept if re.search(rf"\b{re.escape(name)}\b", text)):
        yield Finding(f"“{name}” is a name that the club keeps to itself. Is it somebody else’s here?")


def told(issue):
    """A letter that has gone out about the same write-up."""
    earlier = Issue.objects.filter(writeup=issue.writeup_id, frozen_at__isnull=False).exclude(pk=issue.pk)
    number = earlier.values_list("number", flat=True).order_by("number").last() if issue.writeup_id else None
    if number:
        yield Finding(f"Letter {number} has told of this write-up already.")


def place_holders(letter):
    """What the mail provider writes something else for, whoever the letter goes to."""
    provider = in_use()
    if provider and provider.always_reads and letter.holds(provider.reads):
        mark = "%" if provider.reads.startswith("%") else "{{"
        words = f"{provider.title}, which sends our mail, writes something else where it finds “{mark}” before a word"
        yield Finding(f"{words}. Put a space after it.", is_grave=True)


def size(letter):
    weight = weight_of(letter)
    if weight > LARGE_BYTES:
        cut = " Gmail cuts it off." if weight > CLIPPED_BYTES else " Gmail cuts letters off at 102 KB."
        yield Finding(f"This letter weighs {weight // 1000} KB.{cut}")
