"""The newsletter of a world: subscribers and issues in every state, and one copy of each sent issue for each of them."""

import datetime as dt

from django.utils import timezone

from newsletter.csv_import import pack_rows
from newsletter.models import (
    Delivery,
    Issue,
    MergedSubscriber,
    ProviderReport,
    Subscriber,
    SubscriberImport,
    SubscriberImportContent,
)  # fmt: skip
from newsletter.models.subscriber import Refusal
from tests.access.books import AUDIENCE_OF_STATE, publication
from tests.access.roles import MEMBER, ORGANISER, SUBSCRIBER, SUPERUSER, own_data
from tests.factories import yesterday

# {name: fields}; True is yesterday for a moment, and a marked text for a new request
SUBSCRIBERS = {
    "confirmed": {"confirmed_at": True, "wants_dates": True},
    "pending": {},
    "left": {"confirmed_at": True, "left_at": True},
    "back after leaving": {"confirmed_at": True, "left_at": True, "new_request": True},
    "suppressed": {"confirmed_at": True, "suppressed_at": True, "suppression_reason": "hard"},
    "a stranger": {"confirmed_at": True},
}
# State and fields of each
ISSUES = {
    "draft": ("draft", {}),
    "planned": ("draft", {"send_at": dt.timedelta(days=2)}),
    "paused": ("draft", {"send_at": dt.timedelta(hours=-5), "paused_at": dt.timedelta(0)}),
    "public": ("public", {"number": 1}),
    "members": ("members", {"number": 2}),
    "scheduled": ("scheduled", {"number": 3}),
    "stopped": ("public", {"number": 4, "cancelled_at": dt.timedelta(0)}),
}


def add_newsletter(world):
    world.subscribers = {name: add_subscriber(world, name, **fields) for name, fields in SUBSCRIBERS.items()}
    own = world.people[MEMBER].email
    world.subscribers["member"] = add_subscriber(world, "member", email=own, holder=MEMBER, confirmed_at=True)
    world.marks.extend_viewers(own, {"member's letter"})
    merged = world.add(MergedSubscriber, owner={"member's letter", MEMBER}, subscriber=world.subscribers["member"])
    world.keys[merged.token] = world.keys[merged.confirm_token] = {"member's letter"}
    world.add(Refusal, "an erased address")
    world.add(ProviderReport, expires_at=timezone.now())
    add_imports(world)
    for name, (state, fields) in ISSUES.items():
        add_issue(world, name, state, fields)


def add_imports(world):
    """Add the lists that two organisers are bringing in, each of which only they see."""
    for holder, state in {ORGANISER: "ready", SUPERUSER: "failed"}.items():
        address = world.marks.new(f"newsletter.SubscriberImport.examples ({holder})", {holder}).email
        examples, counts = {"new": [[1, address, ""]]}, {"new": 1}
        fields = {
            "state": state,
            "examples": examples,
            "columns": make_columns(world, holder),
            "counts": counts,
            "expires_at": timezone.now() + dt.timedelta(hours=1),
        }
        row = world.add(SubscriberImport, holder, owner={holder}, owner_id=world.people[holder].pk, **fields)
        world.add(SubscriberImportContent, list=row, is_read=True, data=pack_rows([(1, {"0": address})]))


def make_columns(world, holder):
    """Return the columns of a list whose heading is a mark, as `newsletter.lists.columns.Columns` stores them."""
    heading = world.marks.new(f"newsletter.SubscriberImport.columns ({holder})", {holder}).text
    empty = {"names": [], "roles": {}, "values": {}, "is_own_export": False, "has_headings": True, "row_count": 1}
    return {"headings": [heading], "addresses": [0], "address_counts": {"0": 1}, **empty}


def add_subscriber(world, name, holder=SUBSCRIBER, **fields):
    """Add a subscriber whose secret links are in the hands of `holder`, or of somebody who is no role."""
    holder = "a stranger" if name == "a stranger" else holder
    key = {f"{holder}'s letter"}
    moments = {field: yesterday() for field, value in fields.items() if field.endswith("_at") and value is True}
    if "new_request" in fields:
        words = world.mark(f"newsletter.Subscriber.new_request ({name})", key, {holder}).text
        moments["new_request"] = {"asked_at": timezone.now().isoformat(), "consent_text": words, "asked_on_page": "/"}
    row = world.add(Subscriber, name, owner=key | {holder}, **{"new_request": None} | fields | moments)
    world.keys[row.token] = world.keys[row.confirm_token] = key
    return row


def add_issue(world, name, state, fields):
    is_sent = "number" in fields
    moments = {
        field: timezone.now() + value if isinstance(value, dt.timedelta) else value for field, value in fields.items()
    }
    frozen = (
        {"frozen_at": yesterday(), "sent_by": world.people[ORGANISER]}
        if is_sent
        else {"frozen_subject": "", "frozen_text": "", "frozen_html": "", "frozen_body": ""}
    )
    issue = world.add(
        Issue,
        name,
        seen_by=AUDIENCE_OF_STATE[state] | ({own_data(MEMBER)} if is_sent else set()),  # who got it
        writeup=world.writeups["scheduled"],
        meetup=world.meetups["next"],
        **({} if "paused_at" in fields else {"pause_reason": ""}),
        **frozen | moments | publication(state),
    )
    for subscriber in world.subscribers.values() if is_sent else ():
        world.add(Delivery, name, issue=issue, subscriber=subscriber, state="sent", sent_at=timezone.now())
    return issue
