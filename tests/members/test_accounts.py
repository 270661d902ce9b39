"""Signing in, as those try it who should not get in."""

import re

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from members.models import Member
from tests.factories import make_member

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"
TOO_MANY = "Too many tries. Wait five minutes, then try again."
KNOWN, UNKNOWN = "nick@example.org", "nobody@example.org"


@pytest.fixture
def nick():
    return make_member(KNOWN, password=PASSWORD)


def sign_in(login, password, ip="192.0.2.1", **headers):
    """The answer to somebody who has never been here."""
    client = Client(REMOTE_ADDR=ip, headers=headers)
    return client.post(reverse("account_login"), {"login": login, "password": password})


def is_in(response):
    return settings.SESSION_COOKIE_NAME in response.cookies


def text(response, login):
    """The page without what differs each time and without the address that was typed."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return page.replace(login, "ADDRESS")


def test_the_right_password_opens_the_account(nick):
    response = sign_in(KNOWN, PASSWORD)

    assert response.status_code == 302
    assert is_in(response)


def test_the_sixth_try_for_one_address_is_refused_whatever_the_password_and_wherever_from(nick):
    for number in range(5):
        assert TOO_MANY not in sign_in(KNOWN, "wrong", ip=f"192.0.2.{number}").content.decode()

    response = sign_in(KNOWN, PASSWORD, ip="192.0.2.99")

    assert TOO_MANY in response.content.decode()
    assert not is_in(response)


def test_the_fifth_try_still_counts(nick):
    for number in range(4):
        sign_in(KNOWN, "wrong", ip=f"192.0.2.{number}")

    assert is_in(sign_in(KNOWN, PASSWORD))


def test_after_five_minutes_the_address_is_open_again(nick):
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False) as traveller:
        for number in range(6):
            sign_in(KNOWN, "wrong", ip=f"192.0.2.{number}")
        traveller.shift(299)
        assert not is_in(sign_in(KNOWN, PASSWORD, ip="192.0.2.50"))
        traveller.shift(302)
        assert is_in(sign_in(KNOWN, PASSWORD, ip="192.0.2.51"))


def test_a_known_and_an_unknown_address_get_the_same_answers(nick):
    answers = {
        login: [text(sign_in(login, "wrong", ip=f"192.0.2.{number}"), login) for number in range(7)]
        for login in (KNOWN, UNKNOWN)
    }

    assert answers[KNOWN] == answers[UNKNOWN]
    assert TOO_MANY in answers[UNKNOWN][5]


@pytest.mark.parametrize("login", [KNOWN.upper(), f" {KNOWN} ", "Nick@Example.org"])
def test_an_address_in_another_case_is_not_another_address(nick, login):
    assert is_in(sign_in(login, PASSWORD))
    for number in range(5):
        sign_in(KNOWN, "wrong", ip=f"192.0.2.{number}")

    assert not is_in(sign_in(login, PASSWORD, ip="192.0.2.99"))


@pytest.mark.parametrize("forwarded", [False, True])
def test_eleven_addresses_from_one_place_are_stopped_whatever_it_says_of_itself(nick, forwarded):
    for number in range(10):
        headers = {"X-Forwarded-For": f"198.51.100.{number}"} if forwarded else {}
        sign_in(f"member{number}@example.org", "wrong", **headers)

    response = sign_in(KNOWN, PASSWORD, **({"X-Forwarded-For": "198.51.100.99"} if forwarded else {}))

    assert not is_in(response)


def test_the_admin_has_no_door_of_its_own(client, olga):
    response = client.get("/admin/login/?next=/admin/")

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))
    olga.set_password(PASSWORD)
    olga.save()
    posted = client.post("/admin/login/", {"username": olga.email, "password": PASSWORD})
    assert posted.url.startswith(reverse("account_login"))
    assert not is_in(posted)


@pytest.mark.parametrize("method", ["get", "head"])
def test_signing_out_takes_more_than_following_a_link(client, nick, method):
    client.force_login(nick)

    getattr(client, method)(reverse("account_logout"))

    assert client.session["_auth_user_id"] == str(nick.pk)


def test_nobody_makes_an_account_for_themselves(client):
    form = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD, "is_staff": "1"}

    pages = [client.get(reverse("account_signup")), client.post(reverse("account_signup"), form)]

    assert ["<form" in re.sub(r"(?s)<header.*?</header>", "", page.content.decode()) for page in pages] == [
        False,
        False,
    ]
    assert not Member.objects.exists()
    assert mail.outbox == []


def test_an_address_that_looks_alike_gets_no_mail(client):
    make_member("mike@example.org", password=PASSWORD)

    for login in ("mıke@example.org", "mike@exämple.org", "mike@examp\u200ble.org"):
        client.post(reverse("account_reset_password"), {"email": login})

    assert mail.outbox == []


def test_a_mail_goes_to_the_address_that_is_kept_and_not_to_the_one_typed(client):
    make_member("mike@example.org", password=PASSWORD)

    client.post(reverse("account_reset_password"), {"email": "mi\u212ae@example.org"})  # the sign for Kelvin

    assert [message.to for message in mail.outbox] in ([], [["mike@example.org"]])


def test_a_link_in_a_mail_leads_to_our_own_address_whatever_the_request_says(client, nick):
    client.post(reverse("account_reset_password"), {"email": KNOWN}, headers={"X-Forwarded-Host": "evil.example"})

    [message] = mail.outbox
    assert settings.SITE_URL in message.body
    assert "evil.example" not in message.body


def test_a_session_from_before_signing_in_is_another_one_after_it(client, nick):
    session = client.session
    session["something"] = "planted"
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted

    client.post(reverse("account_login"), {"login": KNOWN, "password": PASSWORD})

    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    assert not client.session.exists(planted)


def test_another_site_signs_nobody_in(nick):
    client = Client(enforce_csrf_checks=True)
    form = {"login": KNOWN, "password": PASSWORD}

    response = client.post(reverse("account_login"), form, headers={"Origin": "https://evil.example"})

    assert response.status_code == 403
    assert not is_in(response)
