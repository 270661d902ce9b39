"""Logging in with a code and with a passkey, which a virtual authenticator keeps."""

import pytest
from django.core.cache import cache

from members.models import Member
from tests.browser.accessibility import COLOUR_RULES, RULES, find_violations
from tests.browser.conftest import ALL_TESTS
from tests.browser.html_validator import find_errors
from tests.factories import make_club
from tests.members.login_helpers import get_code

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NINA = "nina@example.org"
PASSKEYS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def phone_page(new_context, live_server):
    """A narrow window with a virtual authenticator, which confirms passkeys by itself."""
    cache.clear()
    make_club(name="Lantern Club")
    page = new_context(viewport={"width": 320, "height": 700}, reduced_motion="reduce").new_page()
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": PASSKEYS})
    return page


def request_code(page, heading, **fields):
    """Fill in and send the form for a code; the page that follows has this heading."""
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " ")).fill(text)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_role("heading", name=heading).wait_for()


def enter_code(page, code):
    page.get_by_label("Code from the mail").fill(code)
    page.get_by_role("button", name="Sign me in").click()


def test_passkey_setup_and_login(phone_page):
    phone_page.goto("/accounts/signup/")
    request_code(phone_page, "Type the code from the mail", Your_name="Nina New", Email_address=NINA)
    enter_code(phone_page, get_code(NINA))
    phone_page.get_by_role("button", name="Nina, sign out").wait_for()

    phone_page.goto("/accounts/2fa/webauthn/add/")
    phone_page.get_by_role("button", name="Add the passkey").click()
    phone_page.get_by_text("Your passkey is added.").wait_for()
    phone_page.get_by_role("button", name="Nina, sign out").click()
    phone_page.get_by_role("link", name="Sign in").wait_for()
    phone_page.goto("/accounts/login/?next=/books/")
    phone_page.get_by_role("button", name="Use a passkey").click()
    phone_page.get_by_role("button", name="Nina, sign out").wait_for()

    assert phone_page.url.endswith("/books/")
    assert Member.objects.get().authenticator_set.filter(type="webauthn", last_used_at__isnull=False).exists()


@pytest.mark.all_tests
def test_account_pages_are_accessible(phone_page, tmp_path):
    wrong, wide = {}, []

    def look(name):
        # The pages have the same elements: the colours of the first ones stand for all.
        for scheme, rules in (("light", RULES), ("dark", COLOUR_RULES))[: 2 if ALL_TESTS or len(wrong) < 4 else 1]:
            phone_page.emulate_media(color_scheme=scheme)
            wrong[f"{name}, {scheme}"] = find_violations(phone_page, rules)
        wide.extend([name] if phone_page.evaluate("document.documentElement.scrollWidth > innerWidth") else [])
        # Fetched again: the open page has the script of axe in it.
        (tmp_path / f"{name}.html").write_bytes(phone_page.request.get(phone_page.url).body())

    for name in ("login", "login/password", "signup", "password/reset"):
        phone_page.goto(f"/accounts/{name}/")
        look(name.replace("/", "-"))
    phone_page.goto("/accounts/login/")
    request_code(phone_page, "We could not send a code", Email_address="nobody")
    look("an error")
    request_code(phone_page, "Type the code from the mail", Email_address=NINA)
    look("the code")
    for heading in ("We could not let you in", "We could not let you in", "This code is no good any more"):
        enter_code(phone_page, "BBBB-BBBB")
        phone_page.get_by_role("heading", name=heading).wait_for()
    look("a dead code")
    phone_page.goto("/accounts/login/")
    request_code(phone_page, "Type the code from the mail", Email_address="otto@example.org")
    enter_code(phone_page, get_code("otto@example.org"))
    phone_page.get_by_role("button", name="sign out").wait_for()
    for name in (
        "2fa",
        "2fa/webauthn/add",
        "2fa/totp/activate",
        "email",
        "password/set",
        "reauthenticate/code",
        "logout",
    ):
        phone_page.goto(f"/accounts/{name}/")
        look(name.replace("/", "-"))

    assert {name: each for name, each in wrong.items() if each} == {}
    assert (wide, find_errors(tmp_path)) == ([], [])
