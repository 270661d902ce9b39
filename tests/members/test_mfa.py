"""Second factors: setting one up, using it at login and, where the setting requires it, for the admin."""

import re
import time

import pytest
from allauth.core.context import request_context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.urls import get_resolver, reverse

from tests.factories import make_club, make_member, make_organiser
from tests.members.login_helpers import is_logged_in, log_in, request_code
from tests.pages import soup_of, text_of, texts

PASSWORD = "tide-and-salt-9"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
WITH_SCRIPTS = {"mfa_authenticate", "mfa_add_webauthn", "mfa_reauthenticate_webauthn"}


@pytest.fixture(autouse=True)
def fresh_limits(db):
    cache.clear()


@pytest.fixture
def nick():
    make_club(name="The Night Readers")
    return make_member("nick@example.org", password=PASSWORD, name="Nick Nolan")


@pytest.fixture
def reauthenticated_client(client, nick):
    """A client that has just reauthenticated with the password."""
    log_in_with_password(client)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def log_in_with_password(client, email="nick@example.org"):
    return client.post(reverse("account_login_password"), {"login": email, "password": PASSWORD})


def get_totp_code(secret=SECRET):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def add_totp(member):
    return TOTP.activate(member, SECRET)


def get_csp(response):
    return dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))


def test_totp_setup_shows_qr_code_and_activates(reauthenticated_client, nick):
    page = soup_of(reauthenticated_client.get(reverse("mfa_activate_totp")))
    secret = page.select_one("code").text

    done = reauthenticated_client.post(reverse("mfa_activate_totp"), {"code": get_totp_code(secret)}, follow=True)

    assert len(page.select(".qr svg path")) == 1
    assert not page.select("img[src^='data:'], [style], style")
    assert text_of(soup_of(done).h1) == "Your recovery codes"
    assert len(texts(soup_of(done), ".codes code")) == 10
    assert set(nick.authenticator_set.values_list("type", flat=True)) == {"totp", "recovery_codes"}


def test_totp_issuer_is_club_name(reauthenticated_client, nick):
    response = reauthenticated_client.get(reverse("mfa_activate_totp"))

    page, adapter = soup_of(response), get_adapter()
    with request_context(response.wsgi_request):
        address = adapter.build_totp_url(nick, page.select_one("code").text)
    assert page.select_one(".qr svg path")["d"] in adapter.build_totp_svg(address)
    assert address.startswith("otpauth://totp/nick%40example.org?")
    assert "issuer=The%20Night%20Readers" in address


def test_totp_setup_refuses_wrong_code(reauthenticated_client, nick):
    page = soup_of(reauthenticated_client.post(reverse("mfa_activate_totp"), {"code": "000000"}))

    assert texts(page, ".error-summary a") == [
        "These are not the right figures. Wait for the next ones, and type those."
    ]
    assert not nick.authenticator_set.exists()


def test_totp_is_required_after_password(client, nick):
    add_totp(nick)

    answer = log_in_with_password(client)
    before = is_logged_in(client)
    page = soup_of(client.get(answer.url))
    client.post(reverse("mfa_authenticate"), {"code": get_totp_code()})

    assert answer.url == reverse("mfa_authenticate")
    assert not before
    assert text_of(page.h1) == "Your second factor"
    assert is_logged_in(client)


def add_passkey(member):
    return Authenticator.objects.create(user=member, type=Authenticator.Type.WEBAUTHN, data={"name": "My phone"})


def test_totp_is_required_after_mailed_code(client, nick):
    add_totp(nick)

    answer = log_in(client, nick.email)

    assert answer.url == reverse("mfa_authenticate")
    assert not is_logged_in(client)


@pytest.mark.parametrize("is_staff", [False, True])
def test_passkey_is_required_after_mailed_code_for_staff_only(client, nick, is_staff):
    nick.is_staff = is_staff
    nick.save()
    add_passkey(nick)

    log_in(client, nick.email)

    assert is_logged_in(client) is not is_staff


def test_passkey_is_required_after_password(client, nick):
    add_passkey(nick)

    assert log_in_with_password(client).url == reverse("mfa_authenticate")
    assert not is_logged_in(client)


def test_passkey_login_is_offered_without_address(client, nick):
    response = client.get(reverse("account_login"))
    page = soup_of(response)
    form = page.select_one("#use-passkey").find_parent("form")
    asked = client.get(form["action"], headers={"Accept": "application/json"})

    assert asked.json()["request_options"]["publicKey"].keys() >= {"challenge"}
    assert asked.json()["request_options"]["publicKey"]["allowCredentials"] == []
    assert (get_csp(response)["script-src"], get_csp(response)["form-action"]) == ("'self'", "'self'")
    assert client.post(form["action"], {"credential": "{}"}).url == reverse("account_login")
    assert not is_logged_in(client)


def test_other_login_methods_work_while_a_code_is_pending(client, nick):
    request_code(client, nick.email)

    way = client.get("/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"})
    log_in_with_password(client)

    assert "request_options" in way.json()
    assert is_logged_in(client)


def test_totp_login_refuses_wrong_code(client, nick):
    add_totp(nick)
    log_in_with_password(client)

    asked = soup_of(client.get(reverse("mfa_authenticate")))
    page = soup_of(client.post(reverse("mfa_authenticate"), {"code": "000000"}))

    assert page.title.text.startswith("Error: ")
    assert "That was right." in text_of(asked), "the password was"
    assert "That was right." not in text_of(page)
    assert not is_logged_in(client)


def test_totp_guessing_is_rate_limited(client, nick):
    add_totp(nick)
    log_in_with_password(client)
    for _ in range(10):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})

    client.post(reverse("mfa_authenticate"), {"code": get_totp_code()})

    assert not is_logged_in(client)


def test_totp_code_works_once(client, nick):
    add_totp(nick)
    code = get_totp_code()
    log_in_with_password(client)
    client.post(reverse("mfa_authenticate"), {"code": code})
    client.post(reverse("account_logout"))
    log_in_with_password(client)

    client.post(reverse("mfa_authenticate"), {"code": code})

    assert not is_logged_in(client)


def test_recovery_code_works_once(client, nick):
    add_totp(nick)
    code = RecoveryCodes.activate(nick).get_unused_codes()[0]
    opened = []
    for _ in range(2):
        log_in_with_password(client)
        client.post(reverse("mfa_authenticate"), {"code": code})
        opened.append(is_logged_in(client))
        client.post(reverse("account_logout"))

    assert opened == [True, False]


def test_totp_setup_needs_reauthentication(client, nick):
    log_in_with_password(client)

    response = client.get(reverse("mfa_activate_totp"))

    assert response.url.startswith(reverse("account_reauthenticate"))


def test_totp_removal_needs_reauthentication(client, nick):
    add_totp(nick)
    client.force_login(nick)

    response = client.post(reverse("mfa_deactivate_totp"))

    assert response.url.startswith((reverse("mfa_reauthenticate"), reverse("account_reauthenticate")))
    assert nick.authenticator_set.exists()


def list_mfa_url_names():
    return sorted(name for name in get_resolver().reverse_dict if isinstance(name, str) and name.startswith("mfa_"))


def test_mfa_pages_use_site_layout_and_allow_scripts_only_for_passkeys(reauthenticated_client, nick):
    add_totp(nick)
    RecoveryCodes.activate(nick)
    of_a_key = ["mfa_edit_webauthn", "mfa_remove_webauthn", "mfa_list_webauthn"]
    names = [name for name in list_mfa_url_names() if name not in of_a_key]
    answers = {name: reauthenticated_client.get(reverse(name)) for name in names}
    key = Authenticator.objects.create(user=nick, type=Authenticator.Type.WEBAUTHN, data={"name": "My phone"})
    answers |= {name: reauthenticated_client.get(reverse(name, args=[key.pk])) for name in of_a_key[:2]}
    answers[of_a_key[2]] = reauthenticated_client.get(reverse(of_a_key[2]))
    seen = {
        name: answer
        for name, answer in answers.items()
        if answer.status_code == 200 and "html" in answer["Content-Type"]
    }

    assert {"mfa_index", "mfa_add_webauthn", "mfa_list_webauthn", "mfa_view_recovery_codes"} <= set(seen)
    for name, response in seen.items():
        page = soup_of(response)
        assert page.title.text.endswith(": The Night Readers"), name
        assert len(page.select("main#main h1")) == 1, name
        assert page.select_one("header.site-header"), name
        assert not page.select("style, [style], img[src^='data:']"), name
        assert ("script-src" in get_csp(response)) == (name in WITH_SCRIPTS), name
        inline = [script for script in page.select("script:not([src])") if script.get("type") != "application/json"]
        assert inline == [], name
        if name not in WITH_SCRIPTS:
            assert not page.select("script"), name


def test_login_page_allows_own_scripts_only(client, nick):
    add_totp(nick)
    log_in_with_password(client)

    response = client.get(reverse("mfa_authenticate"))

    assert get_csp(response)["script-src"] == "'self'"
    assert all(script["src"].startswith("/static/") for script in soup_of(response).select("script[src]"))
    assert "script-src" not in get_csp(client.get(reverse("account_login_password")))


# --- STAFF_NEEDS_SECOND_FACTOR


@pytest.fixture
def olga():
    return make_organiser("olga@example.org", password=PASSWORD)


def test_admin_opens_with_password_by_default(client, olga):
    log_in_with_password(client, olga.email)

    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize("address", ["/admin/", "/admin/books/quote/", "/admin/meetups/writeup/add/", "/admin/jsi18n/"])
def test_required_second_factor_redirects_staff_to_setup(client, olga, settings, address):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    log_in_with_password(client, olga.email)

    response = client.get(address, follow=True)

    assert response.redirect_chain == [(reverse("mfa_index"), 302)]
    assert "Set up an authenticator app or a passkey here" in text_of(soup_of(response).main)


def test_required_second_factor_blocks_admin_posts(client, olga, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    log_in_with_password(client, olga.email)

    response = client.post("/admin/books/contributor/add/", {"name": "Ada"})

    assert response.url == reverse("mfa_index")
    assert not client.get("/books/").content.decode().count("Ada")


def test_required_second_factor_lets_staff_with_totp_in(client, olga, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    add_totp(olga)
    log_in_with_password(client, olga.email)
    client.post(reverse("mfa_authenticate"), {"code": get_totp_code()})

    response = client.get(reverse("admin:index"))

    assert response.status_code == 200


def test_recovery_codes_alone_are_no_second_factor(client, olga, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    log_in_with_password(client, olga.email)
    RecoveryCodes.activate(olga)

    assert client.get(reverse("admin:index")).url == reverse("mfa_index")


def test_required_second_factor_does_not_affect_members(reauthenticated_client, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True

    assert reauthenticated_client.get("/").status_code == 200
    assert re.search("403|login", str(reauthenticated_client.get(reverse("admin:index")).url))
