"""A member's sessions: recorded at login, named by browser, and ended by the member or with a new password."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from members.models import SignIn
from members.sessions import describe_browser
from tests.factories import make_member
from tests.members.login_helpers import (
    list_mails,
    log_in,
    make_browser,
)

pytestmark = pytest.mark.django_db

KNOWN, PASSWORD = "nick@example.org", "a long enough password"
NEW_PASSWORD = {"password1": "marsh-and-moor-7", "password2": "marsh-and-moor-7"}


@pytest.fixture(autouse=True)
def fresh_limits(db):
    cache.clear()


@pytest.fixture
def nick():
    return make_member(KNOWN, password=PASSWORD, name="Nick")


def make_windows_browser(ip="192.0.2.1"):
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    return make_browser(ip, headers={"User-Agent": agent})


def is_signed_in(client):
    return client.get(reverse("members:profile")).status_code == 200


def test_sign_in_row_names_the_browser_without_ip_address(nick):
    log_in(make_windows_browser(), KNOWN)

    [row] = SignIn.objects.all()
    assert (row.member, row.browser) == (nick, "Firefox on Windows")
    assert "192.0.2" not in str(vars(row))


def test_logout_deletes_the_sign_in_row(nick):
    client = make_windows_browser()
    log_in(client, KNOWN)

    client.post(reverse("account_logout"))

    assert not SignIn.objects.exists()


def log_in_three_browsers(nick):
    clients = [make_windows_browser(f"192.0.2.{number}") for number in range(3)]
    for client in clients:
        client.post(reverse("account_login_password"), {"login": KNOWN, "password": PASSWORD})
    return clients


def test_end_sign_in_works_for_its_owner_only(nick, bob):
    here, there, third = log_in_three_browsers(nick)
    row = SignIn.objects.order_by("pk")[1]
    bobs = make_browser()
    bobs.force_login(bob)

    foreign = bobs.post(reverse("members:end_sign_in", args=[row.pk]))
    still = is_signed_in(there)
    here.post(reverse("members:end_sign_in", args=[row.pk]))

    assert (foreign.status_code, still) == (404, True)
    assert [is_signed_in(each) for each in (here, there, third)] == [True, False, True]
    assert nick.sign_ins.count() == 2


def test_end_other_sign_ins_keeps_this_session(nick):
    here, *others = log_in_three_browsers(nick)

    here.post(reverse("members:end_other_sign_ins"))

    assert is_signed_in(here)
    assert not any(is_signed_in(each) for each in others)
    assert nick.sign_ins.get().session_key == here.session.session_key


def test_password_change_ends_other_sessions(nick):
    here, *others = log_in_three_browsers(nick)

    here.post(reverse("account_change_password"), {"oldpassword": PASSWORD} | NEW_PASSWORD)

    assert is_signed_in(here)
    assert not any(is_signed_in(each) for each in others)
    assert nick.sign_ins.get().session_key == here.session.session_key


def test_password_reset_ends_all_sessions(nick):
    clients = log_in_three_browsers(nick)
    at_home = make_browser()
    at_home.post(reverse("account_reset_password"), {"email": KNOWN})
    link = re.search(r"http://localhost:8000(/\S+)", list_mails()[-1].text).group(1)

    at_home.post(at_home.get(link).url, NEW_PASSWORD)

    assert not any(is_signed_in(each) for each in clients)
    assert not SignIn.objects.exists()


def test_admin_password_change_and_deactivation_end_all_sessions(client, olga, nick):
    log_in(make_windows_browser(), KNOWN)
    client.force_login(olga)
    client.post(reverse("admin:auth_user_password_change", args=[nick.pk]), {"usable_password": "true"} | NEW_PASSWORD)
    after_password = SignIn.objects.filter(member=nick).count()
    nick.refresh_from_db()
    SignIn.objects.create(member=nick, session_key="x", browser="Firefox")
    client.post(reverse("admin:members_member_change", args=[nick.pk]), {"email": KNOWN, "name": "Nick"})

    nick.refresh_from_db()
    assert (after_password, nick.is_active, SignIn.objects.filter(member=nick).count()) == (0, False, 0)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/139.0 Safari/537.36 Edg/139.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/139.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_6) AppleWebKit/605 Version/18.6 Safari/605", "Safari on Mac"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Safari/604.1", "Safari on iPhone"),
        ("curl/8.5.0", "A browser"),
        ("", "A browser"),
        ("<script>" * 1000 + "Windows", "A browser on Windows"),
    ],
)
def test_describe_browser(agent, words):
    assert describe_browser(agent) == words
