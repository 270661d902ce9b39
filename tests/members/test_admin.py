import pytest
from allauth.account.models import EmailAddress
from bs4 import BeautifulSoup
from django.urls import reverse

from members.models import Author, Member
from tests.factories import make_author, make_member, make_picture_file


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
