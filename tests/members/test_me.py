"""A member's own page: theirs alone, whatever is sent to it."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from PIL import Image

from members.models import Member, SignIn
from tests import factories as make
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db

ME = "/members/me/"


@pytest.fixture
def bobs(client, bob):
    client.force_login(bob)
    return client


def test_a_visitor_is_asked_to_sign_in(client):
    assert client.get(ME).url == f"/accounts/login/?next={ME}"
    assert client.post(ME, {"name": "Eve"}).url == f"/accounts/login/?next={ME}"


def test_the_page_is_kept_by_no_cache(bobs):
    response = bobs.get(ME)

    assert response["Cache-Control"] == "private, no-store"
    assert text_of(soup_of(response).h1) == "Your page"


def test_a_name_and_an_agreement_are_saved_and_said_so_once(bobs, bob):
    response = bobs.post(ME, {"name": " Bob B. Baptiste ", "agrees_to_be_named": "on"}, follow=True)

    bob.refresh_from_db()
    assert response.redirect_chain == [(ME, 302)]
    assert texts(soup_of(response), "[role=status]") == ["Saved."]
    assert texts(soup_of(bobs.get(ME)), "[role=status]") == []
    assert (bob.name, bob.agrees_to_be_named) == ("Bob B. Baptiste", True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "What shall we call you?"),
        ("N" * 300, "Write your name in 120 characters or fewer."),
        ("Bob\u202egro", "There is something in this name that nobody can see. Type it again."),
    ],
)
def test_a_name_that_is_none_is_refused_in_a_sentence_and_kept_in_the_form(bobs, bob, name, message):
    soup = soup_of(bobs.post(ME, {"name": name}))

    bob.refresh_from_db()
    assert soup.title.string.startswith("Error: ")
    assert texts(soup, ".errs li") == [message]
    assert soup.select_one("[name=name]").get("value", "") == name
    assert text_of(soup.select_one(".who button")).startswith("Bob")
    assert bob.name == "Bob Baptiste"


def test_a_photo_is_kept_in_small_and_taken_away_again(bobs, bob, django_capture_on_commit_callbacks):
    bobs.post(ME, {"name": bob.name, "photo": make.make_picture_file(size=(900, 600))})
    bob.refresh_from_db()
    with bob.photo.open() as file, Image.open(file) as picture:
        assert picture.size == (144, 96)
    assert soup_of(bobs.get(ME)).select_one("main img")["src"] == bob.photo.small_url

    stored = bob.photo
    with django_capture_on_commit_callbacks(execute=True):
        bobs.post(ME, {"name": bob.name, "photo-clear": "on"})

    bob.refresh_from_db()
    assert not bob.photo
    assert not stored.storage.exists(stored.name)


def test_what_is_no_photo_is_refused_in_a_sentence(bobs, bob):
    file = make.make_picture_file(name="photo.svg")
    file.file.write(b"<svg/>")

    soup = soup_of(bobs.post(ME, {"name": "Bobby", "photo": file}))

    bob.refresh_from_db()
    assert len(texts(soup, ".errs li")) == 1
    assert soup.select_one("[name=name]")["value"] == "Bobby"
    assert text_of(soup.select_one(".who button")).startswith("Bob,")
    assert (bob.name, bob.photo.name) == ("Bob Baptiste", "")


def test_nothing_else_of_the_row_can_be_sent(bobs, bob, alice):
    bobs.post(
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


def test_a_save_changes_nothing_that_an_organiser_changes_at_the_same_time(bobs, bob, monkeypatch):
    save = Member.save

    def meanwhile(self, **options):
        Member.objects.filter(pk=self.pk).update(is_active=False, email="new@example.org")
        save(self, **options)

    monkeypatch.setattr(Member, "save", meanwhile)

    bobs.post(ME, {"name": "Bobby"})

    bob.refresh_from_db()
    assert (bob.name, bob.is_active, bob.email) == ("Bobby", False, "new@example.org")


def test_answers_stand_under_what_lies_ahead_and_what_is_over(bobs, bob, alice):
    with time_machine.travel("2026-03-01T12:00:00Z"):
        evenings = {
            name: make.make_meetup(slug=name, date=date, capacity=1)
            for name, date in {
                "going": dt.date(2026, 4, 1),
                "waiting": dt.date(2026, 4, 8),
                "off": dt.date(2026, 4, 15),
                "over": dt.date(2026, 3, 4),
                "others": dt.date(2026, 4, 22),
            }.items()
        }
        make.make_rsvp(evenings["waiting"], alice)
        make.make_rsvp(evenings["others"], alice)
        for name in ("over", "off", "waiting", "going"):
            make.make_rsvp(evenings[name], bob)
        make.make_rsvp(evenings["off"], bob, "not_going")
    with time_machine.travel("2026-03-12T12:00:00Z"):
        soup = soup_of(bobs.get(ME))

    ahead, past = soup.select("main ul.rows:has(.stamp)")
    assert [link["href"] for link in ahead.select("a")] == ["/meetups/going/", "/meetups/waiting/", "/meetups/off/"]
    assert texts(ahead, ".stamp") == ["Going", "Waiting list", "Not going"]
    assert [link["href"] for link in past.select("a")] == ["/meetups/over/"]
    assert texts(past, ".stamp") == ["You came"]


def test_an_evening_that_was_taken_back_is_not_told_of(bobs, bob):
    meetup = make.make_meetup(slug="taken-back")
    make.make_rsvp(meetup, bob)
    meetup.published_at = None
    meetup.save()

    assert "taken-back" not in bobs.get(ME).content.decode()


def test_who_has_answered_to_nothing_is_shown_the_way(bobs):
    assert text_of(soup_of(bobs.get(ME)).select_one("main .empty")).endswith("When we meet")


@pytest.mark.parametrize("count", [1, 4])
def test_the_page_runs_the_same_queries_for_any_number_of_answers(bobs, bob, count, django_assert_num_queries):
    for _ in range(count):
        make.make_rsvp(member=bob)

    with django_assert_num_queries(10):
        bobs.get(ME)


def signed_in_at(browser, member):
    """A browser of the member's, and the row that tells of it."""
    client = Client()
    client.force_login(member)
    sign_in = SignIn.objects.create(member=member, session_key=client.session.session_key, browser=browser)
    return client, sign_in


def is_signed_in(client):
    return client.get(ME).status_code == 200


def test_the_places_they_are_signed_in_at_are_told_apart(bob, alice):
    here, _ = signed_in_at("Firefox on Linux", bob)
    signed_in_at("Safari on iPhone", bob)
    signed_in_at("Opera on Windows", alice)

    rows = texts(soup_of(here.get(ME)), "#sign-ins + ul li")

    assert [row.partition(" since")[0] for row in rows] == ["Safari on iPhone", "Firefox on Linux (here)"]
    assert ["Sign out there" in row for row in rows] == [True, False]


def test_one_place_is_ended_and_the_others_go_on(bob):
    here, _ = signed_in_at("Firefox on Linux", bob)
    phone, on_phone = signed_in_at("Safari on iPhone", bob)
    desktop, _ = signed_in_at("Edge on Windows", bob)

    response = here.post(f"/members/me/sign-ins/{on_phone.pk}/", follow=True)

    assert texts(soup_of(response), "[role=status]") == ["Signed out there."]
    assert [is_signed_in(client) for client in (here, phone, desktop)] == [True, False, True]


def test_all_other_places_are_ended_at_once(bob, alice):
    here, _ = signed_in_at("Firefox on Linux", bob)
    phone, _ = signed_in_at("Safari on iPhone", bob)
    others, _ = signed_in_at("Opera on Windows", alice)

    response = here.post("/members/me/sign-ins/others/", {"member": alice.pk}, follow=True)

    assert texts(soup_of(response), "[role=status]") == ["Signed out everywhere but here."]
    assert [is_signed_in(client) for client in (here, phone, others)] == [True, False, True]


def test_nobody_signs_somebody_else_out(bobs, alice):
    others, sign_in = signed_in_at("Opera on Windows", alice)

    assert bobs.post(f"/members/me/sign-ins/{sign_in.pk}/", {"member": alice.pk}).status_code == 404
    assert bobs.get(f"/members/me/sign-ins/{sign_in.pk}/").status_code == 405
    assert is_signed_in(others)


def test_another_site_signs_nobody_out_and_changes_nothing(bob):
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    origin = {"Origin": "https://evil.example"}

    answers = [
        client.post(address, {"name": "Eve", "address": bob.email}, headers=origin).status_code
        for address in (ME, f"{ME}sign-ins/others/", f"{ME}data/", f"{ME}deletion/")
    ]

    bob.refresh_from_db()
    assert answers == [403] * 4
    assert bob.name == "Bob Baptiste"


@pytest.fixture
def photo(bob):
    bob.photo = make.make_picture_file()
    bob.save()
    return bob.photo


def test_a_photo_is_not_there_for_a_visitor_or_who_waits_for_a_yes(client, photo):
    assert client.get(photo.small_url).status_code == 404
    client.force_login(make.make_member(approved_at=None))
    assert client.get(photo.small_url).status_code == 404


@pytest.mark.parametrize("approved", [True, False])
def test_a_photo_is_there_for_its_owner_and_kept_by_no_cache(bobs, bob, photo, approved):
    if not approved:
        Member.objects.filter(pk=bob.pk).update(approved_at=None)

    response = bobs.get(photo.small_url)

    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-cache")
    response.close()


def test_a_photo_is_there_for_another_member(client, photo):
    client.force_login(make.make_member())

    response = client.get(photo.small_url)

    assert response.status_code == 200
    response.close()


def test_every_page_leads_a_member_to_their_own(bobs):
    assert soup_of(bobs.get("/")).select_one(f'.top a[href="{ME}"]').string == "Your page"
