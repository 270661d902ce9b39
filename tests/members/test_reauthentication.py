"""Changing the address of an account, and the code that is asked for before somebody changes an account."""

import json

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.urls import reverse

from members.models import Member
from tests.factories import make_member
from tests.members.login_helpers import (
    get_code,
    is_logged_in,
    list_mails,
    log_in,
    make_browser,
)
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db

KNOWN = "nick@example.org"


@pytest.fixture(autouse=True)
def fresh_limits(db):
    cache.clear()


@pytest.fixture
def nicks_client():
    """A browser in which a member without a password has just logged in."""
    client = make_browser()
    make_member(KNOWN, name="Nick")
    log_in(client, KNOWN)
    return client


def request_email_change(client, email):
    return client.post(reverse("account_email"), {"email": email, "action_add": ""}, follow=True)


@pytest.mark.both_databases
def test_email_change_needs_the_code_and_notifies_both_addresses(nicks_client):
    asked = request_email_change(nicks_client, "new@example.org")
    before = Member.objects.get().email
    nicks_client.post(
        reverse("account_email_verification_sent"), {"code": get_code("new@example.org"), "action": "verify"}
    )

    nick = Member.objects.get()
    assert text_of(soup_of(asked).h1) == "Confirm the new address"
    assert (before, nick.email) == (KNOWN, "new@example.org")
    assert [(row.email, row.verified, row.primary) for row in EmailAddress.objects.all()] == [(nick.email, True, True)]
    told = [mail.to for mail in list_mails() if mail.kind == "email-changed"]
    assert sorted(told) == [nick.email, KNOWN]
    assert log_in(make_browser(), "new@example.org").url == "/"
    assert is_logged_in(nicks_client)


def test_email_change_disables_login_with_old_address(nicks_client):
    request_email_change(nicks_client, "new@example.org")
    nicks_client.post(
        reverse("account_email_verification_sent"), {"code": get_code("new@example.org"), "action": "verify"}
    )
    nick = Member.objects.get()
    with time_machine.travel("2030-03-04T12:00:00Z"):
        stranger = make_browser()
        log_in(stranger, KNOWN)

        assert stranger.session["_auth_user_id"] != str(nick.pk)


def test_email_change_third_wrong_code_keeps_old_address(nicks_client):
    request_email_change(nicks_client, "new@example.org")
    for _ in range(3):
        response = nicks_client.post(
            reverse("account_email_verification_sent"), {"code": "BBBB-BBBB", "action": "verify"}
        )
    code = get_code("new@example.org")
    nicks_client.post(reverse("account_email_verification_sent"), {"code": code, "action": "verify"})

    assert response.url == reverse("account_email")
    assert Member.objects.get().email == KNOWN


def test_email_change_to_taken_address_is_refused_without_disclosure(nicks_client, bob):
    free, taken = request_email_change(nicks_client, "free@example.org"), request_email_change(nicks_client, bob.email)

    pages = [
        text_of(soup_of(page).main).replace(email, "")
        for page, email in ((free, "free@example.org"), (taken, bob.email))
    ]
    typed = nicks_client.post(
        reverse("account_email_verification_sent"), {"code": get_code(bob.email), "action": "verify"}
    )
    assert pages[0] == pages[1]
    assert texts(soup_of(typed), ".error-summary a") == ["Somebody else has this address here. Take another."]
    assert Member.objects.filter(email=KNOWN).exists()


def test_email_change_asks_for_reauthentication_code_after_15_minutes(nicks_client):
    with time_machine.travel("2030-03-04T12:00:00Z", tick=False) as traveller:
        client = make_browser()
        log_in(client, KNOWN)
        traveller.shift(16 * 60)
        refused = request_email_change(client, "evil@example.org")
        addresses = {mail.to for mail in list_mails()}
        page = refused.redirect_chain[-1][0]
        client.post(page, {"resend": ""})
        wrong = client.post(page, {"code": "BBBB-BBBB"})
        resumed = client.post(page, {"code": get_code(KNOWN), "next": reverse("account_email")})

    assert text_of(soup_of(refused).h1) == "Is it you?"
    assert addresses == {KNOWN}
    assert texts(soup_of(wrong), ".error-summary a") == [
        "This is not the code, or it has been used. Look at the mail again."
    ]
    assert resumed.url == reverse("account_email_verification_sent")
    assert list_mails()[-1].to == "evil@example.org"


def test_suspended_request_keeps_no_password_and_no_meta(nicks_client):
    with time_machine.travel("2030-03-04T12:00:00Z", tick=False) as traveller:
        client = make_browser()
        log_in(client, KNOWN)
        traveller.shift(16 * 60)
        typed = {"email": "new@example.org", "action_add": "", "password1": "kept by nobody"}
        client.post(reverse("account_email"), typed, REMOTE_ADDR="198.51.100.7", headers={"X-Forwarded-For": "::1"})
        kept = json.loads(client.session["account_reauthentication_state"]["request"])

    assert (kept["META"], kept["POST"]) == ({}, "email=new%40example.org&action_add=")


@pytest.mark.parametrize("name", ["account_set_password", "mfa_add_webauthn", "mfa_activate_totp"])
def test_adding_a_login_method_needs_a_recent_login(nicks_client, name):
    with time_machine.travel("2030-03-04T12:00:00Z", tick=False) as traveller:
        client = make_browser()
        log_in(client, KNOWN)
        assert client.get(reverse(name)).status_code == 200
        traveller.shift(16 * 60)

        assert client.get(reverse(name)).url.startswith(reverse("account_reauthentication_code"))


def test_reauthentication_page_get_sends_no_mail(nicks_client):
    before = len(list_mails())

    nicks_client.get(reverse("account_reauthentication_code"))

    assert len(list_mails()) == before
