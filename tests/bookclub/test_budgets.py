"""How much mail strangers can make us send, and what happens to the rest."""

import datetime as dt
import itertools

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import transaction

from bookclub.asking import ALERT, tell_of_held_mail, write_asked
from bookclub.budgets import DAY, HOUR, Budget, keyed, network_of
from bookclub.models import MailRequest, OutgoingMail
from tests.factories import do_post, make_club, make_mail
from tests.racing import race

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 4, 12, 30, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
SMALL = Budget(per_address=((HOUR, 1), (DAY, 3)), per_network=((HOUR, 4),), per_site=((HOUR, 6),))
State = OutgoingMail.State


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def by(rf, address="192.0.2.7"):
    return rf.post("/", REMOTE_ADDR=address)


def ask(rf, to="bob@example.org", network="192.0.2.7", kind="code", budget=SMALL):
    return MailRequest.objects.ask(kind, to, by(rf, network), budget)


# --- the three budgets ----------------------------------------------------------------------------------------------


def test_an_address_gets_so_many_an_hour_and_so_many_a_day_however_it_is_written(rf, clock):
    said = []
    for minutes in (0, 59, 60, 120, 180, 24 * 60 + 1):
        clock.move_to(NOW + dt.timedelta(minutes=minutes, seconds=minutes > 0))
        said.append(
            ask(rf, to="Bob@Example.org" if minutes % 2 else "bob@example.org", network=f"198.51.{minutes % 250}.1")
        )

    assert said == [True, False, True, True, False, True]


def test_a_network_gets_so_many_whatever_the_addresses_and_those_refused_count_as_well(rf, clock):
    said = [ask(rf, to=f"reader{number}@example.org", network=f"192.0.2.{number}") for number in range(6)]

    clock.move_to(NOW + HOUR - SECOND)
    still = ask(rf, to="late@example.org")
    other = ask(rf, to="other@example.org", network="198.51.100.1")

    assert said == [True] * 4 + [False] * 2
    assert (still, other) == (False, True)


def test_the_site_sends_so_many_and_what_one_network_asks_in_vain_takes_nothing_from_others(rf, clock):
    for number in range(20):
        ask(rf, to=f"robot{number}@example.org")
    others = [ask(rf, to=f"reader{number}@example.org", network=f"198.51.{number}.1") for number in range(3)]

    clock.move_to(NOW + HOUR)

    assert others == [True, True, False]
    assert ask(rf, to="reader3@example.org", network="198.51.9.1")


def test_each_kind_of_mail_has_its_own_budget(rf, clock):
    assert [ask(rf), ask(rf), ask(rf, kind="letter")] == [True, False, True]


def test_what_asked_a_day_ago_is_forgotten_and_so_is_what_a_clock_that_was_ahead_has_written(rf, clock):
    clock.move_to(NOW + 30 * DAY)
    ask(rf)
    clock.move_to(NOW)
    assert ask(rf)

    clock.move_to(NOW + DAY)
    assert MailRequest.objects.over().count() == 1
    clock.move_to(NOW + DAY + SECOND)
    do_post()

    assert not MailRequest.objects.exists()


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.7", "192.0.2.250", True),
        ("192.0.2.7", "192.0.3.7", False),
        ("::ffff:192.0.2.7", "192.0.2.9", True),
        ("2001:db8:1:2200::1", "2001:db8:1:22ff:ffff::9", True),
        ("2001:db8:1:2200::1", "2001:db8:1:2300::1", False),
    ],
)
def test_a_network_is_what_one_household_has(rf, one, other, is_same):
    assert (network_of(by(rf, one)) == network_of(by(rf, other))) is is_same


def test_who_has_no_address_asks_for_nothing(rf):
    with pytest.raises(PermissionDenied):
        ask(rf, network="")


def test_neither_an_address_nor_a_network_is_kept(rf, settings):
    ask(rf, to="bob@example.org", network="192.0.2.7")
    row = MailRequest.objects.get()
    settings.SECRET_KEY = "another" * 10

    assert "bob" not in str(vars(row))
    assert "192" not in f"{row.address_key[:0]}{row.network_key[:0]}{row.kind}"
    assert row.address_key != keyed("address", "bob@example.org")


def test_of_those_who_ask_at_the_same_moment_as_many_are_within_as_the_budget_says(transactional_db, rf):
    numbers = itertools.count()
    request = by(rf)

    def act(number):
        return lambda: MailRequest.objects.ask("code", f"reader{number}@example.org", request, SMALL)

    runs = race([act(next(numbers)) for _ in range(8)])

    assert [run.error for run in runs] == [""] * 8
    assert sorted(run.result for run in runs) == [False] * 4 + [True] * 4


# --- in one call ----------------------------------------------------------------------------------------------------


def write(rf, number, **options):
    fields = {"kind": "code", "key": f"code:{number}", "subject": "Your code", "text": f"{number}\n"}
    return write_asked(by(rf, **options), SMALL, to=f"reader{number}@example.org", **fields)


def test_over_the_budget_mail_waits_for_the_organiser_and_the_club_is_told_once_an_hour(rf, clock, mailoutbox):
    make_club(contact_email="hello@club.example")

    said = [write(rf, number) for number in range(7)]
    do_post()
    do_post()

    assert said == [True] * 4 + [False] * 3
    assert OutgoingMail.objects.filter(state=State.HELD).count() == 3
    [alert] = [message for message in mailoutbox if message.to == ["hello@club.example"]]
    assert len(mailoutbox) == 5
    assert alert.subject == "3 mails wait for you to look"
    assert "http://localhost:8000/admin/bookclub/outgoingmail/?state=held" in alert.body


def test_the_club_is_told_again_only_of_what_it_does_not_know_yet_and_only_in_another_hour(clock, mailoutbox):
    make_club(contact_email="hello@club.example")
    make_mail(state=State.HELD, expires_at=NOW + 5 * HOUR)
    tell_of_held_mail()

    clock.move_to(NOW + SECOND)
    make_mail(state=State.HELD)
    tell_of_held_mail()
    assert OutgoingMail.objects.filter(kind=ALERT).count() == 1
    clock.move_to(NOW + HOUR)
    tell_of_held_mail()
    assert OutgoingMail.objects.filter(kind=ALERT).count() == 2
    clock.move_to(NOW + 3 * HOUR)
    tell_of_held_mail()
    assert OutgoingMail.objects.filter(kind=ALERT).count() == 2


def test_nobody_is_told_of_what_nobody_can_use_any_more_or_where_the_club_has_no_address(clock):
    make_mail(state=State.HELD, expires_at=NOW)
    make_club(contact_email="hello@club.example")
    tell_of_held_mail()
    make_mail(state=State.HELD)
    make_club(contact_email="")
    tell_of_held_mail()

    assert not OutgoingMail.objects.filter(kind=ALERT).exists()


def test_what_is_asked_for_is_gone_with_the_transaction_that_it_tells_of(rf):
    with transaction.atomic():
        write(rf, 1)
        transaction.set_rollback(True)

    assert not OutgoingMail.objects.exists()
    assert not MailRequest.objects.exists()
