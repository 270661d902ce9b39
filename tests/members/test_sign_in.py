import re

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from tests.factories import make_club, make_member, make_organiser

PASSWORD = "tide-and-salt-9"
FOR_VISITORS = [
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_inactive",
    "account_email_verification_sent",
]
FOR_MEMBERS = ["account_logout", "account_change_password", "account_email", "account_reauthenticate"]


@pytest.fixture(autouse=True)
def fresh_limits(db):
    cache.clear()


@pytest.fixture
def nick(db):
    return make_member("nick@example.org", password=PASSWORD, name="Nick Nolan")


def read(response, status=200):
    assert response.status_code == status
    return BeautifulSoup(response.content, "html.parser")


def sign_in(client, login="nick@example.org", password=PASSWORD, **fields):
    return client.post(reverse("account_login"), {"login": login, "password": password} | fields)


def errors(page):
    return [(link["href"], link.text) for link in page.select(".errs a")]


@pytest.mark.parametrize("name", FOR_VISITORS + FOR_MEMBERS)
def test_every_account_page_wears_the_sites_design_without_a_script(client, nick, name):
    make_club(name="The Night Readers")
    if name in FOR_MEMBERS:
        client.force_login(nick)

    page = read(client.get(reverse(name)))

    assert page.title.text.endswith(": The Night Readers")
    assert len(page.select("main#main h1")) == 1
    assert page.select_one("header.top")
    assert not page.select("script, [style], style")
    assert page.select_one("meta[name=robots]")["content"] == "noindex"


@pytest.mark.parametrize("name", ["account_login", "account_reset_password"])
def test_fields_have_a_label_above_and_no_words_inside(client, db, name):
    page = read(client.get(reverse(name)))

    for field in page.select("main input:not([type=hidden])"):
        assert page.select_one(f'label[for="{field["id"]}"]').get_text(strip=True)
        assert not field.get("placeholder")


def test_a_member_signs_in_and_lands_where_they_wanted_to_go(client, nick):
    page = read(client.get(reverse("account_login"), {"next": "/books/"}))

    response = sign_in(client, login="NICK@example.org", next=page.select_one("[name=next]")["value"])

    assert response.url == "/books/"
    assert client.session["_auth_user_id"] == str(nick.pk)


def test_nobody_is_sent_to_another_site(client, nick):
    assert sign_in(client, next="https://elsewhere.example/").url == "/"


def test_an_organiser_comes_through_the_same_door_to_the_desk(client, db):
    make_organiser("olga@example.org", password=PASSWORD)
    door = client.get(reverse("admin:index"), follow=True).redirect_chain[-1][0]

    response = client.post(door, {"login": "olga@example.org", "password": PASSWORD, "next": reverse("admin:index")})

    assert client.get(response.url).status_code == 200
    assert response.url == reverse("admin:index")


@pytest.mark.parametrize("login", ["nick@example.org", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, nick, login):
    page = read(sign_in(client, login=login, password="wrong"))

    assert page.title.text.startswith("Error: Sign in")
    assert page.select_one(".errs")["role"] == "alert"
    assert errors(page) == [("#id_login", "The email address and password do not match. Check both and try again.")]
    assert page.select_one("[name=login]")["value"] == login


def test_each_field_says_what_is_wrong_with_it(client, db):
    page = read(sign_in(client, login="nick", password=""))

    assert errors(page) == [
        ("#id_login", "Write the address in full, such as name@example.org."),
        ("#id_password", "Password is missing."),
    ]
    login = page.select_one("#id_login")
    assert (login["aria-invalid"], login["value"]) == ("true", "nick")
    assert "Write the address in full" in page.select_one(f"#{login['aria-describedby']}").text


def test_too_many_tries_are_stopped_and_told_how_long_to_wait(client, nick):
    for _ in range(5):
        sign_in(client, password="wrong")

    page = read(sign_in(client))

    assert errors(page) == [("#id_login", "Too many tries. Wait five minutes, then try again.")]
    assert "_auth_user_id" not in client.session


def test_a_closed_account_is_not_opened(client, db):
    make_member("nick@example.org", password=PASSWORD, is_active=False)

    sign_in(client)

    assert "_auth_user_id" not in client.session


def test_signing_up_is_closed_in_plain_words(client, db):
    make_club(contact_email="hello@club.example")

    page = read(client.get(reverse("account_signup")))
    client.post(reverse("account_signup"), {"email": "x@example.org", "password1": PASSWORD, "password2": PASSWORD})

    assert page.h1.text == "Accounts are made by the organisers"
    assert page.select_one('a[href="mailto:hello@club.example"]')
    assert not make_member().__class__.objects.filter(email="x@example.org").exists()


def test_signing_out_is_a_post_and_leaves_no_note_behind(client, nick):
    client.force_login(nick)

    page = read(client.get(reverse("account_logout")))
    still = "_auth_user_id" in client.session
    response = client.post(reverse("account_logout"))

    assert page.select_one("main form[method=post] button").text == "Sign out"
    assert still
    assert "_auth_user_id" not in client.session
    assert "messages" not in response.cookies


def test_a_password_is_chosen_through_a_link_in_a_mail(client, db):
    nick = make_member("nick@example.org", name="Nick")
    make_club(name="The Night Readers")

    sent = client.post(reverse("account_reset_password"), {"email": "nick@example.org"}, follow=True)
    link = re.search(r"http://localhost:8000(/\S+)", mail.outbox[0].body).group(1)
    page = read(client.get(link, follow=True))
    new = {"password1": "marsh-and-moor-7", "password2": "marsh-and-moor-7"}
    done = client.post(client.get(link).url, new, follow=True)

    nick.refresh_from_db()
    assert read(sent).h1.text == "Look into your mail"
    assert (mail.outbox[0].subject, mail.outbox[0].to) == ("Choose a new password", ["nick@example.org"])
    assert mail.outbox[0].body.endswith("The Night Readers")
    assert "10 characters" in page.select_one("#id_password1_helptext").text
    assert read(done).h1.text == "Your password is changed"
    assert nick.check_password("marsh-and-moor-7")
    assert read(client.get(link)).h1.text == "This link does not work any more"


def test_a_link_for_an_unknown_address_is_sent_to_nobody_and_looks_the_same(client, db):
    sent = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"}, follow=True)

    assert read(sent).h1.text == "Look into your mail"
    assert mail.outbox == []


def test_too_many_mails_are_a_page_that_says_so(client, db):
    for _ in range(6):
        response = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})

    assert read(response, status=429).h1.text == "Too many tries"


def test_a_password_is_changed_by_who_knows_the_old_one(client, nick):
    client.force_login(nick)
    form = {"oldpassword": "wrong", "password1": "123", "password2": "123"}

    refused = read(client.post(reverse("account_change_password"), form))
    form = {"oldpassword": PASSWORD, "password1": "marsh-and-moor-7", "password2": "marsh-and-moor-7"}
    done = client.post(reverse("account_change_password"), form, follow=True)

    nick.refresh_from_db()
    assert errors(refused)[0] == ("#id_oldpassword", "This is not the password you have now. Type it again.")
    assert nick.check_password("marsh-and-moor-7")
    assert "Your password is changed." in [each.text for each in read(done).select("[role=status]")]


def test_who_never_had_a_password_chooses_one(client, db):
    nick = make_member("nick@example.org")
    client.force_login(nick)

    page = read(client.get(reverse("account_change_password"), follow=True))

    assert page.h1.text == "Choose a password"
