"""All that is kept of a person, in one file for them, and nothing of anybody else."""

import datetime as dt
import io
import json
import zipfile

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from bs4 import BeautifulSoup
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from bookclub.models import OutgoingMail
from members.models import SignIn
from tests import factories as make

pytestmark = pytest.mark.django_db

DATA = "/members/me/data/"
OTHER = "Nicoletta Quirrell"


@pytest.fixture
def bobs(client, bob):
    client.force_login(bob)
    return client


def unzipped(response):
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def data_of(response):
    return json.loads(unzipped(response).read("data.json"))


def words_of(response):
    return BeautifulSoup(unzipped(response).read("index.html"), "html.parser")


@pytest.fixture
def everything(bob):
    """Something of Bob's in each table, and the same of somebody else's."""
    with time_machine.travel("2026-07-01T18:00:00Z", tick=False):
        make.make_club(name="Lantern Book Club", guests_allowed=1)
        other = make.make_member("nicoletta@quirrell.example", name=OTHER)
        meetup = make.make_meetup(slug="the-evening")
        for member in (other, bob):
            have_one_of_each(member, meetup)
    return bob


def have_one_of_each(member, meetup):
    who = member.name.split(" ")[0]
    member.photo = make.make_picture_file()
    member.save()
    EmailAddress.objects.create(user=member, email=f"{who}@work.example", verified=True)
    Authenticator.objects.create(user=member, type=Authenticator.Type.TOTP, data={"secret": f"{who}s-secret"})
    SignIn.objects.create(member=member, session_key=f"{who}s-key", browser=f"Firefox of {who}")
    make.make_rsvp(meetup, member, guests=1, line=f"{who} needs a step-free way in")
    author = make.make_author(name=member.name, slug=who.lower(), member=member, photo=make.make_picture_file())
    writeup = make.make_writeup(title=f"What {who} saw", author=author)
    note = make.make_session_note(writeup=writeup, text=f"{who} said that", name=who, member=member)
    note.text = f"{who} said this"
    note.save()
    OutgoingMail.objects.write(key=f"{who}-1", kind="news", to=member.email, subject="News", text=f"For {who}")
    OutgoingMail.objects.write(
        key=f"{who}-2", kind="code", to=member.email, text=f"{who}s-code", keeps=OutgoingMail.Keeps.ADDRESS
    )
    LogEntry.objects.create(
        user=member,
        action_flag=CHANGE,
        content_type=ContentType.objects.get_for_model(type(meetup)),
        object_id=str(meetup.pk),
        object_repr=OTHER,
        change_message=OTHER,
    )


def test_there_is_all_that_is_kept_of_them(bobs, everything):
    data = data_of(bobs.post(DATA))

    assert data["format"] == 1
    assert data["club"] == "Lantern Book Club"
    assert (data["account"]["name"], data["account"]["email"]) == ("Bob Baptiste", "bob@example.org")
    assert data["email_addresses"] == [{"email": "Bob@work.example", "primary": False, "verified": True}]
    assert [(each["kind"], each["added_at"]) for each in data["second_factors"]] == [
        ("TOTP Authenticator", "2026-07-01T19:00:00+01:00")
    ]
    assert data["sign_ins"] == [{"browser": "Firefox of Bob", "at": "2026-07-01T19:00:00+01:00"}]
    assert [
        (each["meetup"], each["date"], each["answer"], each["guests"], each["line_to_the_organiser"])
        for each in data["answers_to_meetups"]
    ] == [("http://localhost:8000/meetups/the-evening/", "2026-07-08", "going", 1, "Bob needs a step-free way in")]
    [note] = data["session_notes"]
    assert (note["write_up"], note["text"], note["name"]) == ("What Bob saw", "Bob said this", "Bob")
    assert [version["text"] for version in note["versions"]] == ["Bob said that", "Bob said this"]
    assert data["author_page"]["name"] == "Bob Baptiste"
    assert [each["title"] for each in data["write_ups"]] == ["What Bob saw"]
    assert [(mail["kind"], mail.get("text")) for mail in data["mail_to_you"] if mail["kind"] in {"news", "code"}] == [
        ("code", None),
        ("news", "For Bob"),
    ]
    assert [(act["what"], act["kind"]) for act in data["at_the_desk"]] == [("Change", "meetup")]


def test_the_page_for_eyes_says_the_same_and_asks_nothing_of_the_network(bobs, everything):
    response = bobs.post(DATA)

    soup = words_of(response)
    text = soup.get_text()
    assert soup.h1.string == "What Lantern Book Club keeps about you"
    assert soup.h2.string == "Account"
    for words in ("Bob said this", "Bob needs a step-free way in", "For Bob", "1 July 2026, 19:00 BST"):
        assert words in text
    assert not soup.select("link, script, iframe, [src^=http], [src^='//']")


def test_the_pictures_lie_beside_it(bobs, everything):
    archive = unzipped(bobs.post(DATA))

    data = json.loads(archive.read("data.json"))
    pictures = {data["account"]["photo"], data["author_page"]["photo"]}
    assert set(archive.namelist()) == {"data.json", "index.html", *pictures}
    assert all(archive.read(name).startswith(b"RIFF") for name in pictures)


def test_nothing_of_anybody_else_is_in_it_and_nothing_secret(bobs, everything):
    archive = unzipped(bobs.post(DATA, {"member": "1", "user": "1", "email": "nicoletta@quirrell.example"}))

    for name in ("data.json", "index.html"):
        text = archive.read(name).decode().lower()
        assert "bob" in text
        assert "nicoletta" not in text
        assert "quirrell" not in text
        for secret in ("bobs-secret", "bobs-code", "bobs-key", everything.password):
            assert secret not in text
    assert len([name for name in archive.namelist() if name.startswith("pictures/")]) == 2


def test_mail_to_an_address_that_they_merely_claim_is_not_theirs(bobs, bob, alice):
    EmailAddress.objects.create(user=bob, email=alice.email, verified=False)
    OutgoingMail.objects.write(key="a", kind="news", to=alice.email, text="For Alice")

    assert data_of(bobs.post(DATA))["mail_to_you"] == []


def test_an_evening_that_they_may_not_see_any_more_is_not_told_of(bobs, bob):
    meetup = make.make_meetup(slug="the-secret-evening")
    make.make_rsvp(meetup, bob)
    meetup.published_at = None
    meetup.save()

    [rsvp] = data_of(bobs.post(DATA))["answers_to_meetups"]

    assert (rsvp["meetup"], rsvp["date"]) == ("not on the site any more", None)


def test_who_has_nothing_gets_a_file_that_says_so(bobs, bob):
    response = bobs.post(DATA)

    assert response["Content-Type"] == "application/zip"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Disposition"].endswith(f'-{dt.datetime.now(dt.UTC):%Y-%m-%d}.zip"')
    assert data_of(response)["answers_to_meetups"] == []


def test_a_picture_whose_file_is_lost_costs_nobody_the_rest(bobs, bob):
    bob.photo = make.make_picture_file()
    bob.save()
    bob.photo.storage.delete(bob.photo.name)

    assert sorted(unzipped(bobs.post(DATA)).namelist()) == ["data.json", "index.html"]


def test_what_somebody_typed_is_words_on_the_page_and_no_tags(bobs, bob):
    make.make_rsvp(member=bob, line="<script>alert(1)</script>")

    response = bobs.post(DATA)

    assert not words_of(response).select("script")


def test_it_is_asked_for_by_a_button_by_whoever_is_signed_in(client, bobs, bob):
    assert bobs.get(DATA).status_code == 405
    bobs.logout()
    assert client.post(DATA).url == f"/accounts/login/?next={DATA}"


def test_nobody_asks_without_end(bobs, bob):
    answers = [bobs.post(DATA) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    for answer in answers:
        answer.close()
