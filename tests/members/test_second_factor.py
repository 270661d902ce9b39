"""A second factor: set up, asked for at the door and, where the setting says so, needed for the desk."""

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
from tests.members.doors import ask, come_in
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
def signed_in(client, nick):
    """A client who has just typed the password once more, as these pages ask."""
    sign_in(client)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def sign_in(client, email="nick@example.org"):
    return client.post(reverse("account_login_password"), {"login": email, "password": PASSWORD})


def figures(secret=SECRET):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def give_app(member):
    return TOTP.activate(member, SECRET)


def is_in(client):
    return "_auth_user_id" in client.session


def policy(response):
    return dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))


def test_an_app_is_set_up_with_a_drawing_in_the_page_and_six_figures(signed_in, nick):
    page = soup_of(signed_in.get(reverse("mfa_activate_totp")))
    secret = page.select_one("code").text

    done = signed_in.post(reverse("mfa_activate_totp"), {"code": figures(secret)}, follow=True)

    assert len(page.select(".qr svg path")) == 1
    assert not page.select("img[src^='data:'], [style], style")
    assert text_of(soup_of(done).h1) == "Your recovery codes"
    assert len(texts(soup_of(done), ".codes code")) == 10
    assert set(nick.authenticator_set.values_list("type", flat=True)) == {"totp", "recovery_codes"}


def test_the_app_shows_the_name_of_the_club(signed_in, nick):
    response = signed_in.get(reverse("mfa_activate_totp"))

    page, adapter = soup_of(response), get_adapter()
    with request_context(response.wsgi_request):
        address = adapter.build_totp_url(nick, page.select_one("code").text)
    assert page.select_one(".qr svg path")["d"] in adapter.build_totp_svg(address)
    assert address.startswith("otpauth://totp/nick%40example.org?")
    assert "issuer=The%20Night%20Readers" in address


def test_wrong_figures_set_nothing_up_and_say_what_to_do(signed_in, nick):
    page = soup_of(signed_in.post(reverse("mfa_activate_totp"), {"code": "000000"}))

    assert texts(page, ".errs a") == ["These are not the right figures. Wait for the next ones, and type those."]
    assert not nick.authenticator_set.exists()


def test_the_password_alone_opens_nothing_any_more(client, nick):
    give_app(nick)

    answer = sign_in(client)
    before = is_in(client)
    page = soup_of(client.get(answer.url))
    client.post(reverse("mfa_authenticate"), {"code": figures()})

    assert answer.url == reverse("mfa_authenticate")
    assert not before
    assert text_of(page.h1) == "Your second factor"
    assert is_in(client)


def give_passkey(member):
    return Authenticator.objects.create(user=member, type=Authenticator.Type.WEBAUTHN, data={"name": "My phone"})


def test_after_a_code_the_app_is_asked_for(client, nick):
    give_app(nick)

    answer = come_in(client, nick.email)

    assert answer.url == reverse("mfa_authenticate")
    assert not is_in(client)


@pytest.mark.parametrize("is_staff", [False, True])
def test_after_a_code_a_passkey_is_asked_for_only_of_who_has_the_desk(client, nick, is_staff):
    nick.is_staff = is_staff
    nick.save()
    give_passkey(nick)

    come_in(client, nick.email)

    assert is_in(client) is not is_staff


def test_after_a_password_a_passkey_is_asked_for(client, nick):
    give_passkey(nick)

    assert sign_in(client).url == reverse("mfa_authenticate")
    assert not is_in(client)


def test_a_passkey_is_offered_at_the_door_and_answered_without_a_name(client, nick):
    response = client.get(reverse("account_login"))
    page = soup_of(response)
    form = page.select_one("#use-passkey").find_parent("form")
    asked = client.get(form["action"], headers={"Accept": "application/json"})

    assert asked.json()["request_options"]["publicKey"].keys() >= {"challenge"}
    assert asked.json()["request_options"]["publicKey"]["allowCredentials"] == []
    assert (policy(response)["script-src"], policy(response)["form-action"]) == ("'self'", "'self'")
    assert client.post(form["action"], {"credential": "{}"}).url == reverse("account_login")
    assert not is_in(client)


def test_who_has_asked_for_a_code_may_still_take_another_way(client, nick):
    ask(client, nick.email)

    way = client.get("/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"})
    sign_in(client)

    assert "request_options" in way.json()
    assert is_in(client)


def test_wrong_figures_do_not_open_the_door(client, nick):
    give_app(nick)
    sign_in(client)

    page = soup_of(client.post(reverse("mfa_authenticate"), {"code": "000000"}))

    assert page.title.text.startswith("Error: ")
    assert not is_in(client)


def test_guessing_figures_is_stopped(client, nick):
    give_app(nick)
    sign_in(client)
    for _ in range(10):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})

    client.post(reverse("mfa_authenticate"), {"code": figures()})

    assert not is_in(client)


def test_the_same_figures_open_the_door_once(client, nick):
    give_app(nick)
    code = figures()
    sign_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code})
    client.post(reverse("account_logout"))
    sign_in(client)

    client.post(reverse("mfa_authenticate"), {"code": code})

    assert not is_in(client)


def test_a_recovery_code_opens_the_door_once(client, nick):
    give_app(nick)
    code = RecoveryCodes.activate(nick).get_unused_codes()[0]
    opened = []
    for _ in range(2):
        sign_in(client)
        client.post(reverse("mfa_authenticate"), {"code": code})
        opened.append(is_in(client))
        client.post(reverse("account_logout"))

    assert opened == [True, False]


def test_setting_one_up_asks_who_it_is_first(client, nick):
    sign_in(client)

    response = client.get(reverse("mfa_activate_totp"))

    assert response.url.startswith(reverse("account_reauthenticate"))


def test_taking_the_app_off_asks_who_it_is_first(client, nick):
    give_app(nick)
    client.force_login(nick)

    response = client.post(reverse("mfa_deactivate_totp"))

    assert response.url.startswith((reverse("mfa_reauthenticate"), reverse("account_reauthenticate")))
    assert nick.authenticator_set.exists()


def pages_of_the_second_factor():
    return sorted(name for name in get_resolver().reverse_dict if isinstance(name, str) and name.startswith("mfa_"))


def test_the_pages_are_in_the_sites_design_and_scripts_run_where_a_passkey_is_asked_for_alone(signed_in, nick):
    give_app(nick)
    RecoveryCodes.activate(nick)
    of_a_key = ["mfa_edit_webauthn", "mfa_remove_webauthn", "mfa_list_webauthn"]
    names = [name for name in pages_of_the_second_factor() if name not in of_a_key]
    answers = {name: signed_in.get(reverse(name)) for name in names}
    key = Authenticator.objects.create(user=nick, type=Authenticator.Type.WEBAUTHN, data={"name": "My phone"})
    answers |= {name: signed_in.get(reverse(name, args=[key.pk])) for name in of_a_key[:2]}
    answers[of_a_key[2]] = signed_in.get(reverse(of_a_key[2]))
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
        assert page.select_one("header.top"), name
        assert not page.select("style, [style], img[src^='data:']"), name
        assert ("script-src" in policy(response)) == (name in WITH_SCRIPTS), name
        inline = [script for script in page.select("script:not([src])") if script.get("type") != "application/json"]
        assert inline == [], name
        if name not in WITH_SCRIPTS:
            assert not page.select("script"), name


def test_the_page_at_the_door_runs_our_own_scripts_and_no_others(client, nick):
    give_app(nick)
    sign_in(client)

    response = client.get(reverse("mfa_authenticate"))

    assert policy(response)["script-src"] == "'self'"
    assert all(script["src"].startswith("/static/") for script in soup_of(response).select("script[src]"))
    assert "script-src" not in policy(client.get(reverse("account_login_password")))


# --- what the setting says ------------------------------------------------------------------------------------------


@pytest.fixture
def olga():
    return make_organiser("olga@example.org", password=PASSWORD)


def test_without_the_setting_the_desk_opens_by_password(client, olga):
    sign_in(client, olga.email)

    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize("address", ["/admin/", "/admin/books/quote/", "/admin/meetups/writeup/add/", "/admin/jsi18n/"])
def test_with_the_setting_staff_are_sent_to_set_one_up_in_plain_words(client, olga, settings, address):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    sign_in(client, olga.email)

    response = client.get(address, follow=True)

    assert response.redirect_chain == [(reverse("mfa_index"), 302)]
    assert "Set up an authenticator app or a passkey here" in text_of(soup_of(response).main)


def test_a_post_without_a_second_factor_changes_nothing(client, olga, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    sign_in(client, olga.email)

    response = client.post("/admin/books/contributor/add/", {"name": "Ada"})

    assert response.url == reverse("mfa_index")
    assert not client.get("/books/").content.decode().count("Ada")


def test_who_has_one_is_let_in(client, olga, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    give_app(olga)
    sign_in(client, olga.email)
    client.post(reverse("mfa_authenticate"), {"code": figures()})

    response = client.get(reverse("admin:index"))

    assert response.status_code == 200


def test_recovery_codes_alone_are_no_second_factor(client, olga, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    sign_in(client, olga.email)
    RecoveryCodes.activate(olga)

    assert client.get(reverse("admin:index")).url == reverse("mfa_index")


def test_the_setting_is_no_members_business(signed_in, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True

    assert signed_in.get("/").status_code == 200
    assert re.search("403|login", str(signed_in.get(reverse("admin:index")).url))
