"""Mail scanners, which follow every link of a mail before its reader does, must change nothing."""

import re
from email import message_from_bytes, policy

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from bookclub.mail.models import OutgoingMail
from meetups.cancellation import cancel_meetup
from meetups.guest_list import remove_member
from meetups.models import RSVP
from meetups.reminders import announce_writeups
from meetups.rsvps import record_rsvp
from newsletter import delivery
from tests.factories import (
    make_club,
    make_issue,
    make_mail,
    make_meetup,
    make_member,
    make_rsvp,
    make_subscriber,
    make_writeup,
    run_worker,
    yesterday,
)  # fmt: skip
from tests.members.login_helpers import request_code

pytestmark = pytest.mark.django_db
HERE = {"HTTP_ORIGIN": "http://localhost:8000", "HTTP_HOST": "localhost:8000"}
SCANNERS = [
    "Mozilla/5.0 (compatible; SomeSafeLinks/1.0)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
    "Python-urllib/3.11",
]
KINDS = {
    "login-code", "password-reset-key", "newsletter-confirm", "newsletter-known", "rsvp-going", "rsvp-waiting",
    "rsvp-promoted", "rsvp-removed", "meetup-cancelled", "writeup-out", "mail-held", "letter",
}  # fmt: skip
ADDRESS = re.compile(re.escape(settings.SITE_URL) + r"""(/[^\s"<>)]*)""")


def write_all_kinds(client, olga):
    """Mail of every kind that has an address of its own; returns the kinds."""
    nick, ann, bob = (make_member(f"{name}@example.org") for name in ("nick", "ann", "bob"))
    make_subscriber("known@example.org")
    make_mail(state=OutgoingMail.State.HELD)
    for email in ("new@example.org", "known@example.org"):
        client.post("/newsletter/subscription/", {"email": email}, **HERE)
    request_code(client, "nick@example.org")
    client.post("/accounts/password/reset/", {"email": "nick@example.org"})
    meetup = make_meetup(capacity=1)
    first = make_rsvp(meetup, nick)
    make_rsvp(meetup, ann)
    record_rsvp(meetup, nick, RSVP.Answer.NOT_GOING)
    remove_member(make_rsvp(meetup, bob), "A slip", by=olga, is_reason_told=True)
    cancel_meetup(meetup, "The pub has burnt down.")
    past_meetup = make_meetup(date=yesterday().date(), capacity=None)
    RSVP.objects.filter(pk=first.pk).update(meetup=past_meetup, answer="going")
    make_writeup(meetup=past_meetup)
    announce_writeups()
    delivery.send_issue(make_issue(number=None, introduction="[a book](/books/)", meetup=make_meetup()), olga)


def paths_in(message):
    parsed = message_from_bytes(message.message().as_bytes(), policy=policy.default)
    bodies = [part.get_content() for part in parsed.walk() if part.get_content_maintype() == "text"]
    return {path.rstrip(".,") for path in ADDRESS.findall("\n".join([*bodies, *map(str, parsed.values())]))}


def all_rows():
    """Every table, but for what counts tries and keeps sessions of pages under /accounts/."""
    left_out = {"session", "cache"}
    models = [model for model in apps.get_models() if model._meta.model_name not in left_out]
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in models}


def test_following_every_link_of_every_mail_changes_nothing(client, olga, mailoutbox):
    make_club(contact_email="hello@club.example")
    write_all_kinds(client, olga)
    run_worker()
    kinds = {*OutgoingMail.objects.filter(state="sent").values_list("kind", flat=True), "letter"}
    paths = set().union(*map(paths_in, mailoutbox))
    before, scanner = all_rows(), Client()

    for path in sorted(paths):
        for agent in SCANNERS:
            for look in (scanner.get, scanner.head, scanner.options):
                assert look(path, headers={"user-agent": agent}).status_code < 500, path

    assert KINDS - kinds == set()
    for start in (
        "newsletter/leave",
        "newsletter/topics",
        "newsletter/confirm",
        "accounts/password/reset/key",
        "meetups",
    ):
        assert any(path.startswith(f"/{start}/") for path in paths), start
    assert all_rows() == before
