"""What is done without anybody asking: each chore looks up what is missing, so it may run late, twice, or on two
machines. A chore belongs to the app that it is about; the list is here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from bookclub.asking import tell_of_held_mail
from bookclub.budgets import MailRequest
from bookclub.outbox import OutgoingMail
from meetups.changing import tell_of_changes
from meetups.reminders import announce_writeups, remind
from meetups.seating import settle_all
from members.joining import forget_unconfirmed
from members.parts import parts
from newsletter.delivery import send_scheduled, settle


@dataclass(frozen=True)
class Chore:
    name: str
    every_seconds: int
    do: Callable[[], object]


def settle_mail():
    OutgoingMail.objects.settle()


def drop_expired_mail():
    """Codes that nobody can use any more, reminders of what has begun: they are not sent, and secrets go."""
    OutgoingMail.objects.expired().drop()


def forget_old_mail():
    OutgoingMail.objects.over().delete()


def forget_mail_requests():
    MailRequest.objects.over().delete()


def forget_what_is_old():
    """What docs/members-and-privacy.md promises: each app for its own part."""
    for part in parts():
        part.expire(timezone.now())


CHORES = [
    Chore("settle mail", 30, settle_mail),
    Chore("drop expired mail", 60, drop_expired_mail),
    Chore("seat those who wait", 60, settle_all),
    Chore("tell of changes", 60, tell_of_changes),
    Chore("remind", 60, remind),
    Chore("announce write-ups", 300, announce_writeups),
    Chore("tell of held mail", 60, tell_of_held_mail),
    Chore("forget old mail", 3600, forget_old_mail),
    Chore("forget who asked for mail", 600, forget_mail_requests),
    Chore("send scheduled letters", 20, send_scheduled),
    Chore("settle letters", 30, settle),
    Chore("forget who never came in", 3600, forget_unconfirmed),
    Chore("retention", 3600, forget_what_is_old),
]
