"""The pages below /accounts/: what they say, and signing in with a password by who has set one."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from members.models import Member
from tests.factories import make_club, make_member, make_organiser
from tests.members.doors import LOGIN, ask, code_for, come_in, is_in, letters, reset_link, type_code
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db

PASSWORD = "tide-and-salt-9"
FOR_VISITORS = [
    "account_login",
    "account_login_password",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_inactive",
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
    return soup_of(response)


def sign_in(client, login="nick@example.org", password=PASSWORD, **fields):
    return client.post(reverse("account_login_password"), {"login": login, "password": password} | fields)


def errors(page):
    return [(link["href"], link.text) for link in page.select(".errs a")]


@pytest.mark.parametrize("name", FOR_VISITORS + FOR_MEMBERS)
def test_every_account_page_wears_the_sites_design(client, nick, name):
    make_club(name="The Night Readers")
    if name in FOR_MEMBERS:
        sign_in(client)

    page = read(client.get(reverse(name)))

    assert page.title.text.endswith(": The Night Readers")
    assert len(page.select("main#main h1")) == 1
    assert page.select_one("header.top")
    assert not page.select("[style], style")
    assert all(script["src"].startswith("/static/") for script in page.select("script[src]"))
    assert bool(page.select("script")) == (name == "account_login")  # for the passkey
    assert page.select_one("meta[name=robots]")["content"] == "noindex"


@pytest.mark.parametrize(
    "name", ["account_login", "account_login_password", "account_signup", "account_reset_password"]
)
def test_fields_have_a_label_above_and_no_words_inside(client, name):
    page = read(client.get(reverse(name)))

    for field in page.select("main input:not([type=hidden])"):
        assert page.select_one(f'label[for="{field["id"]}"]').get_text(strip=True)
        assert not field.get("placeholder")


@pytest.mark.parametrize(
    "email",
    [
        "",
        "nick",
        "nick\n@example.org",
        "nick@example.org\nBcc: all@example.org",
        "nick@exam\u202eple.org",
        "\u202enick@example.org",
        "n" * 300 + "@example.org",
        "nick@" + "e" * 300,
    ],
)
def test_what_is_no_address_gets_a_sentence_and_no_mail(client, email):
    page = read(ask(client, email))

    expected = "Write the address in full, such as name@example.org." if email else "Email address is missing."
    assert page.title.text.startswith("Error: Sign in")
    assert errors(page) == [("#id_email", expected)]
    assert page.select_one("#id_email")["aria-invalid"] == "true"
    assert letters() == []
    assert not Member.objects.exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", "What shall we call you?"),
        ("N" * 300, "Write your name in 120 characters or fewer."),
        ("Bob\u202egro", "There is something in this name that nobody can see. Type it again."),
        ("Bob\nBcc: all@example.org", "There is something in this name that nobody can see. Type it again."),
    ],
)
def test_what_is_no_name_gets_a_sentence_and_is_kept_in_the_form(client, name, expected):
    page = read(ask(client, "new@example.org", name=name))

    assert errors(page) == [("#id_name", expected)]
    assert page.select_one("#id_email")["value"] == "new@example.org"
    assert not Member.objects.exists()


def test_the_masthead_says_who_is_in_and_leads_to_their_page(client, nick):
    assert soup_of(client.get("/")).select_one(".top > a.small").text == "Sign in"

    come_in(client, "nick@example.org")
    who = soup_of(client.get("/")).select_one(".who")

    assert text_of(who.button) == "Nick, sign out"
    assert who.select_one(f'a[href="{reverse("members:me")}"]')


def test_an_organiser_comes_through_the_same_door_to_the_desk(client):
    make_organiser("olga@example.org")
    door = client.get(reverse("admin:index"), follow=True).redirect_chain[-1][0]
    page = read(client.get(door))

    ask(client, "olga@example.org", next=page.select_one("[name=next]")["value"])
    response = type_code(client, code_for("olga@example.org"))

    assert response.url == reverse("admin:index")
    assert client.get(response.url).status_code == 200


# --- with a password


def test_a_member_with_a_password_lands_where_they_wanted_to_go(client, nick):
    page = read(client.get(LOGIN, {"next": "/books/"}))
    way = next(link["href"] for link in page.select("main a") if link.text == "Use my password instead")
    page = read(client.get(way))

    response = sign_in(client, login="NICK@example.org", next=page.select_one("[name=next]")["value"])

    assert response.url == "/books/"
    assert client.session["_auth_user_id"] == str(nick.pk)


def test_nobody_is_sent_to_another_site(client, nick):
    assert sign_in(client, next="https://elsewhere.example/").url == "/"


@pytest.mark.parametrize("login", ["nick@example.org", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, nick, login):
    page = read(sign_in(client, login=login, password="wrong"))

    assert page.title.text.startswith("Error: Sign in")
    assert errors(page) == [("#id_login", "The email address and password do not match. Check both and try again.")]
    assert page.select_one("[name=login]")["value"] == login


def test_each_field_says_what_is_wrong_with_it(client):
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
    assert not is_in(client)


def test_a_closed_account_is_not_opened(client):
    make_member("nick@example.org", password=PASSWORD, is_active=False)

    sign_in(client)

    assert not is_in(client)


def test_who_never_set_a_password_has_none_to_guess(client):
    make_member("nick@example.org")

    page = read(sign_in(client, password=""))

    assert errors(page) == [("#id_password", "Password is missing.")]
    assert not is_in(client)


# --- the password itself


def test_signing_out_is_a_post_and_leaves_no_note_behind(client, nick):
    client.force_login(nick)

    page = read(client.get(reverse("account_logout")))
    still = is_in(client)
    response = client.post(reverse("account_logout"))

    assert page.select_one("main form[method=post] button").text == "Sign out"
    assert still
    assert not is_in(client)
    assert "messages" not in response.cookies


def test_a_password_is_chosen_through_a_page_that_a_mail_leads_to(client):
    nick = make_member("nick@example.org", name="Nick")
    make_club(name="The Night Readers")

    sent = client.post(reverse("account_reset_password"), {"email": "nick@example.org"}, follow=True)
    [letter] = letters()
    link = reset_link("nick@example.org")
    page = read(client.get(link, follow=True))
    new = {"password1": "marsh-and-moor-7", "password2": "marsh-and-moor-7"}
    done = client.post(client.get(link).url, new, follow=True)

    nick.refresh_from_db()
    assert read(sent).h1.text == "Look into your mail"
    assert (letter.subject, letter.to, letter.is_secret) == ("Choose a new password", "nick@example.org", True)
    assert "The Night Readers" in letter.text
    assert "10 characters" in page.select_one("#id_password1_helptext").text
    assert read(done).h1.text == "Your password is changed"
    assert nick.check_password("marsh-and-moor-7")
    assert read(client.get(link)).h1.text == "This link does not work any more"
    assert [each.kind for each in letters()] == ["password-reset-key", "password-reset"]


def test_opening_the_link_in_the_mail_changes_nothing(client, nick):
    client.post(reverse("account_reset_password"), {"email": "nick@example.org"})
    for _ in range(2):
        client.get(reset_link("nick@example.org"), follow=True)

    nick.refresh_from_db()
    assert nick.check_password(PASSWORD)
    assert not is_in(client)


def test_a_link_for_an_unknown_address_is_sent_to_nobody_and_looks_the_same(client):
    sent = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"}, follow=True)

    assert read(sent).h1.text == "Look into your mail"
    assert letters() == []


def test_a_second_link_within_three_minutes_is_not_sent(client, nick):
    for _ in range(3):
        client.post(reverse("account_reset_password"), {"email": "nick@example.org"})

    assert len(letters()) == 1


def test_too_many_mails_are_a_page_that_says_so(client):
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
    assert "Your password is changed." in texts(read(done), "[role=status]")
    assert [letter.subject for letter in letters("nick@example.org")] == ["Your password is changed"]


def test_who_never_had_a_password_chooses_one(client):
    nick = make_member("nick@example.org", name="Nick")
    come_in(client, "nick@example.org")

    page = read(client.get(reverse("account_change_password"), follow=True))
    client.post(reverse("account_set_password"), {"password1": PASSWORD, "password2": PASSWORD})

    nick.refresh_from_db()
    assert page.h1.text == "Choose a password"
    assert nick.check_password(PASSWORD)
    assert is_in(client)
    assert letters()[-1].subject == "You have a password"
