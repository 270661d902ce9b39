"""The URLs below /accounts/, and attempts to log in that must fail: rate limits, lookalike addresses, other sites."""

import re

import pytest
import time_machine
from allauth.account import urls as account
from allauth.mfa import urls as mfa
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from members import account_urls
from members.models import Member
from tests.factories import make_member
from tests.members.login_helpers import (
    CODE,
    LOGIN,
    enter_code,
    get_code,
    is_logged_in,
    list_mails,
    log_in,
    request_code,
)

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"
NEW_PASSWORD = {"password1": "marsh-and-moor-7", "password2": "marsh-and-moor-7"}
TOO_MANY = "Too many tries. Wait five minutes, then try again."
KNOWN, UNKNOWN = "nick@example.org", "nobody@example.org"


@pytest.fixture(autouse=True)
def fresh_limits(db):
    cache.clear()


@pytest.fixture
def nick():
    return make_member(KNOWN, password=PASSWORD, name="Nick")


def log_in_with_password(login, password, ip="192.0.2.1", **headers):
    """Post the password form in a new browser."""
    client = Client(REMOTE_ADDR=ip, headers=headers)
    return client.post(reverse("account_login_password"), {"login": login, "password": password})


def has_session_cookie(response):
    return settings.SESSION_COOKIE_NAME in response.cookies


def normalize_page(response, login):
    """Return the page without its CSRF token and without the address that was typed."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return page.replace(login, "ADDRESS")


def test_password_login_succeeds(nick):
    response = log_in_with_password(KNOWN, PASSWORD)

    assert response.status_code == 302
    assert has_session_cookie(response)


def test_password_login_is_rate_limited_per_address_on_sixth_attempt(nick):
    for number in range(5):
        assert TOO_MANY not in log_in_with_password(KNOWN, "wrong", ip=f"192.0.2.{number}").content.decode()

    response = log_in_with_password(KNOWN, PASSWORD, ip="192.0.2.99")

    assert TOO_MANY in response.content.decode()
    assert not has_session_cookie(response)


def test_password_login_allows_fifth_attempt(nick):
    for number in range(4):
        log_in_with_password(KNOWN, "wrong", ip=f"192.0.2.{number}")

    assert has_session_cookie(log_in_with_password(KNOWN, PASSWORD))


def test_password_login_rate_limit_ends_after_five_minutes(nick):
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False) as traveller:
        for number in range(6):
            log_in_with_password(KNOWN, "wrong", ip=f"192.0.2.{number}")
        traveller.shift(299)
        assert not has_session_cookie(log_in_with_password(KNOWN, PASSWORD, ip="192.0.2.50"))
        traveller.shift(302)
        assert has_session_cookie(log_in_with_password(KNOWN, PASSWORD, ip="192.0.2.51"))


def test_password_login_hides_which_addresses_have_accounts(nick):
    answers = {
        login: [
            normalize_page(log_in_with_password(login, "wrong", ip=f"192.0.2.{number}"), login) for number in range(7)
        ]
        for login in (KNOWN, UNKNOWN)
    }

    assert answers[KNOWN] == answers[UNKNOWN]
    assert TOO_MANY in answers[UNKNOWN][5]


@pytest.mark.both_databases
@pytest.mark.parametrize("login", [KNOWN.upper(), f" {KNOWN} ", "Nick@Example.org"])
def test_password_login_ignores_case_and_spaces_of_address(nick, login):
    assert has_session_cookie(log_in_with_password(login, PASSWORD))
    for number in range(5):
        log_in_with_password(KNOWN, "wrong", ip=f"192.0.2.{number}")

    assert not has_session_cookie(log_in_with_password(login, PASSWORD, ip="192.0.2.99"))


@pytest.mark.parametrize("forwarded", [False, True])
def test_password_login_is_rate_limited_per_network(nick, forwarded):
    for number in range(10):
        headers = {"X-Forwarded-For": f"198.51.100.{number}"} if forwarded else {}
        log_in_with_password(f"member{number}@example.org", "wrong", **headers)

    response = log_in_with_password(KNOWN, PASSWORD, **({"X-Forwarded-For": "198.51.100.99"} if forwarded else {}))

    assert not has_session_cookie(response)


def test_rate_limit_counts_survive_a_full_cache(nick):
    for number in range(5):
        log_in_with_password(KNOWN, "wrong", ip=f"192.0.2.{number}")
    cache.set_many({f"noise{number}": [1.0] for number in range(400)})

    assert not has_session_cookie(log_in_with_password(KNOWN, PASSWORD, ip="192.0.2.99"))


def test_admin_login_redirects_to_site_login(client, olga):
    response = client.get("/admin/login/?next=/admin/")

    assert response.status_code == 302
    assert response.url.startswith(LOGIN)
    olga.set_password(PASSWORD)
    olga.save()
    posted = client.post("/admin/login/", {"username": olga.email, "password": PASSWORD})
    assert posted.url.startswith(LOGIN)
    assert not has_session_cookie(posted)


@pytest.mark.parametrize("method", ["get", "head"])
def test_logout_by_get_changes_nothing(client, nick, method):
    client.force_login(nick)

    getattr(client, method)(reverse("account_logout"))

    assert client.session["_auth_user_id"] == str(nick.pk)


def test_signup_ignores_privileged_fields(client):
    request_code(
        client, "new@example.org", name="New", is_staff="1", is_superuser="1", approved_at="2020-01-01", id="1"
    )

    new = Member.objects.get()
    assert (new.is_staff, new.is_superuser, new.approved_at) == (False, False, None)


# --- lookalike addresses and other hosts


@pytest.mark.both_databases
@pytest.mark.parametrize("typed", ["mıke@example.org", "mike@exämple.org", "mike@examp\u200ble.org"])
def test_lookalike_address_gets_no_mail_of_the_real_account(client, typed):
    mike = make_member("mike@example.org", password=PASSWORD)

    client.post(reverse("account_reset_password"), {"email": typed})
    assert list_mails() == []
    request_code(client, typed)
    for mail in list_mails():
        enter_code(client, get_code(mail.to))

    assert client.session.get("_auth_user_id") != str(mike.pk)
    assert list_mails("mike@example.org") == []


@pytest.mark.both_databases
def test_mail_goes_to_the_stored_address_not_the_typed_one(client):
    make_member("mike@example.org", password=PASSWORD)
    kelvin = "mi\u212ae@example.org"  # KELVIN SIGN, whose lower case is k

    client.post(reverse("account_reset_password"), {"email": kelvin})
    request_code(client, kelvin)

    assert {mail.to for mail in list_mails()} <= {"mike@example.org"}


def test_mailed_link_ignores_forwarded_host(client, nick):
    client.post(reverse("account_reset_password"), {"email": KNOWN}, headers={"X-Forwarded-Host": "evil.example"})

    [mail] = list_mails()
    assert settings.SITE_URL in mail.text
    assert "evil.example" not in mail.text + mail.html


@pytest.mark.parametrize("address", [LOGIN, "/accounts/signup/", "/accounts/password/reset/"])
def test_unknown_host_gets_400_and_no_mail(client, nick, address):
    response = client.post(address, {"email": KNOWN, "name": "Nick"}, headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert list_mails() == []


# --- sessions


def test_login_replaces_the_session_key(client, nick):
    session = client.session
    session["something"] = "planted"
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted

    log_in(client, KNOWN)

    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    assert not client.session.exists(planted)


@pytest.mark.parametrize("address", [LOGIN, "/accounts/login/password/", "/accounts/signup/", CODE])
@pytest.mark.parametrize("origin", ["https://evil.example", None])
def test_cross_site_login_post_is_refused(nick, address, origin):
    client = Client(enforce_csrf_checks=True, headers={"Origin": origin} if origin else {})
    form = {"login": KNOWN, "password": PASSWORD, "email": KNOWN, "name": "Nick", "code": "BBBB-BBBB"}

    response = client.post(address, form)

    assert response.status_code == 403
    assert not is_logged_in(client)
    assert list_mails() == []


def list_url_names(patterns):
    """Return the names of `patterns` and of all that they include."""
    names = (list_url_names(each.url_patterns) if hasattr(each, "url_patterns") else {each.name} for each in patterns)
    return set().union(*names)


def test_account_urls_include_every_allauth_view():
    ours, allauths = list_url_names(account_urls.urlpatterns), list_url_names([*account.urlpatterns, *mfa.urlpatterns])

    assert allauths - ours == set()
    assert ours - allauths == {"account_login_password", "account_reauthentication_code"}
