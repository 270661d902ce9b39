"""A member's own page: theirs alone, whatever is sent to it."""

import pytest
from PIL import Image

from members.models import Member
from tests import factories as make
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db

ME = "/members/me/"


@pytest.fixture
def page(client, bob):
    client.force_login(bob)
    return client


def test_a_visitor_is_asked_to_sign_in(client):
    assert client.get(ME).url == f"/accounts/login/?next={ME}"
    assert client.post(ME, {"name": "Eve"}).url == f"/accounts/login/?next={ME}"


def test_the_page_is_kept_by_no_cache(page):
    response = page.get(ME)

    assert response["Cache-Control"] == "private, no-store"
    assert text_of(soup_of(response).h1) == "Your page"


def test_a_name_and_an_agreement_are_saved_and_said_so_once(page, bob):
    response = page.post(ME, {"name": " Bob B. Baptiste ", "agrees_to_be_named": "on"}, follow=True)

    bob.refresh_from_db()
    assert response.redirect_chain == [(ME, 302)]
    assert texts(soup_of(response), "[role=status]") == ["Saved."]
    assert texts(soup_of(page.get(ME)), "[role=status]") == []
    assert (bob.name, bob.agrees_to_be_named) == ("Bob B. Baptiste", True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "What shall we call you?"),
        ("N" * 300, "Write your name in 120 characters or fewer."),
        ("Bob\u202egro", "There is something in this name that nobody can see. Type it again."),
    ],
)
def test_a_name_that_is_none_is_refused_in_a_sentence_and_kept_in_the_form(page, bob, name, message):
    soup = soup_of(page.post(ME, {"name": name}))

    bob.refresh_from_db()
    assert soup.title.string.startswith("Error: ")
    assert texts(soup, ".errs li") == [message]
    assert soup.select_one("[name=name]").get("value", "") == name
    assert text_of(soup.select_one(".who button")).startswith("Bob")
    assert bob.name == "Bob Baptiste"


def test_a_photo_is_kept_in_small_and_taken_away_again(page, bob, django_capture_on_commit_callbacks):
    page.post(ME, {"name": bob.name, "photo": make.make_picture_file(size=(900, 600))})
    bob.refresh_from_db()
    with bob.photo.open() as file, Image.open(file) as picture:
        assert picture.size == (144, 96)
    assert soup_of(page.get(ME)).select_one("main img")["src"] == bob.photo.small_url

    stored = bob.photo
    with django_capture_on_commit_callbacks(execute=True):
        page.post(ME, {"name": bob.name, "photo-clear": "on"})

    bob.refresh_from_db()
    assert not bob.photo
    assert not stored.storage.exists(stored.name)


def test_what_is_no_photo_is_refused_in_a_sentence(page, bob):
    file = make.make_picture_file(name="photo.svg")
    file.file.write(b"<svg/>")

    soup = soup_of(page.post(ME, {"name": "Bobby", "photo": file}))

    bob.refresh_from_db()
    assert len(texts(soup, ".errs li")) == 1
    assert soup.select_one("[name=name]")["value"] == "Bobby"
    assert (bob.name, bob.photo.name) == ("Bob Baptiste", "")


def test_nothing_else_of_the_row_can_be_sent(page, bob, alice):
    page.post(
        ME,
        {
            "name": "Bob",
            "is_staff": "1",
            "is_superuser": "1",
            "email": "eve@example.org",
            "approved_at": "2020-01-01",
            "calendar_token": "x",
            "id": alice.pk,
            "member": alice.pk,
            "user": alice.pk,
            "groups": "1",
        },
    )

    before, bob = bob, Member.objects.get(pk=bob.pk)
    alice.refresh_from_db()
    assert (bob.name, alice.name) == ("Bob", "Alice Adeyemi")
    assert (bob.is_staff, bob.is_superuser, bob.email) == (False, False, before.email)
    assert (bob.approved_at, bob.calendar_token, bob.groups.count()) == (before.approved_at, "", 0)


def test_a_save_changes_nothing_that_an_organiser_changes_at_the_same_time(page, bob, monkeypatch):
    save = Member.save

    def meanwhile(self, **options):
        Member.objects.filter(pk=self.pk).update(is_active=False, email="new@example.org")
        save(self, **options)

    monkeypatch.setattr(Member, "save", meanwhile)

    page.post(ME, {"name": "Bobby"})

    bob.refresh_from_db()
    assert (bob.name, bob.is_active, bob.email) == ("Bobby", False, "new@example.org")
