"""Signing in, as those try it who should not get in."""

import json
import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from members.models import Member, SignIn
from members.sign_ins import in_words
from tests.factories import make_member
from tests.members.doors import CODE, LOGIN, ask, browser, code_for, come_in, letters, type_code
from tests.members.doors import is_in as has_come_in
from tests.pages import soup_of, text_of, texts

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


def sign_in(login, password, ip="192.0.2.1", **headers):
    """The answer to somebody who has never been here."""
    client = Client(REMOTE_ADDR=ip, headers=headers)
    return client.post(reverse("account_login_password"), {"login": login, "password": password})


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


def test_a_robot_does_not_push_the_counts_of_its_tries_out(nick):
    for number in range(5):
        sign_in(KNOWN, "wrong", ip=f"192.0.2.{number}")
    cache.set_many({f"noise{number}": [1.0] for number in range(400)})

    assert not is_in(sign_in(KNOWN, PASSWORD, ip="192.0.2.99"))


def test_the_admin_has_no_door_of_its_own(client, olga):
    response = client.get("/admin/login/?next=/admin/")

    assert response.status_code == 302
    assert response.url.startswith(LOGIN)
    olga.set_password(PASSWORD)
    olga.save()
    posted = client.post("/admin/login/", {"username": olga.email, "password": PASSWORD})
    assert posted.url.startswith(LOGIN)
    assert not is_in(posted)


@pytest.mark.parametrize("method", ["get", "head"])
def test_signing_out_takes_more_than_following_a_link(client, nick, method):
    client.force_login(nick)

    getattr(client, method)(reverse("account_logout"))

    assert client.session["_auth_user_id"] == str(nick.pk)


def test_whoever_joins_makes_themselves_nothing_else(client):
    ask(client, "new@example.org", name="New", is_staff="1", is_superuser="1", approved_at="2020-01-01", id="1")

    new = Member.objects.get()
    assert (new.is_staff, new.is_superuser, new.approved_at) == (False, False, None)


# --- addresses that look alike, and links that lead elsewhere


@pytest.mark.parametrize("typed", ["mıke@example.org", "mike@exämple.org", "mike@examp\u200ble.org"])
def test_an_address_that_looks_alike_gets_no_link_and_nobody_elses_code(client, typed):
    mike = make_member("mike@example.org", password=PASSWORD)

    client.post(reverse("account_reset_password"), {"email": typed})
    assert letters() == []
    ask(client, typed)
    for letter in letters():
        type_code(client, code_for(letter.to))

    assert client.session.get("_auth_user_id") != str(mike.pk)
    assert letters("mike@example.org") == []


def test_a_mail_goes_to_the_address_that_is_kept_and_not_to_the_one_typed(client):
    make_member("mike@example.org", password=PASSWORD)
    kelvin = "mi\u212ae@example.org"  # the sign for it, which is a small k in lower case

    client.post(reverse("account_reset_password"), {"email": kelvin})
    ask(client, kelvin)

    assert {letter.to for letter in letters()} <= {"mike@example.org"}


def test_a_link_in_a_mail_leads_to_our_own_address_whatever_the_request_says(client, nick):
    client.post(reverse("account_reset_password"), {"email": KNOWN}, headers={"X-Forwarded-Host": "evil.example"})

    [letter] = letters()
    assert settings.SITE_URL in letter.text
    assert "evil.example" not in letter.text + letter.html


@pytest.mark.parametrize("address", [LOGIN, "/accounts/signup/", "/accounts/password/reset/"])
def test_another_host_is_answered_by_no_page_and_no_mail(client, nick, address):
    response = client.post(address, {"email": KNOWN, "name": "Nick"}, headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert letters() == []


# --- sessions


def test_a_session_from_before_signing_in_is_another_one_after_it(client, nick):
    session = client.session
    session["something"] = "planted"
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted

    come_in(client, KNOWN)

    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    assert not client.session.exists(planted)


@pytest.mark.parametrize("address", [LOGIN, "/accounts/login/password/", "/accounts/signup/", CODE])
@pytest.mark.parametrize("origin", ["https://evil.example", None])
def test_another_site_signs_nobody_in(nick, address, origin):
    client = Client(enforce_csrf_checks=True, headers={"Origin": origin} if origin else {})
    form = {"login": KNOWN, "password": PASSWORD, "email": KNOWN, "name": "Nick", "code": "BBBB-BBBB"}

    response = client.post(address, form)

    assert response.status_code == 403
    assert not has_come_in(client)
    assert letters() == []


def windows(ip="192.0.2.1"):
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    return browser(ip, headers={"User-Agent": agent})


def is_signed_in(client):
    return client.get(reverse("members:me")).status_code == 200


def test_a_sign_in_is_a_row_that_its_owner_recognises_and_that_holds_no_address(nick):
    come_in(windows(), KNOWN)

    [row] = SignIn.objects.all()
    assert (row.member, row.browser) == (nick, "Firefox on Windows")
    assert "192.0.2" not in str(vars(row))


def test_signing_out_takes_the_row_along(nick):
    client = windows()
    come_in(client, KNOWN)

    client.post(reverse("account_logout"))

    assert not SignIn.objects.exists()


def three_browsers(nick):
    clients = [windows(f"192.0.2.{number}") for number in range(3)]
    for client in clients:
        client.post(reverse("account_login_password"), {"login": KNOWN, "password": PASSWORD})
    return clients


def test_a_sign_in_is_ended_by_its_owner_and_by_nobody_else(nick, bob):
    here, there, third = three_browsers(nick)
    row = SignIn.objects.order_by("pk")[1]
    bobs = browser()
    bobs.force_login(bob)

    foreign = bobs.post(reverse("members:end_sign_in", args=[row.pk]))
    still = is_signed_in(there)
    here.post(reverse("members:end_sign_in", args=[row.pk]))

    assert (foreign.status_code, still) == (404, True)
    assert [is_signed_in(each) for each in (here, there, third)] == [True, False, True]
    assert nick.sign_ins.count() == 2


def test_signing_out_everywhere_else_leaves_this_browser_in(nick):
    here, *others = three_browsers(nick)

    here.post(reverse("members:end_other_sign_ins"))

    assert is_signed_in(here)
    assert not any(is_signed_in(each) for each in others)
    assert nick.sign_ins.get().session_key == here.session.session_key


def test_a_new_password_signs_everybody_else_out(nick):
    here, *others = three_browsers(nick)

    here.post(reverse("account_change_password"), {"oldpassword": PASSWORD} | NEW_PASSWORD)

    assert is_signed_in(here)
    assert not any(is_signed_in(each) for each in others)
    assert nick.sign_ins.get().session_key == here.session.session_key


def test_a_password_by_mail_signs_everybody_out(nick):
    clients = three_browsers(nick)
    at_home = browser()
    at_home.post(reverse("account_reset_password"), {"email": KNOWN})
    link = re.search(r"http://localhost:8000(/\S+)", letters()[-1].text).group(1)

    at_home.post(at_home.get(link).url, NEW_PASSWORD)

    assert not any(is_signed_in(each) for each in clients)
    assert not SignIn.objects.exists()


def test_a_password_from_the_desk_and_a_closed_account_end_what_is_open(client, olga, nick):
    come_in(windows(), KNOWN)
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
def test_a_browser_is_named_in_our_own_words(agent, words):
    assert in_words(agent) == words


# --- another address


@pytest.fixture
def nicks():
    """A browser in which a member without a password has come in just now."""
    client = browser()
    make_member(KNOWN, name="Nick")
    come_in(client, KNOWN)
    return client


def change(client, email):
    return client.post(reverse("account_email"), {"email": email, "action_add": ""}, follow=True)


def test_a_new_address_counts_once_its_code_is_typed_and_both_are_told(nicks):
    asked = change(nicks, "new@example.org")
    before = Member.objects.get().email
    nicks.post(reverse("account_email_verification_sent"), {"code": code_for("new@example.org"), "action": "verify"})

    nick = Member.objects.get()
    assert text_of(soup_of(asked).h1) == "Confirm the new address"
    assert (before, nick.email) == (KNOWN, "new@example.org")
    assert [(row.email, row.verified, row.primary) for row in EmailAddress.objects.all()] == [(nick.email, True, True)]
    told = [letter.to for letter in letters() if letter.kind == "email-changed"]
    assert sorted(told) == [nick.email, KNOWN]
    assert come_in(browser(), "new@example.org").url == "/"
    assert has_come_in(nicks)


def test_the_old_address_opens_the_account_no_longer(nicks):
    change(nicks, "new@example.org")
    nicks.post(reverse("account_email_verification_sent"), {"code": code_for("new@example.org"), "action": "verify"})
    nick = Member.objects.get()
    with time_machine.travel("2030-03-04T12:00:00Z"):
        stranger = browser()
        come_in(stranger, KNOWN)

        assert stranger.session["_auth_user_id"] != str(nick.pk)


def test_the_third_wrong_code_leaves_the_old_address(nicks):
    change(nicks, "new@example.org")
    for _ in range(3):
        response = nicks.post(reverse("account_email_verification_sent"), {"code": "BBBB-BBBB", "action": "verify"})
    code = code_for("new@example.org")
    nicks.post(reverse("account_email_verification_sent"), {"code": code, "action": "verify"})

    assert response.url == reverse("account_email")
    assert Member.objects.get().email == KNOWN


def test_the_address_of_somebody_else_is_not_taken_and_not_betrayed(nicks, bob):
    free, taken = change(nicks, "free@example.org"), change(nicks, bob.email)

    pages = [
        text_of(soup_of(page).main).replace(email, "")
        for page, email in ((free, "free@example.org"), (taken, bob.email))
    ]
    typed = nicks.post(reverse("account_email_verification_sent"), {"code": code_for(bob.email), "action": "verify"})
    assert pages[0] == pages[1]
    assert texts(soup_of(typed), ".errs a") == ["Somebody else has this address here. Take another."]
    assert Member.objects.filter(email=KNOWN).exists()


def test_who_found_a_browser_open_is_asked_for_a_code_first(nicks):
    with time_machine.travel("2030-03-04T12:00:00Z", tick=False) as traveller:
        client = browser()
        come_in(client, KNOWN)
        traveller.shift(16 * 60)
        refused = change(client, "evil@example.org")
        addresses = {letter.to for letter in letters()}
        page = refused.redirect_chain[-1][0]
        client.post(page, {"ask_again": ""})
        wrong = client.post(page, {"code": "BBBB-BBBB"})
        resumed = client.post(page, {"code": code_for(KNOWN), "next": reverse("account_email")})

    assert text_of(soup_of(refused).h1) == "Is it you?"
    assert addresses == {KNOWN}
    assert texts(soup_of(wrong), ".errs a") == ["This is not the code, or it has been used. Look at the mail again."]
    assert resumed.url == reverse("account_email_verification_sent")
    assert letters()[-1].to == "evil@example.org"


def test_a_form_that_waits_for_the_code_is_kept_without_what_is_secret_or_tells_of_its_sender(nicks):
    with time_machine.travel("2030-03-04T12:00:00Z", tick=False) as traveller:
        client = browser()
        come_in(client, KNOWN)
        traveller.shift(16 * 60)
        typed = {"email": "new@example.org", "action_add": "", "password1": "kept by nobody"}
        client.post(reverse("account_email"), typed, REMOTE_ADDR="198.51.100.7", headers={"X-Forwarded-For": "::1"})
        kept = json.loads(client.session["account_reauthentication_state"]["request"])

    assert (kept["META"], kept["POST"]) == ({}, "email=new%40example.org&action_add=")


@pytest.mark.parametrize("name", ["account_set_password", "mfa_add_webauthn", "mfa_activate_totp"])
def test_nothing_that_opens_an_account_is_added_in_a_browser_that_somebody_found_open(nicks, name):
    with time_machine.travel("2030-03-04T12:00:00Z", tick=False) as traveller:
        client = browser()
        come_in(client, KNOWN)
        assert client.get(reverse(name)).status_code == 200
        traveller.shift(16 * 60)

        assert client.get(reverse(name)).url.startswith(reverse("account_same_person_code"))


def test_the_same_person_is_asked_by_a_button_and_not_by_looking(nicks):
    before = len(letters())

    nicks.get(reverse("account_same_person_code"))

    assert len(letters()) == before
