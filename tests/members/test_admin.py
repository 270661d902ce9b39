import re

import pytest
from allauth.account.models import EmailAddress
from bs4 import BeautifulSoup
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from members.models import Author, Member
from tests.factories import make_author, make_club, make_member, make_organiser, make_picture_file


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def change(member):
    return reverse("admin:members_member_change", args=[member.pk])


def messages(response):
    return [
        each.get_text(strip=True) for each in BeautifulSoup(response.content, "html.parser").select(".errorlist li")
    ]


def test_an_account_is_made_without_a_password(desk):
    desk.post(reverse("admin:members_member_add"), {"email": "Nick@Example.org", "name": "Nick"})

    nick = Member.objects.get(name="Nick")
    assert nick.email == "nick@example.org"
    assert not nick.has_usable_password()


def test_an_account_is_made_with_a_password_that_opens_it(desk, client):
    desk.post(
        reverse("admin:members_member_add"),
        {"email": "nick@example.org", "name": "Nick", "password": "tide-and-salt-9"},
    )

    assert Member.objects.get(name="Nick").check_password("tide-and-salt-9")


def test_a_weak_password_is_refused_and_the_rest_kept(desk):
    response = desk.post(
        reverse("admin:members_member_add"), {"email": "nick@example.org", "name": "Nick", "password": "12345"}
    )

    page = BeautifulSoup(response.content, "html.parser")
    assert any("too short" in each for each in messages(response))
    assert page.select_one("[name=email]")["value"] == "nick@example.org"
    assert not Member.objects.filter(name="Nick").exists()


def test_the_same_address_in_another_case_is_refused(desk, bob):
    response = desk.post(reverse("admin:members_member_add"), {"email": "BOB@example.org"})

    assert messages(response)
    assert Member.objects.filter(email__iexact="bob@example.org").count() == 1


def test_no_page_shows_a_hash(desk):
    member = make_member(password="tide-and-salt-9")

    page = desk.get(change(member)).content.decode()

    assert "One is set." in page
    assert member.password not in page
    assert member.password.split("$")[0] not in page


def test_an_organiser_sets_a_new_password(desk, bob):
    address = reverse("admin:auth_user_password_change", args=[bob.pk])

    response = desk.post(
        address,
        {"usable_password": "true", "password1": "tide-and-salt-9", "password2": "tide-and-salt-9"},
    )

    bob.refresh_from_db()
    assert response.status_code == 302
    assert bob.check_password("tide-and-salt-9")


def test_an_address_that_was_left_signs_in_no_longer(desk, bob):
    EmailAddress.objects.create(user=bob, email=bob.email, primary=True, verified=True)

    desk.post(change(bob), {"email": "bob@new.example", "name": bob.name, "is_active": "on"})

    bob.refresh_from_db()
    assert bob.email == "bob@new.example"
    assert not EmailAddress.objects.filter(email="bob@example.org").exists()


def test_an_organiser_makes_nobody_a_superuser(desk, bob, olga):
    for member in (bob, olga):
        desk.post(change(member), {"email": member.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"})

    assert not Member.objects.filter(is_superuser=True).exists()


def test_an_organiser_takes_no_superusers_account_over(desk):
    root = make_member("root@example.org", password="tide-and-salt-9", is_superuser=True)
    password = {"usable_password": "true", "password1": "now-it-is-mine", "password2": "now-it-is-mine"}

    answers = [
        desk.post(change(root), {"email": "olga@example.org"}),
        desk.post(reverse("admin:auth_user_password_change", args=[root.pk]), password),
        desk.post(reverse("admin:members_member_delete", args=[root.pk]), {"post": "yes"}),
    ]

    root.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert (root.email, root.check_password("tide-and-salt-9")) == ("root@example.org", True)


def test_the_bulk_deletion_of_superusers_is_refused(desk, bob):
    root = make_member(is_superuser=True)

    desk.post(
        reverse("admin:members_member_changelist"),
        {"action": "delete_selected", "_selected_action": [bob.pk, root.pk], "post": "yes"},
    )

    assert Member.objects.filter(pk=root.pk).exists()


def author_form(**fields):
    return {"name": "Michele Mauricio", "slug": "", "job_title": "", "bio": "", "email": "", "phone": ""} | fields


def test_an_author_gets_an_address_that_is_free(desk):
    make_author(slug="michele-mauricio")

    desk.post(reverse("admin:members_author_add"), author_form())

    assert Author.objects.get(name="Michele Mauricio").slug == "michele-mauricio-2"


def test_a_damaged_portrait_is_a_message_and_keeps_the_text(desk):
    whole = make_picture_file(size=(400, 300))
    whole.seek(0)
    cut = whole.read()[:900]
    whole.file = type(whole.file)(cut)
    whole.size = len(cut)

    response = desk.post(reverse("admin:members_author_add"), author_form(bio="A *reader*", photo=whole))

    page = BeautifulSoup(response.content, "html.parser")
    assert messages(response) == ["This picture is damaged. Send it again, or another."]
    assert page.select_one("[name=bio]").get_text().strip() == "A *reader*"
    assert not Author.objects.exists()


def test_a_portrait_is_kept_and_shown(desk):
    desk.post(reverse("admin:members_author_add"), author_form(photo=make_picture_file()))

    author = Author.objects.get()
    page = BeautifulSoup(desk.get(reverse("admin:members_author_change", args=[author.pk])).content, "html.parser")
    assert author.photo.name.endswith(".webp")
    assert page.select_one("img.picture")["src"] == author.photo.url


@pytest.mark.parametrize("bio", ["[" * 3000, "> " * 500, "*" * 5000, "x" * 70_000])
def test_a_hostile_text_is_a_message_and_is_kept(desk, bio):
    response = desk.post(reverse("admin:members_author_add"), author_form(bio=bio))

    page = BeautifulSoup(response.content, "html.parser")
    assert len(messages(response)) == 1
    assert page.select_one("[name=bio]").get_text().strip() == bio.strip()


# --- the door: signing in, for the desk and for members -------------------------------------------------------------

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
def test_every_field_has_a_label_above_it(client, db, name):
    page = read(client.get(reverse(name)))

    for field in page.select("main input:not([type=hidden])"):
        assert page.select_one(f'label[for="{field["id"]}"]').get_text(strip=True)


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
    assert errors(page) == [("#id_login", "The email address and/or password you specified are not correct.")]
    assert page.select_one("[name=login]")["value"] == login


def test_each_field_says_what_is_wrong_with_it(client, db):
    page = read(sign_in(client, login="nick", password=""))

    assert errors(page) == [
        ("#id_login", "Enter a valid email address."),
        ("#id_password", "This field is required."),
    ]
    login = page.select_one("#id_login")
    assert (login["aria-invalid"], login["value"]) == ("true", "nick")
    assert "Enter a valid email address." in page.select_one(f"#{login['aria-describedby']}").text


def test_too_many_tries_are_stopped(client, nick):
    for _ in range(5):
        sign_in(client, password="wrong")

    page = read(sign_in(client))

    assert errors(page) == [("#id_login", "Too many failed login attempts. Try again later.")]
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
    assert mail.outbox[0].subject.endswith("Choose a new password")
    assert mail.outbox[0].to == ["nick@example.org"]
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
    assert errors(refused)[0] == ("#id_oldpassword", "Please type your current password.")
    assert nick.check_password("marsh-and-moor-7")
    assert "Your password is changed." in [each.text for each in read(done).select("[role=status]")]


def test_who_never_had_a_password_chooses_one(client, db):
    nick = make_member("nick@example.org")
    client.force_login(nick)

    page = read(client.get(reverse("account_change_password"), follow=True))

    assert page.h1.text == "Choose a password"
