"""The people of a world: members in every state, the rows about their accounts, and the pages of authors."""

import datetime as dt

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.utils import timezone

from bookclub.roles import AUTHOR as AUTHOR_GROUP
from bookclub.roles import ORGANISER as ORGANISER_GROUP
from members.models import Author, Member, MergedMember, SignIn
from tests.access.roles import (
    AUTHOR,
    AUTHORS,
    BARE_ORGANISER,
    EVERYBODY,
    MEMBER,
    MEMBERS,
    NOBODY,
    ORGANISER,
    OTHER_AUTHOR,
    OTHER_MEMBER,
    PENDING,
    SUPERUSER,
)  # fmt: skip

GROUPS = {AUTHOR: AUTHOR_GROUP, OTHER_AUTHOR: AUTHOR_GROUP, ORGANISER: ORGANISER_GROUP, BARE_ORGANISER: ORGANISER_GROUP}
WITH_FACTOR = [AUTHOR, OTHER_AUTHOR, ORGANISER, SUPERUSER]


def add_people(world):
    for role in [PENDING, MEMBER, OTHER_MEMBER, AUTHOR, OTHER_AUTHOR, BARE_ORGANISER, ORGANISER, SUPERUSER]:
        world.people[role] = add_member(world, role)
    add_member(world, "closed account", is_active=False)
    add_member(world, "unconfirmed address", approved_at=None, last_login=None)
    Group.objects.create(name=world.mark("auth.Group.name").text)
    add_accounts(world)
    add_authors(world)


def add_member(world, role, **fields):
    """Create a member. Members see first names (of those who are going, and of speakers), and authors who changed what."""
    is_person = role in EVERYBODY
    own = {role} & EVERYBODY
    first_seen_by = MEMBERS if is_person and role != PENDING else NOBODY
    surname_seen_by = {OTHER_MEMBER: EVERYBODY, ORGANISER: AUTHORS}.get(role, NOBODY)  # the one agrees to be named
    first = world.mark(f"members.Member.name, first name ({role})", first_seen_by, surname_seen_by, own)
    surname = world.mark(f"members.Member.name, surname ({role})", surname_seen_by, own)
    defaults = {
        "name": f"{first.text} {surname.text}",
        "password": f"md5${world.marks.new(f'members.Member.password ({role})', NOBODY).text}$0123456789abcdef",
        "photo": world.picture("members"),
        "agrees_to_be_named": role == OTHER_MEMBER,
        "is_staff": role in GROUPS or role == SUPERUSER,
        "is_superuser": role == SUPERUSER,
        "approved_at": None if role == PENDING else timezone.now(),
        "last_login": timezone.now() - dt.timedelta(days=2),
    }
    member = world.add(Member, role, owner=own, **defaults | fields)
    if role in GROUPS:
        member.groups.add(Group.objects.get(name=GROUPS[role]))
    world.keys[member.calendar_token] = own
    merged = world.add(MergedMember, role, owner=own, member=member, former_id=1_000_000 + member.pk)
    world.keys[merged.calendar_token] = own
    world.add(EmailAddress, role, email=member.email, user=member, verified=True, primary=True)
    return member


def add_accounts(world):
    """Add second addresses, sign-ins elsewhere, and second factors."""
    for role, member in world.people.items():
        own = {role}
        second = world.add(EmailAddress, f"{role}, second", owner=own, user=member, verified=False, primary=False)
        world.add(EmailConfirmation, role, email_address=second, sent=timezone.now())
        world.add(SignIn, role, owner=own, member=member)
        codes = [world.marks.new(f"mfa.Authenticator.data, recovery code ({role})", own).text]
        if role in WITH_FACTOR:
            secret = world.marks.new(f"mfa.Authenticator.data, secret ({role})", NOBODY).base32
            for kind, data in {"totp": {"secret": secret}, "recovery_codes": {"migrated_codes": codes}}.items():
                world.add(Authenticator, role, user=member, type=kind, data=data)


def add_authors(world):
    """Add `world.authors`: with contact shown, with contact hidden, with a draft alone, and organisers with nothing."""
    email = world.mark("members.Author.email, shown", EVERYBODY).email
    phone = world.mark("members.Author.phone, shown", EVERYBODY).text
    shown = {"email": email, "phone": phone, "shows_email": True, "shows_phone": True}
    rows = {
        AUTHOR: ({"seen_by": EVERYBODY, "owner": {AUTHOR}}, shown),
        OTHER_AUTHOR: ({"seen_by": EVERYBODY, "owner": {OTHER_AUTHOR}}, {}),
        "drafts alone": ({"seen_by": {"preview"}}, {}),
        ORGANISER: ({}, {}),
    }
    world.authors = {
        name: world.add(Author, name, member=world.people.get(name), **audience, **fields)
        for name, (audience, fields) in rows.items()
    }
