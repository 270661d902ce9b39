"""The meetups of a world, in every state, with their venues, answers, write-ups and all that hangs on these."""

import datetime as dt

from django.utils import timezone

from bookclub.admin_base.edit_comparison import digest_value
from meetups.models import (
    RSVP,
    GuestMessage,
    Meetup,
    MeetupChange,
    Paste,
    Photo,
    PreviewLink,
    SeatCounter,
    SessionNote,
    Venue,
    WriteUp,
)
from meetups.models.preview import hash_token
from tests.access.books import AUDIENCE_OF_STATE, publication
from tests.access.roles import (
    AUTHOR,
    BARE_ORGANISER,
    EVERYBODY,
    MEMBER,
    MEMBERS,
    NOBODY,
    ORGANISER,
    OTHER_AUTHOR,
    OTHER_MEMBER,
    PENDING,
    own_data,
)  # fmt: skip

# {name: (who sees the area, whom it lets in)}: a private venue lets in who is going.
VENUES = {
    "home": (EVERYBODY, {MEMBER}),
    "pub": (EVERYBODY, EVERYBODY),
    "members' pub": (MEMBERS, MEMBERS),
    "pub of a draft": (NOBODY, NOBODY),
    "other author's pub": ({OTHER_AUTHOR}, {OTHER_AUTHOR}),
    "previewed pub": ({"preview"}, {"preview"}),
    "home of a draft": ({AUTHOR}, NOBODY),
    "unused": (NOBODY, NOBODY),
}
# {name: (state, days from today, venue, book, owner)}
MEETUPS = {
    "next": ("public", 7, "home", "next meetup's draft", NOBODY),
    "in the pub": ("public", 14, "pub", "public", NOBODY),
    "for members": ("members", 21, "members' pub", "members", NOBODY),
    "draft": ("draft", 28, "pub of a draft", "other author's draft", NOBODY),
    "scheduled": ("scheduled", 35, "pub of a draft", "scheduled", NOBODY),
    "cancelled": ("public", 10, "home", "public", NOBODY),
    "undated": ("public", None, "pub", None, NOBODY),
    "past": ("public", -30, "home", "public", {AUTHOR}),
    "past draft": ("draft", -10, "home of a draft", "author's draft", {AUTHOR}),
    "past of other author": ("draft", -20, "other author's pub", "other author's draft", {OTHER_AUTHOR}),
    "previewed": ("draft", -5, "previewed pub", "previewed", {"preview"}),
    "deleted": ("draft", 40, "pub of a draft", None, NOBODY),
}
WRITEUPS = {
    "public": ("public", AUTHOR, "past", "public"),
    "members": ("members", AUTHOR, None, "members"),
    "author's draft": ("draft", AUTHOR, "past draft", "author's draft"),
    "taken back": ("draft", AUTHOR, None, "public"),
    "other author's": ("public", OTHER_AUTHOR, None, None),
    "other author's draft": ("draft", OTHER_AUTHOR, "past of other author", "other author's draft"),
    "scheduled": ("scheduled", OTHER_AUTHOR, None, None),
    "previewed": ("draft", "drafts alone", "previewed", "previewed"),
    "deleted": ("draft", AUTHOR, None, None),
}
ANSWERS = {
    "next": {
        MEMBER: "going",
        OTHER_MEMBER: "waiting",
        PENDING: "pending",
        AUTHOR: "not_going",
        BARE_ORGANISER: "waiting",
    },
    "in the pub": {MEMBER: "going", OTHER_AUTHOR: "going", OTHER_MEMBER: "not_going"},
    "past": {MEMBER: "going", OTHER_MEMBER: "not_going"},
    "draft": {OTHER_MEMBER: "going"},
    "cancelled": {MEMBER: "going"},
}


def add_meetups(world):
    world.venues = {
        name: world.add(Venue, name, seen_by=seen_by, let_in=let_in, is_private="home" in name)
        for name, (seen_by, let_in) in VENUES.items()
    }
    world.meetups = {name: add_meetup(world, name, *rest) for name, rest in MEETUPS.items()}
    world.writeups = {name: add_writeup(world, name, *rest) for name, rest in WRITEUPS.items()}
    world.writeups["public"].related.add(world.writeups["other author's draft"], world.writeups["scheduled"])
    add_answers(world)
    add_guest_messages(world)
    add_pastes(world)
    link = world.add(PreviewLink, writeup=world.writeups["previewed"], digest="", expires_at=in_days(9))
    over = world.add(
        PreviewLink,
        "over",
        owner={AUTHOR},
        writeup=world.writeups["author's draft"],
        digest="-",
        expires_at=in_days(-1),
    )
    for each in (link, over):
        PreviewLink.objects.filter(pk=each.pk).update(digest=hash_token(each.token))
    world.keys[link.token] = {"preview"}
    world.delete(world.writeups["deleted"])
    world.delete(world.meetups["deleted"])


def add_guest_messages(world):
    """Add what organisers have written to guests, sent and not sent."""
    for name, sent_at in (("next", timezone.now()), ("past", None)):
        message = world.add(GuestMessage, name, meetup=world.meetups[name], whom="all", sent_at=sent_at)
        message.recipients.set([world.people[MEMBER], world.people[OTHER_MEMBER]])


def add_pastes(world):
    """Add an unfinished paste of an author and of an organiser, and a saved one, of which a list is left."""
    for role, key in ((AUTHOR, Paste.Destination.NEW_WRITEUP), (ORGANISER, Paste.Destination.QUOTES)):
        text, typed = (world.mark(f"meetups.Paste.{name} ({role})", {role}).text for name in ("text", "corrections"))
        book = world.books["public"] if key == Paste.Destination.QUOTES else None
        world.add(
            Paste, role, owner={role}, owner_id=world.people[role].pk, destination=key, book=book,
            text=text, corrections={"text-1": typed, "source-1": digest_value(text)}, outcome={},
        )  # fmt: skip
    left_out = world.mark("meetups.Paste.outcome", {OTHER_AUTHOR}).text
    world.add(
        Paste,
        "saved",
        owner={OTHER_AUTHOR},
        owner_id=world.people[OTHER_AUTHOR].pk,
        destination=Paste.Destination.NEW_WRITEUP,
        writeup=world.writeups["other author's draft"],
        saved_at=timezone.now(),
        text="",
        html="",
        outcome={"left_out": [{"text": left_out, "reason": "so it was chosen"}]},
    )


def in_days(number):
    return timezone.now() + dt.timedelta(days=number)


def add_meetup(world, name, state, days, venue, book, owner):
    is_cancelled = name == "cancelled"
    seen_by = AUDIENCE_OF_STATE[state] | owner
    times = {} if days is None else {"date": in_days(days).date(), "start_time": dt.time(19), "end_time": dt.time(21)}
    meetup = world.add(
        Meetup,
        name,
        seen_by=seen_by,
        owner=owner,
        let_in=seen_by & VENUES[venue][1],
        venue=world.venues[venue],
        book=world.books[book] if book else None,
        capacity=1 if name == "next" else 12,
        cancelled_at=timezone.now() if is_cancelled else None,
        **({} if is_cancelled else {"cancellation_reason": ""}),
        **times,
        **publication(state),
    )
    world.add(SeatCounter, meetup=meetup, taken=0, limit=meetup.capacity, last_queue_position=9)
    world.add(MeetupChange, name, meetup=meetup, venue=world.venues["home of a draft"], date=meetup.date)
    return meetup


def add_writeup(world, name, state, author, meetup, book):
    owner = {"preview"} if author == "drafts alone" else {author}
    seen_by = AUDIENCE_OF_STATE[state]
    writeup = world.add(
        WriteUp,
        name,
        seen_by=seen_by,
        owner=owner,
        author=world.authors[author],
        meetup=world.meetups[meetup] if meetup else None,
        book=world.books[book] if book else None,
        **publication(state),
    )
    world.add(
        Photo, f"of the {name} write-up", seen_by=seen_by, owner=owner, writeup=writeup, image=world.picture("photos")
    )
    add_session_notes(world, name, writeup, seen_by, owner)
    return writeup


def add_session_notes(world, name, writeup, seen_by, owner):
    """Add what was said: by a name, by a name that may be public, by a member, and by one who agrees to be named."""
    first = world.mark("meetups.SessionNote.name, first name", seen_by & MEMBERS, owner - {"preview"})
    surname = world.mark("meetups.SessionNote.name, surname", owner - {"preview"})
    agreed = world.mark("meetups.SessionNote.name, agreed", seen_by, owner)
    speakers = [
        {"name": f"{first.text} {surname.text}"},
        {"name": agreed.text, "name_is_public": True},
        {"name": "", "member": world.people[MEMBER]},
        {"name": "", "member": world.people[OTHER_MEMBER]},
    ]
    for speaker in speakers:
        said_by = {own_data(role) for role, member in world.people.items() if member == speaker.get("member")}
        place, owners = f"in the {name} write-up", owner | said_by
        world.add(SessionNote, place, seen_by=seen_by, owner=owners, writeup=writeup, **speaker)


def add_answers(world):
    for name, answers in ANSWERS.items():
        meetup = world.meetups[name]
        for position, (role, answer) in enumerate(answers.items(), 1):
            is_removed = name == "in the pub" and answer == "not_going"
            world.add(
                RSVP,
                f"{role}, {name}",
                owner={role},
                meetup=meetup,
                member=world.people[role],
                answer=answer,
                queue_position=position,
                **({} if is_removed else {"removal_reason": ""}),
            )
        SeatCounter.objects.filter(meetup=meetup).update(taken=sum(answer == "going" for answer in answers.values()))
