"""Each way to try codes, passwords and addresses: one network may try ten times in a minute, whoever it tries."""

import datetime as dt

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.factories import make_club, make_meetup, make_member
from tests.members.login_helpers import CODE, LOGIN, SIGNUP, request_code
from tests.members.test_mfa import PASSWORD, add_totp
from tests.pages import soup_of, text_of

NOON = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
SAME_ORIGIN = {"HTTP_ORIGIN": "http://localhost:8000", "HTTP_HOST": "localhost:8000"}
ALLOWED = 10


@pytest.fixture(autouse=True)
def noon(db):
    cache.clear()
    make_club(joining="open")
    with time_machine.travel(NOON, tick=False) as traveller:
        make_meetup(slug="soon", date=NOON.date() + dt.timedelta(days=9))
        yield traveller


def get_address(number):
    """Return the address of a member for an odd number, of nobody for an even one."""
    return f"person{number}@example.org"


@pytest.fixture
def members(noon):
    return {number: make_member(get_address(number), password=PASSWORD) for number in range(1, ALLOWED + 4, 2)}


def try_address(url, **fields):
    """Return a function that posts an address in a new browser."""

    def attempt(number, ip):
        data = {"email": get_address(number), "login": get_address(number)} | fields
        return Client(REMOTE_ADDR=ip, **SAME_ORIGIN).post(url, data)

    return attempt


def try_login_code(number, ip):
    client = Client(REMOTE_ADDR=f"198.51.100.{number}")  # asked for in another network: only the guesses count here
    request_code(client, get_address(number))
    return client.post(CODE, {"code": "BBBB-BBBB"}, REMOTE_ADDR=ip)


def try_as_member(url, prepare=None, **fields):
    """Return a function that posts to `url` as a member who signed in, a different one each time."""

    def attempt(number, ip):
        member = make_member(f"own{number}@example.org", password=PASSWORD)
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        client.force_login(member)
        if prepare:
            prepare(client)
        data = {name: value.format(number) for name, value in fields.items()}
        return client.post(url, data, REMOTE_ADDR=ip)

    return attempt


def try_second_factor(number, ip):
    member = make_member(f"own{number}@example.org", password=PASSWORD)
    add_totp(member)
    client = Client(REMOTE_ADDR=f"198.51.100.{number}")
    client.post(reverse("account_login_password"), {"login": member.email, "password": PASSWORD})
    return client.post(reverse("mfa_authenticate"), {"code": "000000"}, REMOTE_ADDR=ip)


def ask_for_reauthentication_code(client):
    client.post("/accounts/reauthenticate/code/", {"resend": ""})


def give_password_again(client):
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def ask_for_email_change(client):
    give_password_again(client)
    client.post(reverse("account_email"), {"email": "new@example.org", "action_add": ""})


TRIES = {
    "a login code": try_address(LOGIN),
    "signing up": try_address(SIGNUP, name="Ann Archer"),
    "a visitor's seat": try_address("/meetups/soon/rsvp/", name="Ann Archer", answer="going"),
    "guessing a login code": try_login_code,
    "guessing a password": try_address("/accounts/login/password/", password="wrong"),
    "a passkey": try_address("/accounts/2fa/webauthn/login/", credential="{}"),
    "guessing a second factor": try_second_factor,
    "a password reset": try_address("/accounts/password/reset/"),
    "guessing a reset link": try_address("/accounts/password/reset/key/1-set-password/", password1="x", password2="x"),
    "guessing a password again": try_as_member("/accounts/reauthenticate/", password="wrong"),
    "a reauthentication code": try_as_member("/accounts/reauthenticate/code/", resend=""),
    "guessing a reauthentication code": try_as_member(
        "/accounts/reauthenticate/code/", ask_for_reauthentication_code, code="BBBB-BBBB"
    ),
    "a change of address": try_as_member(
        "/accounts/email/", give_password_again, email="new{}@example.org", action_add=""
    ),
    "guessing an email change code": try_as_member("/accounts/confirm-email/", ask_for_email_change, code="BBBB-BBBB"),
    "the newsletter": try_address("/newsletter/subscription/"),
}


@pytest.mark.parametrize("attempt", TRIES.values(), ids=TRIES)
@pytest.mark.parametrize(
    ("ip", "other_ip"),
    [
        ("192.0.2.1", "192.0.2.2"),
        pytest.param("2001:db8:0:7::{:x}", "2001:db8:0:8::1", marks=pytest.mark.all_tests),
        # As a socket for both families gives them.
        pytest.param("::ffff:192.0.2.1", "::ffff:192.0.2.2", marks=pytest.mark.all_tests),
    ],
)
def test_eleventh_try_from_one_network_within_a_minute_is_refused(noon, members, attempt, ip, other_ip):
    allowed = [attempt(number, ip.format(number)) for number in range(ALLOWED)]

    unknown, known = (attempt(number, ip.format(number)) for number in (ALLOWED, ALLOWED + 1))

    assert 429 not in {response.status_code for response in allowed}
    assert (unknown.status_code, unknown["Retry-After"], known.status_code) == (429, "60", 429)
    assert unknown.content == known.content
    assert text_of(soup_of(known).select_one(".lede")).endswith("Nothing was changed. Try again in a minute.")
    assert attempt(ALLOWED + 2, other_ip).status_code != 429
    noon.shift(61)
    assert attempt(ALLOWED + 3, ip.format(1)).status_code != 429
