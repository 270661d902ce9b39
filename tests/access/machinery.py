"""Rows of a world that the site itself writes: the club, mail in every state, the admin's log, unfinished forms."""

import json
import time

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore

from bookclub.core.models import Club, CommunityLink
from bookclub.mail.models import MailRequest, OutgoingMail, SendingPause, Worker
from books.admin.isbn_lookup import FetchedBook
from books.openlibrary import FoundBook
from tests.access.roles import AUTHOR, EVERYBODY, MEMBER, NOBODY, ORGANISER, SUPERUSER


def add_club(world):
    """Add a club that shows first names to members, and lets in who is approved."""
    rules = {
        "names_visible_to": "members",
        "joining": "approval",
        "guest_list_visible_to": "names",
        "guests_allowed": 1,
        "accent": "#123456",
        "typeface": "sans",
    }
    club = world.add(Club, seen_by=EVERYBODY, **rules)
    world.add(CommunityLink, "shown", seen_by=EVERYBODY, club=club, is_recommended=True)
    world.add(CommunityLink, "without an address", club=club, url="")


def add_machinery(world):
    add_mails(world)
    world.add(MailRequest, kind="subscribe", is_within=True)
    world.add(Worker)
    world.add(SendingPause, reason="paused")
    add_log(world)
    add_unfinished_forms(world)


def add_mails(world):
    """Add mail in every state to a member, and one with a code, whose text is for its reader alone."""
    for state in OutgoingMail.State.values:
        world.add(OutgoingMail, state, owner={MEMBER}, to=world.people[MEMBER].email, kind="reminder", state=state)
    code = world.marks.new("bookclub.OutgoingMail.text, a code", NOBODY).text
    secret = {"subject": code, "text": code, "html": code, "retention": "nothing", "calendar": ""}
    world.add(OutgoingMail, "secret", to=world.people[SUPERUSER].email, kind="login-code", **secret)


def add_log(world):
    for role in (AUTHOR, ORGANISER):
        for row in (world.writeups["other author's draft"], world.meetups["draft"]):
            world.add(
                LogEntry,
                role,
                owner={role},
                user=world.people[role],
                content_type=ContentType.objects.get_for_model(row),
                object_id=str(row.pk),
                action_flag=CHANGE,
                change_message=json.dumps([world.mark("admin.LogEntry.change_message", {role}).text]),
            )


def add_unfinished_forms(world):
    """Add what is kept of unfinished work: a fetched book, a form of one's own, and one of another session."""
    title = world.marks.new("an unfinished book (organiser)", {ORGANISER}).text
    found = FoundBook(isbn="9780000000002", title=title, cover=b"not a picture")
    world.fetched = FetchedBook.keep(found, world.people[ORGANISER]).token
    words = world.marks.new("sessions.Session.session_data", NOBODY).text
    store = SessionStore()
    store["unsaved_admin_forms"] = {"/admin/books/book/add/": words}
    store.save()
    own = world.marks.new("an unfinished form (organiser)", {ORGANISER}).text
    form = {"owner": world.people[ORGANISER].pk, "data": f"title={own}", "at": time.time()}
    world.sessions[ORGANISER] = {"unsaved_admin_forms": {"/admin/meetups/writeup/add/": form}}
