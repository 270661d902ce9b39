"""A member's own page, their sessions and their photo."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from PIL import Image

from members.models import Member, SignIn
from tests import factories as make
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db

PROFILE_URL = "/members/me/"


@pytest.fixture
def member_client(client, bob):
    client.force_login(bob)
    return client


def test_visitor_is_asked_to_log_in(client):
    assert client.get(PROFILE_URL).url == f"/accounts/login/?next={PROFILE_URL}"
    assert client.post(PROFILE_URL, {"name": "Eve"}).url == f"/accounts/login/?next={PROFILE_URL}"


def test_profile_page_is_not_cached(member_client):
    response = member_client.get(PROFILE_URL)

    assert response["Cache-Control"] == "private, no-store"
    assert text_of(soup_of(response).h1) == "Your page"


def test_profile_save_stores_name_and_consent(member_client, bob):
    response = member_client.post(PROFILE_URL, {"name": " Bob B. Baptiste ", "agrees_to_be_named": "on"}, follow=True)

    bob.refresh_from_db()
    assert response.redirect_chain == [(PROFILE_URL, 302)]
    assert texts(soup_of(response), "[role=status]") == ["Saved."]
    assert texts(soup_of(member_client.get(PROFILE_URL)), "[role=status]") == []
    assert (bob.name, bob.agrees_to_be_named) == ("Bob B. Baptiste", True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "What shall we call you?"),
        ("N" * 300, "Write your name in 120 characters or fewer."),
        ("Bob\u202egro", "There is something in this name that nobody can see. Type it again."),
    ],
)
def test_profile_refuses_invalid_name_and_keeps_it_in_form(member_client, bob, name, message):
    soup = soup_of(member_client.post(PROFILE_URL, {"name": name}))

    bob.refresh_from_db()
    assert soup.title.string.startswith("Error: ")
    assert texts(soup, ".error-summary li") == [message]
    assert soup.select_one("[name=name]").get("value", "") == name
    assert text_of(soup.select_one(".account-links button")).startswith("Bob")
    assert bob.name == "Bob Baptiste"


def test_profile_photo_is_resized_and_can_be_removed(member_client, bob, django_capture_on_commit_callbacks):
    member_client.post(PROFILE_URL, {"name": bob.name, "photo": make.make_picture_file(size=(900, 600))})
    bob.refresh_from_db()
    with bob.photo.open() as file, Image.open(file) as picture:
        assert picture.size == (144, 96)
    assert soup_of(member_client.get(PROFILE_URL)).select_one("main img")["src"] == bob.photo.small_url

    stored = bob.photo
    with django_capture_on_commit_callbacks(execute=True):
        member_client.post(PROFILE_URL, {"name": bob.name, "photo-clear": "on"})

    bob.refresh_from_db()
    assert not bob.photo
    assert not stored.storage.exists(stored.name)


def test_profile_refuses_invalid_photo(member_client, bob):
    file = make.make_picture_file(name="photo.svg")
    file.file.write(b"<svg/>")

    soup = soup_of(member_client.post(PROFILE_URL, {"name": "Bobby", "photo": file}))

    bob.refresh_from_db()
    assert len(texts(soup, ".error-summary li")) == 1
    assert soup.select_one("[name=name]")["value"] == "Bobby"
    assert text_of(soup.select_one(".account-links button")).startswith("Bob,")
    assert (bob.name, bob.photo.name) == ("Bob Baptiste", "")


def test_profile_ignores_other_fields(member_client, bob, alice):
    member_client.post(
        PROFILE_URL,
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


@pytest.mark.both_databases
def test_profile_save_keeps_concurrent_admin_changes(member_client, bob, monkeypatch):
    save = Member.save

    def meanwhile(self, **options):
        Member.objects.filter(pk=self.pk).update(is_active=False, email="new@example.org")
        save(self, **options)

    monkeypatch.setattr(Member, "save", meanwhile)

    member_client.post(PROFILE_URL, {"name": "Bobby"})

    bob.refresh_from_db()
    assert (bob.name, bob.is_active, bob.email) == ("Bobby", False, "new@example.org")


def test_profile_lists_upcoming_and_past_rsvps(member_client, bob, alice):
    with time_machine.travel("2026-03-01T12:00:00Z"):
        meetups = {
            name: make.make_meetup(slug=name, date=date, capacity=1)
            for name, date in {
                "going": dt.date(2026, 4, 1),
                "waiting": dt.date(2026, 4, 8),
                "off": dt.date(2026, 4, 15),
                "over": dt.date(2026, 3, 4),
                "others": dt.date(2026, 4, 22),
            }.items()
        }
        make.make_rsvp(meetups["waiting"], alice)
        make.make_rsvp(meetups["others"], alice)
        for name in ("over", "off", "waiting", "going"):
            make.make_rsvp(meetups[name], bob)
        make.make_rsvp(meetups["off"], bob, "not_going")
    with time_machine.travel("2026-03-12T12:00:00Z"):
        soup = soup_of(member_client.get(PROFILE_URL))

    ahead, past = soup.select("main ul.row-list:has(.badge)")
    assert [link["href"] for link in ahead.select("a")] == ["/meetups/going/", "/meetups/waiting/", "/meetups/off/"]
    assert texts(ahead, ".badge") == ["Going", "Waiting list", "Not going"]
    assert [link["href"] for link in past.select("a")] == ["/meetups/over/"]
    assert texts(past, ".badge") == ["You had a seat"]


@pytest.mark.parametrize(
    ("answer", "attended", "words"),
    [
        ("going", True, "You came"),
        ("going", False, "You were not there"),
        ("going", None, "You had a seat"),
        ("not_going", True, "You came"),
        ("not_going", None, "You were not there"),
    ],
)
def test_profile_says_who_came_only_where_attendance_was_taken(member_client, bob, answer, attended, words):
    meetup = make.make_meetup()
    make.make_rsvp(meetup, bob, answer)
    bob.rsvps.update(attended=attended)
    meetup.date = dt.date(2018, 10, 10)
    meetup.save()

    assert texts(soup_of(member_client.get(PROFILE_URL)), ".row-list .badge") == [words]


def test_profile_hides_unpublished_meetups(member_client, bob):
    meetup = make.make_meetup(slug="taken-back")
    make.make_rsvp(meetup, bob)
    meetup.published_at = None
    meetup.save()

    assert "taken-back" not in member_client.get(PROFILE_URL).content.decode()


def test_profile_without_rsvps_links_to_meetups(member_client):
    assert text_of(soup_of(member_client.get(PROFILE_URL)).select_one("main .empty")).endswith("When we meet")


@pytest.mark.parametrize("count", [1, 4])
def test_profile_query_count_is_constant(member_client, bob, count, django_assert_num_queries):
    for _ in range(count):
        make.make_rsvp(member=bob)

    with django_assert_num_queries(10):
        member_client.get(PROFILE_URL)


def log_in_from(browser, member):
    """Log `member` in with a new client; return it and the SignIn row."""
    client = Client()
    client.force_login(member)
    sign_in = SignIn.objects.create(member=member, session_key=client.session.session_key, browser=browser)
    return client, sign_in


def is_signed_in(client):
    return client.get(PROFILE_URL).status_code == 200


def test_profile_lists_sign_ins(bob, alice):
    here, _ = log_in_from("Firefox on Linux", bob)
    log_in_from("Safari on iPhone", bob)
    log_in_from("Opera on Windows", alice)

    rows = texts(soup_of(here.get(PROFILE_URL)), "#sign-ins + ul li")

    assert [row.partition(" since")[0] for row in rows] == ["Safari on iPhone", "Firefox on Linux (here)"]
    assert ["Sign out there" in row for row in rows] == [True, False]


def test_profile_ends_one_sign_in(bob):
    here, _ = log_in_from("Firefox on Linux", bob)
    phone, on_phone = log_in_from("Safari on iPhone", bob)
    desktop, _ = log_in_from("Edge on Windows", bob)

    response = here.post(f"/members/me/sign-ins/{on_phone.pk}/", follow=True)

    assert texts(soup_of(response), "[role=status]") == ["Signed out there."]
    assert [is_signed_in(client) for client in (here, phone, desktop)] == [True, False, True]


def test_profile_ends_all_other_sign_ins(bob, alice):
    here, _ = log_in_from("Firefox on Linux", bob)
    phone, _ = log_in_from("Safari on iPhone", bob)
    others, _ = log_in_from("Opera on Windows", alice)

    response = here.post("/members/me/sign-ins/others/", {"member": alice.pk}, follow=True)

    assert texts(soup_of(response), "[role=status]") == ["Signed out everywhere but here."]
    assert [is_signed_in(client) for client in (here, phone, others)] == [True, False, True]


def test_end_sign_in_of_another_member_is_404(member_client, alice):
    others, sign_in = log_in_from("Opera on Windows", alice)

    assert member_client.post(f"/members/me/sign-ins/{sign_in.pk}/", {"member": alice.pk}).status_code == 404
    assert member_client.get(f"/members/me/sign-ins/{sign_in.pk}/").status_code == 405
    assert is_signed_in(others)


def test_profile_refuses_cross_site_posts(bob):
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    origin = {"Origin": "https://evil.example"}

    answers = [
        client.post(address, {"name": "Eve", "address": bob.email}, headers=origin).status_code
        for address in (PROFILE_URL, f"{PROFILE_URL}sign-ins/others/", f"{PROFILE_URL}data/", f"{PROFILE_URL}deletion/")
    ]

    bob.refresh_from_db()
    assert answers == [403] * 4
    assert bob.name == "Bob Baptiste"


@pytest.fixture
def photo(bob):
    bob.photo = make.make_picture_file()
    bob.save()
    return bob.photo


def test_member_photo_is_404_for_visitors_and_unapproved(client, photo):
    assert client.get(photo.small_url).status_code == 404
    client.force_login(make.make_member(approved_at=None))
    assert client.get(photo.small_url).status_code == 404


@pytest.mark.parametrize("approved", [True, False])
def test_member_photo_is_served_to_its_owner_uncached(member_client, bob, photo, approved):
    if not approved:
        Member.objects.filter(pk=bob.pk).update(approved_at=None)

    response = member_client.get(photo.small_url)

    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-cache")
    response.close()


def test_member_photo_is_served_to_members(client, photo):
    client.force_login(make.make_member())

    response = client.get(photo.small_url)

    assert response.status_code == 200
    response.close()


def test_every_page_links_to_profile(member_client):
    assert soup_of(member_client.get("/")).select_one(f'.site-header a[href="{PROFILE_URL}"]').string == "Your page"
