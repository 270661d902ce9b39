"""One mail of every kind, written by the code of the site: for the sheets of `make mails` and for tests of all mails.

`tests/bookclub/mail/test_every_mail.py` fails for a kind of mail or a template that has no sample here.
"""

import datetime as dt
from dataclasses import dataclass
from types import SimpleNamespace

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookclub import approval, authors
from bookclub.core.models import Club
from bookclub.mail.models import OutgoingMail
from bookclub.mail.tasks import alert_about_held_mail
from meetups import cancellation, change_notices, emails, guest_list, guest_messages, reminders
from meetups.admin.ready import mark_ready
from meetups.models import RSVP, GuestMessage, Meetup, Venue
from members import account_deletion
from members.approval import notify_organisers
from members.emails import NOTICES, queue_mail
from newsletter.delivery import send_issue
from newsletter.drafts import draft_date_note
from newsletter.models import Delivery
from newsletter.models.subscriber import BY_IMPORT
from newsletter.subscriptions import enqueue_request_mail
from tests import factories

ACCOUNT_MAILS = [
    "account_already_exists",
    "account_inactive",
    "email_confirmation",
    "login_code",
    "password_reset_key",
    "reauthentication_code",
    "signup_closed",
    "unknown_account",
]
MARKDOWN = """Dear *readers*, {text}

## What we read

- one, of which more on 13 February 2030
- *two*: [the notes]({link})

> {text}

1. first
2. second

| Book | Read on |
| --- | --- |
| The Lamp | 30 September 2029 |

    typed  as it is

https://far.example/{path}"""


@dataclass(frozen=True)
class Words:
    """Texts typed into the fields that a mail shows."""

    club: str = "The Night Readers"
    person: str = "Nora Quill"
    venue: str = "The Boot"
    area: str = "Southwark"
    address: str = "10 Redcross Way\nLondon SE1 9HG"
    room: str = "the room above the bar"
    book: str = "The Lamp and the Ledger"
    title: str = "What we said about “The Lamp” & light"
    subject: str = "We meet on Wednesday 13 February 2030"
    sentence: str = "The café closes early <today> & tomorrow, so come at 6.30 pm on 13 February."
    path: str = "notes/of-the-lamp_and_the-ledger/"

    def cut_text(self, name, length):
        return getattr(self, name)[:length]


USUAL = Words()
WORD = "Donaudampfschifffahrtsgesellschaft"
LONG = Words(
    club=f"{WORD}{WORD} 📚 é",
    person="Ñ" * 80,
    venue="W" * 120,
    area="📚" * 120,
    address="\n".join(["M" * 74, "é" * 74, "漢" * 74, "x " * 37]),
    room="W" * 120,
    book="W" * 300,
    title="📚é" * 100,
    subject="=?utf-8?q?x?= " + "é" * 180,
    sentence="W" * 150 + "\u2028" + "long words " * 13,
    path="p" * 1_100,
)


def write_every_mail(words=USUAL) -> list:
    """Write a mail of every kind into an empty database; return [(name, EmailMessage)], the name being its kind.

    Further mails of one kind are called “reminder-day 2” and so on.
    """
    factories.make_club(
        name=words.cut_text("club", 80),
        contact_email="hello@club.example",
        newsletter_promise=words.cut_text("sentence", 120),
        newsletter_asks_name=True,
        guests_allowed=3,
    )
    olga = factories.make_organiser("olga@example.org", name=words.cut_text("person", 80))
    for write in (
        write_rsvp_mails,
        write_meetup_mails,
        write_account_mails,
        write_member_mails,
        write_newsletter_mails,
    ):
        write(words, olga)
    rows = [(row.kind, row) for row in OutgoingMail.objects.order_by("kind", "pk")]
    rows += [("letter", row) for row in Delivery.objects.order_by("pk")]
    counts, messages = {}, []
    for kind, row in rows:
        counts[kind] = counts.get(kind, 0) + 1
        messages.append((kind if counts[kind] == 1 else f"{kind} {counts[kind]}", row.build_message()))
    return messages


def make_meetup(words, **fields):
    book = factories.make_book(title=words.cut_text("book", 200))
    times = {"date": dt.date(2030, 2, 13), "start_time": dt.time(19), "end_time": dt.time(21, 30)}
    place = {"venue": find_venue(words), "room": words.cut_text("room", 120)}
    return factories.make_meetup(**place | {"book": book} | times | fields)


def find_venue(words, field="venue"):
    """Return the venue whose name is this field of `words`."""
    rest = {"area": words.cut_text("area", 120), "address": words.cut_text("address", 300)}
    return Venue.objects.get_or_create(name=words.cut_text(field, 120), defaults=rest)[0]


def write_rsvp_mails(words, olga):
    meetup = make_meetup(words, capacity=3)
    given_back = factories.make_rsvp(meetup, guests=2)
    factories.make_rsvp(meetup)
    factories.make_rsvp(meetup, guests=1)
    factories.make_rsvp(meetup, factories.make_member(approved_at=None))
    factories.make_rsvp(meetup, given_back.member, RSVP.Answer.NOT_GOING)  # the two who wait get seats
    put_on_list = guest_list.add_member(meetup, factories.make_member(), capacity=20)
    guest_list.remove_member(put_on_list, words.cut_text("sentence", 300), by=olga, is_reason_told=True)
    added = guest_list.add_member(meetup, factories.make_member(), capacity=20)
    cancellation.cancel_meetup(meetup, words.cut_text("sentence", 300))
    cancellation.reinstate_meetup(meetup)
    for reminder in (reminders.WEEK, reminders.DAY):
        emails.queue_mails(reminder.kind, meetup, list(meetup.rsvps.going()), meetup.date)
    write_changes(words, meetup, [added])
    write_changes(words, make_meetup(words), [factories.make_rsvp(make_meetup(words))], date=None)


def write_changes(words, meetup, rsvps, **changes):
    """Write the mail about another place and date; with `date=None` about a meetup that is postponed."""
    before = Meetup.objects.get(pk=meetup.pk)
    changes = changes or {"date": dt.date(2030, 9, 25), "venue": find_venue(words, "club")}
    for name, value in changes.items():
        setattr(meetup, name, value)
    for rsvp in rsvps:
        rsvp.meetup = meetup
    emails.queue_mails(
        "meetup-changed",
        meetup,
        rsvps,
        str(next(factories.numbers)),
        lambda member: change_notices.build_change_context(before, meetup, member),
    )


def write_meetup_mails(words, olga):
    meetup = make_meetup(words)
    rsvps = [factories.make_rsvp(meetup), factories.make_rsvp(meetup)]
    text = write_markdown(words)
    message = guest_messages.draft_message(
        meetup, whom=GuestMessage.Whom.ALL, subject=words.cut_text("subject", 120), text=text
    )
    guest_messages.send_message(message, olga)
    writeup = factories.make_writeup(
        title=words.cut_text("title", 200), standfirst=words.cut_text("sentence", 300), meetup=meetup
    )
    rsvps[1].attended = True
    emails.queue_mails(
        "writeup-out", meetup, rsvps, reminders.OCCASION, lambda m: reminders.build_announcement_context(writeup, m)
    )
    draft = factories.make_writeup(title=words.cut_text("title", 200), published_at=None)
    mark_ready(draft, olga, Club.objects.current(), reverse("admin:meetups_writeup_change", args=[draft.pk]))


def write_account_mails(words, olga):
    context = {
        "user": olga,
        "code": "BCDF-GHJK",
        "is_known": True,
        "from_email": f"{'o' * 60}@example.org",
        "to_email": "olga@example.org",
        "provider": SimpleNamespace(name=words.cut_text("club", 40)),
        "password_reset_url": f"{settings.SITE_URL}/accounts/password/reset/key/1-abc-{'0' * 32}/",
    }
    for name in [*ACCOUNT_MAILS, *NOTICES]:
        queue_mail(f"account/email/{name}", olga.email, context)
    queue_mail("account/email/login_code", "new@example.org", context | {"is_known": False})


def write_member_mails(words, olga):
    approval.approve_member(factories.make_member(approved_at=None))
    declined, wanting = (factories.make_member(name=words.cut_text("person", 80), approved_at=None) for _ in range(2))
    notify_organisers(wanting, Club.objects.current())
    approval.decline_member(declined)
    authors.make_author(factories.make_member())
    account_deletion.delete_account(factories.make_member())
    factories.make_mail(state=OutgoingMail.State.HELD, kind="login-code")
    alert_about_held_mail()
    OutgoingMail.objects.held().delete()


def write_newsletter_mails(words, olga):
    enqueue_request_mail(factories.make_subscriber(confirmed_at=None), is_within_limit=True)
    enqueue_request_mail(factories.make_subscriber(name=words.cut_text("person", 80)), is_within_limit=True)
    factories.make_subscriber(
        confirmed_by=f"{BY_IMPORT} the list at the door", asked_at=timezone.now() - dt.timedelta(9)
    )
    text = write_markdown(words)
    book = factories.make_book(title=words.cut_text("book", 200))
    letter = factories.make_issue(
        number=None,
        subject=words.cut_text("subject", 200),
        introduction=text,
        closing=words.sentence,
        writeup=factories.make_writeup(title=words.cut_text("title", 200)),
        quote=factories.make_quote(book=book, text=words.sentence, locator=words.cut_text("person", 40)),
        meetup=make_meetup(words),
    )
    letter.questions.add(factories.make_question(book=book, text=words.sentence, lead_word="Discuss"))
    request_tests(letter, olga)
    send_issue(letter, olga)
    factories.make_subscriber(wants_letter=False, wants_dates=True)
    note, _ = draft_date_note(make_meetup(words))
    send_issue(note, olga)


def request_tests(letter, olga):
    """Press the buttons for a test of the letter, and of the mail."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(olga)
    for name, keys in (("send_test", [letter.pk]), ("deliverability", [])):
        client.post(reverse(f"admin:newsletter_issue_{name}", args=keys), {"to": "olga@example.org"})


def write_markdown(words):
    return MARKDOWN.format(text=words.sentence, link=f"/{words.path}", path=words.path)
