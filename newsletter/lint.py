"""What to look at before a letter goes out: what would be shown to the wrong people, or not be read at all."""

import re
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from bookclub.models import Club
from bookclub.providers import in_use
from meetups.models import Meetup
from members.models import Member
from newsletter.letter import CLIPPED_BYTES, LARGE_BYTES, weight_of
from newsletter.links import leads_somewhere, own_paths
from newsletter.models import Issue, Subscriber

ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True)
class Finding:
    """`is_grave`: the letter is not sent while it stands."""

    words: str
    is_grave: bool = False


def lint(issue, letter) -> list[Finding]:
    """Findings, the grave ones first. Some fifteen queries."""
    of_letter = (place_holders, size)
    of_issue = (empty, hidden_parts, gone_meetup, hidden_links, kept_names, pictures, told, nobody)
    found = [finding for check in of_issue for finding in check(issue)]
    found += [finding for check in of_letter for finding in check(letter)]
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


def gone_meetup(issue):
    """“Next time”, which is over or does not take place."""
    meetup = issue.meetup
    if meetup and meetup.cancelled_at:
        yield Finding("The meetup is cancelled. Choose another, or none.", is_grave=True)
    elif meetup and not Meetup.objects.upcoming().filter(pk=meetup.pk).exists():
        yield Finding("The meetup is over. Choose another, or none.", is_grave=True)


def hidden_links(issue):
    """Links to pages of ours that a visitor may not see, or that are not there."""
    for path in own_paths(issue):
        if not leads_somewhere(path):
            words = f"The link {path} leads nowhere, or to what not everybody on the list may see."
            yield Finding(words, is_grave=True)


def pictures(issue):
    if "![" in f"{issue.introduction}\n{issue.closing}":
        yield Finding("A letter shows no pictures: what begins with “![” comes out as it is typed.")


def nobody(issue):
    if not Subscriber.objects.wanting(issue.topic).exists():
        yield Finding("Nobody is on the list for it yet.")


def kept_names(issue):
    """First names of those whom the club does not name in public, in what was typed."""
    club, visitor = Club.objects.current(), AnonymousUser()
    text = f"{issue.subject}\n{issue.introduction}\n{issue.closing}"
    notes = issue.writeup.session_notes.select_related("member") if issue.writeup else []
    kept = {note.name.split(" ")[0] for note in notes if note.name and not note.name_for(visitor, club)}
    if club.names_visible_to != Club.Names.PUBLIC:
        members = Member.objects.filter(agrees_to_be_named=False, author=None).exclude(name="")
        kept |= {member.first_name for member in members.only("name")}
    for name in sorted(name for name in kept if holds_name(text, name)):
        yield Finding(f"“{name}” is a name that the club keeps to itself. Is it somebody else’s here?")
    for address in dict.fromkeys(ADDRESS.findall(text)):
        if address.lower() != club.contact_email.lower():
            yield Finding(f"“{address}” will be read by everybody on the list. Is its owner content with that?")


def holds_name(text, name):
    """As it is written, or in capitals; “will” is not Will."""
    return any(re.search(rf"\b{re.escape(each)}\b", text) for each in (name, name.upper()))


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
