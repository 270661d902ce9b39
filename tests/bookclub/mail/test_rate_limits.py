"""Rate limits on mail that strangers can request."""

import datetime as dt
import itertools

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import transaction

from bookclub.mail.models import OutgoingMail
from bookclub.mail.rate_limits import DAY, HOUR, MailRequest, RateLimit, keyed_hash, network_of
from tests.factories import run_worker
from tests.racing import race

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 4, 12, 30, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
SMALL = RateLimit(per_address=((HOUR, 1), (DAY, 3)), per_network=((HOUR, 4),), per_site=((HOUR, 6),))
State = OutgoingMail.State


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def by(rf, address="192.0.2.7"):
    return rf.post("/", REMOTE_ADDR=address)


def ask(rf, to="bob@example.org", network="192.0.2.7", kind="code", rate_limit=SMALL):
    return MailRequest.objects.record(kind, to, by(rf, network), rate_limit).is_within


@pytest.mark.both_databases
def test_record_limits_an_address_per_hour_and_day(rf, clock):
    said = []
    for minutes in (0, 59, 60, 120, 180, 24 * 60 + 1):
        clock.move_to(NOW + dt.timedelta(minutes=minutes, seconds=minutes > 0))
        said.append(
            ask(rf, to="Bob@Example.org" if minutes % 2 else "bob@example.org", network=f"198.51.{minutes % 250}.1")
        )

    assert said == [True, False, True, True, False, True]


def test_record_limits_a_network_counting_refused_requests(rf, clock):
    said = [ask(rf, to=f"reader{number}@example.org", network=f"192.0.2.{number}") for number in range(6)]

    clock.move_to(NOW + HOUR - SECOND)
    still = ask(rf, to="late@example.org")
    other = ask(rf, to="other@example.org", network="198.51.100.1")

    assert said == [True] * 4 + [False] * 2
    assert (still, other) == (False, True)


def test_record_limits_the_site_not_counting_refused_requests(rf, clock):
    for number in range(20):
        ask(rf, to=f"robot{number}@example.org")
    others = [ask(rf, to=f"reader{number}@example.org", network=f"198.51.{number}.1") for number in range(3)]

    clock.move_to(NOW + HOUR)

    assert others == [True, True, False]
    assert ask(rf, to="reader3@example.org", network="198.51.9.1")


def test_record_limits_each_kind_separately(rf, clock):
    assert [ask(rf), ask(rf), ask(rf, kind="letter")] == [True, False, True]


@pytest.mark.both_databases
def test_requests_are_deleted_after_a_day_or_with_future_time(rf, clock):
    clock.move_to(NOW + 30 * DAY)
    ask(rf)
    clock.move_to(NOW)
    assert ask(rf)

    clock.move_to(NOW + DAY)
    assert MailRequest.objects.deletable().count() == 1
    clock.move_to(NOW + DAY + SECOND)
    run_worker()

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
def test_network_of_groups_a_household(rf, one, other, is_same):
    assert (network_of(by(rf, one)) == network_of(by(rf, other))) is is_same


def test_record_without_ip_address_is_denied(rf):
    with pytest.raises(PermissionDenied):
        ask(rf, network="")


def test_record_stores_only_hashes(rf, settings):
    ask(rf, to="bob@example.org", network="192.0.2.7")
    row = MailRequest.objects.get()
    settings.SECRET_KEY = "another" * 10

    assert "bob" not in str(vars(row))
    assert "192" not in f"{row.address_hash[:0]}{row.network_hash[:0]}{row.kind}"
    assert row.address_hash != keyed_hash("address", "bob@example.org")


@pytest.mark.both_databases
def test_record_concurrent_requests_keep_the_limit(transactional_db, rf):
    numbers = itertools.count()
    request = by(rf)

    def act(number):
        return lambda: MailRequest.objects.record("code", f"reader{number}@example.org", request, SMALL).is_within

    runs = race([act(next(numbers)) for _ in range(8)])

    assert [run.error for run in runs] == [""] * 8
    assert sorted(run.result for run in runs) == [False] * 4 + [True] * 4


@pytest.mark.both_databases
def test_record_is_rolled_back_with_its_transaction(rf):
    with transaction.atomic():
        ask(rf)
        transaction.set_rollback(True)

    assert not MailRequest.objects.exists()
