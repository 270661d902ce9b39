"""The pages below /accounts/: their layout and messages, login with a password, and changing it."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from members.models import Member
from tests.factories import make_club, make_member, make_organiser
from tests.members.login_helpers import (
    LOGIN,
    enter_code,
    get_code,
    get_reset_link,
    is_logged_in,
    list_mails,
    log_in,
    request_code,
)
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


def read_page(response, status=200):
    assert response.status_code == status
    return soup_of(response)


def log_in_with_password(client, login="nick@example.org", password=PASSWORD, **fields):
    return client.post(reverse("account_login_password"), {"login": login, "password": password} | fields)


def list_errors(page):
    return [(link["href"], link.text) for link in page.select(".error-summary a")]


@pytest.mark.parametrize("name", FOR_VISITORS + FOR_MEMBERS)
def test_account_pages_use_site_layout(client, nick, name):
    make_club(name="The Night Readers")
    if name in FOR_MEMBERS:
        log_in_with_password(client)

    page = read_page(client.get(reverse(name)))

    assert page.title.text.endswith(": The Night Readers")
    assert len(page.select("main#main h1")) == 1
    assert page.select_one("header.site-header")
    assert not page.select("[style], style")
    assert all(script["src"].startswith("/static/") for script in page.select("script[src]"))
    assert bool(page.select("script")) == (name == "account_login")  # for the passkey
    assert page.select_one("meta[name=robots]")["content"] == "noindex"


@pytest.mark.parametrize(
    "name", ["account_login", "account_login_password", "account_signup", "account_reset_password"]
)
def test_account_forms_have_labels_and_no_placeholders(client, name):
    page = read_page(client.get(reverse(name)))

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
def test_login_refuses_invalid_address_without_mail(client, email):
    page = read_page(request_code(client, email))

    expected = "Write the address in full, such as name@example.org." if email else "Email address is missing."
    assert page.title.text.startswith("Error: Sign in")
    assert list_errors(page) == [("#id_email", expected)]
    assert page.select_one("#id_email")["aria-invalid"] == "true"
    assert list_mails() == []
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
def test_signup_refuses_invalid_name_and_keeps_it_in_form(client, name, expected):
    page = read_page(request_code(client, "new@example.org", name=name))

    assert list_errors(page) == [("#id_name", expected)]
    assert page.select_one("#id_email")["value"] == "new@example.org"
    assert not Member.objects.exists()


def test_masthead_links_to_profile(client, nick):
    assert soup_of(client.get("/")).select_one(".site-header > a.small").text == "Sign in"

    log_in(client, "nick@example.org")
    who = soup_of(client.get("/")).select_one(".account-links")

    assert text_of(who.button) == "Nick, sign out"
    assert who.select_one(f'a[href="{reverse("members:profile")}"]')


def test_organiser_login_leads_to_admin(client):
    make_organiser("olga@example.org")
    login_url = client.get(reverse("admin:index"), follow=True).redirect_chain[-1][0]
    page = read_page(client.get(login_url))

    request_code(client, "olga@example.org", next=page.select_one("[name=next]")["value"])
    response = enter_code(client, get_code("olga@example.org"))

    assert response.url == reverse("admin:index")
    assert client.get(response.url).status_code == 200


# --- login with a password


def test_password_login_follows_next(client, nick):
    page = read_page(client.get(LOGIN, {"next": "/books/"}))
    way = next(each for each in page.select("main button") if text_of(each) == "Use my password instead")
    form = page.find("form", id=way["form"])
    page = read_page(client.post(way["formaction"], {"email": "", "next": form.select_one("[name=next]")["value"]}))

    response = log_in_with_password(client, login="NICK@example.org", next=page.select_one("[name=next]")["value"])

    assert response.url == "/books/"
    assert client.session["_auth_user_id"] == str(nick.pk)


def test_address_typed_for_a_code_is_kept_on_the_password_page(client, db):
    page = read_page(client.post(reverse("account_login_password"), {"email": "nick@exam"}))

    assert page.select_one("[name=login]")["value"] == "nick@exam"
    assert list_errors(page) == []


def test_password_login_ignores_external_next(client, nick):
    assert log_in_with_password(client, next="https://elsewhere.example/").url == "/"


@pytest.mark.parametrize("login", ["nick@example.org", "nobody@example.org"])
def test_password_login_error_is_the_same_for_unknown_address(client, nick, login):
    page = read_page(log_in_with_password(client, login=login, password="wrong"))

    assert page.title.text.startswith("Error: Sign in")
    assert list_errors(page) == [
        ("#id_login", "The email address and password do not match. Check both and try again.")
    ]
    assert page.select_one("[name=login]")["value"] == login


def test_password_login_reports_missing_fields(client):
    page = read_page(log_in_with_password(client, login="nick", password=""))

    assert list_errors(page) == [
        ("#id_login", "Write the address in full, such as name@example.org."),
        ("#id_password", "Password is missing."),
    ]
    login = page.select_one("#id_login")
    assert (login["aria-invalid"], login["value"]) == ("true", "nick")
    assert "Write the address in full" in page.select_one(f"#{login['aria-describedby']}").text


def test_password_login_rate_limit_names_the_wait(client, nick):
    for _ in range(5):
        log_in_with_password(client, password="wrong")

    page = read_page(log_in_with_password(client))

    assert list_errors(page) == [("#id_login", "Too many tries. Wait five minutes, then try again.")]
    assert not is_logged_in(client)


def test_password_login_refuses_inactive_account(client):
    make_member("nick@example.org", password=PASSWORD, is_active=False)

    log_in_with_password(client)

    assert not is_logged_in(client)


def test_password_login_refuses_account_without_password(client):
    make_member("nick@example.org")

    page = read_page(log_in_with_password(client, password=""))

    assert list_errors(page) == [("#id_password", "Password is missing.")]
    assert not is_logged_in(client)


# --- changing and resetting the password


def test_logout_needs_post_and_leaves_no_cookie(client, nick):
    client.force_login(nick)

    page = read_page(client.get(reverse("account_logout")))
    still = is_logged_in(client)
    response = client.post(reverse("account_logout"))

    assert page.select_one("main form[method=post] button").text.strip() == "Sign out"
    assert still
    assert not is_logged_in(client)
    assert "messages" not in response.cookies


def test_password_reset_by_mailed_link(client):
    nick = make_member("nick@example.org", name="Nick")
    make_club(name="The Night Readers")

    sent = client.post(reverse("account_reset_password"), {"email": "nick@example.org"}, follow=True)
    [mail] = list_mails()
    link = get_reset_link("nick@example.org")
    page = read_page(client.get(link, follow=True))
    new = {"password1": "marsh-and-moor-7", "password2": "marsh-and-moor-7"}
    done = client.post(client.get(link).url, new, follow=True)

    nick.refresh_from_db()
    assert read_page(sent).h1.text == "Look into your mail"
    assert (mail.subject, mail.to, mail.is_secret) == ("Choose a new password", "nick@example.org", True)
    assert "The Night Readers" in mail.text
    assert "10 characters" in page.select_one("#id_password1_helptext").text
    assert read_page(done).h1.text == "Your password is changed"
    assert nick.check_password("marsh-and-moor-7")
    assert read_page(client.get(link)).h1.text == "This link does not work any more"
    assert [each.kind for each in list_mails()] == ["password-reset-key", "password-reset"]


def test_password_reset_link_get_changes_nothing(client, nick):
    client.post(reverse("account_reset_password"), {"email": "nick@example.org"})
    for _ in range(2):
        client.get(get_reset_link("nick@example.org"), follow=True)

    nick.refresh_from_db()
    assert nick.check_password(PASSWORD)
    assert not is_logged_in(client)


def test_password_reset_hides_unknown_addresses(client):
    sent = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"}, follow=True)

    assert read_page(sent).h1.text == "Look into your mail"
    assert list_mails() == []


def test_password_reset_sends_one_mail_in_three_minutes(client, nick):
    for _ in range(3):
        client.post(reverse("account_reset_password"), {"email": "nick@example.org"})

    assert len(list_mails()) == 1


def test_password_reset_is_rate_limited(client):
    for _ in range(6):
        response = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})

    assert read_page(response, status=429).h1.text == "Too many tries"


def test_password_change_needs_the_old_password(client, nick):
    client.force_login(nick)
    form = {"oldpassword": "wrong", "password1": "123", "password2": "123"}

    refused = read_page(client.post(reverse("account_change_password"), form))
    form = {"oldpassword": PASSWORD, "password1": "marsh-and-moor-7", "password2": "marsh-and-moor-7"}
    done = client.post(reverse("account_change_password"), form, follow=True)

    nick.refresh_from_db()
    assert list_errors(refused)[0] == ("#id_oldpassword", "This is not the password you have now. Type it again.")
    assert nick.check_password("marsh-and-moor-7")
    assert "Your password is changed." in texts(read_page(done), "[role=status]")
    assert [mail.subject for mail in list_mails("nick@example.org")] == ["Your password is changed"]


def test_password_set_without_a_password(client):
    nick = make_member("nick@example.org", name="Nick")
    log_in(client, "nick@example.org")

    page = read_page(client.get(reverse("account_change_password"), follow=True))
    client.post(reverse("account_set_password"), {"password1": PASSWORD, "password2": PASSWORD})

    nick.refresh_from_db()
    assert text_of(page.h1) == "Choose a password"
    assert nick.check_password(PASSWORD)
    assert is_logged_in(client)
    assert list_mails()[-1].subject == "You have a password"
