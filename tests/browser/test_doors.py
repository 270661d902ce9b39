"""Coming in as people do: by a code without scripts, and by a passkey that stands for the one on their phone."""

import pytest
from django.core.cache import cache

from members.models import Member
from tests.browser.rules import COLOURS, RULES, violations
from tests.browser.test_html import errors
from tests.factories import make_club
from tests.members.doors import code_for

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
def phone(browser, live_server):
    """A narrow window whose machine keeps passkeys and opens them without asking."""
    cache.clear()
    make_club(name="Lantern Club")
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 320, "height": 700}, reduced_motion="reduce"
    )
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": PASSKEYS})
    yield page
    context.close()


def ask(page, heading, **fields):
    """Fill in and send the form for a code; the page that follows has this heading."""
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " ")).fill(text)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_role("heading", name=heading).wait_for()


def type_code(page, code):
    page.get_by_label("Code from the mail").fill(code)
    page.get_by_role("button", name="Sign me in").click()


def test_a_passkey_is_added_and_then_opens_the_account_alone(phone):
    phone.goto("/accounts/signup/")
    ask(phone, "Type the code from the mail", Your_name="Nina New", Email_address=NINA)
    type_code(phone, code_for(NINA))
    phone.get_by_role("button", name="Nina, sign out").wait_for()

    phone.goto("/accounts/2fa/webauthn/add/")
    phone.get_by_role("button", name="Add the passkey").click()
    phone.get_by_text("Your passkey is added.").wait_for()
    phone.get_by_role("button", name="Nina, sign out").click()
    phone.get_by_role("link", name="Sign in").wait_for()
    phone.goto("/accounts/login/?next=/books/")
    phone.get_by_role("button", name="Use a passkey").click()
    phone.get_by_role("button", name="Nina, sign out").wait_for()

    assert phone.url.endswith("/books/")
    assert Member.objects.get().authenticator_set.filter(type="webauthn", last_used_at__isnull=False).exists()


def test_every_page_at_the_door_is_for_everybody(phone, tmp_path):
    wrong, wide = {}, []

    def look(name):
        for scheme, rules in (("light", RULES), ("dark", COLOURS)):
            phone.emulate_media(color_scheme=scheme)
            wrong[f"{name}, {scheme}"] = violations(phone, rules)
        wide.extend([name] if phone.evaluate("document.documentElement.scrollWidth > innerWidth") else [])
        # Without axe, which was put into it.
        (tmp_path / f"{name}.html").write_bytes(phone.request.get(phone.url).body())

    for name in ("login", "login/password", "signup", "password/reset"):
        phone.goto(f"/accounts/{name}/")
        look(name.replace("/", "-"))
    phone.goto("/accounts/login/")
    ask(phone, "We could not send a code", Email_address="nobody")
    look("an error")
    ask(phone, "Type the code from the mail", Email_address=NINA)
    look("the code")
    for heading in ("We could not let you in", "We could not let you in", "This code is no good any more"):
        type_code(phone, "BBBB-BBBB")
        phone.get_by_role("heading", name=heading).wait_for()
    look("a dead code")
    phone.goto("/accounts/login/")
    ask(phone, "Type the code from the mail", Email_address="otto@example.org")
    type_code(phone, code_for("otto@example.org"))
    phone.get_by_role("button", name="sign out").wait_for()
    for name in (
        "2fa",
        "2fa/webauthn/add",
        "2fa/totp/activate",
        "email",
        "password/set",
        "reauthenticate/code",
        "logout",
    ):
        phone.goto(f"/accounts/{name}/")
        look(name.replace("/", "-"))

    assert {name: each for name, each in wrong.items() if each} == {}
    assert (wide, errors(tmp_path)) == ([], [])
