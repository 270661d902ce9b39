"""The personal data export: all that is kept of a person, and nothing of anybody else."""

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
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType

from bookclub.mail.models import OutgoingMail
from bookclub.roles import AUTHOR
from members.models import Author, Member, SignIn
from members.privacy import export_data
from tests import factories as make
from tests.members.login_helpers import get_code, log_in, log_in_recently, make_browser
from tests.pages import soup_of, text_of

pytestmark = pytest.mark.django_db

EXPORT_URL = "/members/me/data/"
OTHER = "Nicoletta Quirrell"
DAY = dt.timedelta(days=1)


@pytest.fixture
def member_client(client, bob):
    log_in_recently(client, bob)
    return client


def open_zip(response):
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def read_json(response):
    return json.loads(open_zip(response).read("data.json"))


def read_page_text(response):
    return BeautifulSoup(open_zip(response).read("index.html"), "html.parser")


@pytest.fixture
def everything(bob):
    """A row of Bob's in each table, and one of Alice's."""
    with time_machine.travel("2026-07-01T18:00:00Z", tick=False):
        make.make_club(name="Lantern Book Club", guests_allowed=1)
        other = make.make_member("nicoletta@quirrell.example", name=OTHER)
        meetup = make.make_meetup(slug="the-evening")
        for member in (other, bob):
            make_one_of_each(member, meetup)
    return bob


def make_one_of_each(member, meetup):
    who = member.name.split(" ")[0]
    member.photo = make.make_picture_file()
    member.save()
    EmailAddress.objects.create(user=member, email=f"{who}@work.example", verified=True)
    Authenticator.objects.create(user=member, type=Authenticator.Type.TOTP, data={"secret": f"{who}s-secret"})
    SignIn.objects.create(member=member, session_key=f"{who}s-key", browser=f"Firefox of {who}")
    make.make_rsvp(meetup, member, guests=1, message=f"{who} needs a step-free way in")
    author = make.make_author(name=member.name, slug=who.lower(), member=member, photo=make.make_picture_file())
    writeup = make.make_writeup(title=f"What {who} saw", author=author)
    note = make.make_session_note(writeup=writeup, text=f"{who} said that", name=who, member=member)
    note.text = f"{who} said this"
    note.save()
    OutgoingMail.objects.enqueue(key=f"{who}-1", kind="news", to=member.email, subject="News", text=f"For {who}")
    OutgoingMail.objects.enqueue(
        key=f"{who}-2", kind="code", to=member.email, text=f"{who}s-code", retention=OutgoingMail.Retention.ADDRESS
    )
    LogEntry.objects.create(
        user=member,
        action_flag=CHANGE,
        content_type=ContentType.objects.get_for_model(type(meetup)),
        object_id=str(meetup.pk),
        object_repr=OTHER,
        change_message=OTHER,
    )


def test_data_export_holds_everything_about_the_member(member_client, everything):
    data = read_json(member_client.post(EXPORT_URL))

    assert data["format"] == 1
    assert data["club"] == "Lantern Book Club"
    assert (data["account"]["name"], data["account"]["email"]) == ("Bob Baptiste", "bob@example.org")
    assert data["email_addresses"] == [{"email": "Bob@work.example", "primary": False, "verified": True}]
    assert [(each["kind"], each["added_at"]) for each in data["second_factors"]] == [
        ("TOTP Authenticator", "2026-07-01T19:00:00+01:00")
    ]
    assert data["sign_ins"] == [{"browser": "Firefox of Bob", "signed_in_at": "2026-07-01T19:00:00+01:00"}]
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
    assert [(act["what"], act["kind"]) for act in data["in_the_admin"]] == [("Change", "meetup")]


def test_data_export_page_matches_json_and_loads_nothing(member_client, everything):
    response = member_client.post(EXPORT_URL)

    soup = read_page_text(response)
    text = soup.get_text()
    assert soup.h1.string == "What Lantern Book Club keeps about you"
    assert soup.h2.string == "Account"
    for words in ("Bob said this", "Bob needs a step-free way in", "For Bob", "1 July 2026, 19:00 BST"):
        assert words in text
    assert not soup.select("link, script, iframe, [src^=http], [src^='//']")


def test_data_export_contains_pictures(member_client, everything):
    archive = open_zip(member_client.post(EXPORT_URL))

    data = json.loads(archive.read("data.json"))
    pictures = {data["account"]["photo"], data["author_page"]["photo"]}
    assert set(archive.namelist()) == {"data.json", "index.html", *pictures}
    assert all(archive.read(name).startswith(b"RIFF") for name in pictures)


def test_data_export_leaves_out_other_people_and_secrets(member_client, everything):
    archive = open_zip(
        member_client.post(EXPORT_URL, {"member": "1", "user": "1", "email": "nicoletta@quirrell.example"})
    )

    for name in ("data.json", "index.html"):
        text = archive.read(name).decode().lower()
        assert "bob" in text
        assert "nicoletta" not in text
        assert "quirrell" not in text
        for secret in ("member_client-secret", "member_client-code", "member_client-key", everything.password):
            assert secret not in text
    assert len([name for name in archive.namelist() if name.startswith("pictures/")]) == 2


def test_data_export_leaves_out_mail_to_unconfirmed_addresses(member_client, bob, alice):
    EmailAddress.objects.create(user=bob, email=alice.email, verified=False)
    OutgoingMail.objects.enqueue(key="a", kind="news", to=alice.email, text="For Alice")

    assert read_json(member_client.post(EXPORT_URL))["mail_to_you"] == []


def test_data_export_leaves_out_meetups_no_longer_visible(member_client, bob):
    meetup = make.make_meetup(slug="the-secret-evening")
    make.make_rsvp(meetup, bob)
    meetup.published_at = None
    meetup.save()

    [rsvp] = read_json(member_client.post(EXPORT_URL))["answers_to_meetups"]

    assert (rsvp["meetup"], rsvp["date"]) == ("not on the site any more", None)


def test_data_export_of_an_empty_account(member_client, bob):
    response = member_client.post(EXPORT_URL)

    assert response["Content-Type"] == "application/zip"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Disposition"].endswith(f'-{dt.datetime.now(dt.UTC):%Y-%m-%d}.zip"')
    assert read_json(response)["answers_to_meetups"] == []


def test_data_export_survives_a_missing_picture_file(member_client, bob):
    bob.photo = make.make_picture_file()
    bob.save()
    bob.photo.storage.delete(bob.photo.name)

    assert sorted(open_zip(member_client.post(EXPORT_URL)).namelist()) == ["data.json", "index.html"]


def test_data_export_page_escapes_typed_text(member_client, bob):
    make.make_rsvp(member=bob, message="<script>alert(1)</script>")

    response = member_client.post(EXPORT_URL)

    assert not read_page_text(response).select("script")


def test_data_export_needs_post_and_login(client, member_client, bob):
    assert member_client.get(EXPORT_URL).url == "/members/me/"
    member_client.logout()
    assert client.post(EXPORT_URL).url == f"/accounts/login/?next={EXPORT_URL}"


@pytest.mark.both_databases
def test_data_export_asks_who_it_is_after_a_quarter_of_an_hour(bob):
    with time_machine.travel("2030-03-04T12:00:00Z", tick=False) as traveller:
        client = make_browser()
        log_in(client, bob.email)
        traveller.shift(16 * 60)

        before = soup_of(client.get("/members/me/"))
        asked = client.post(EXPORT_URL)
        code_page = client.get(client.post(asked.url, {"resend": ""}).url)
        next_url = soup_of(code_page).find("input", {"name": "next"})["value"]
        confirmed = client.post(asked.url, {"code": get_code(bob.email), "next": next_url})
        after = soup_of(client.get(confirmed.url))
        done = client.post(EXPORT_URL)

    assert asked.url.startswith("/accounts/reauthenticate/code/?next=")
    assert confirmed.url == "/members/me/#your-data", "a download would leave the page of the code in the browser"
    assert [text_of(page.find("form", action=EXPORT_URL)) for page in (before, after)] == [
        "Take it along …",
        "Take it along",
    ]
    assert read_json(done)["account"]["email"] == bob.email


def test_data_export_asks_for_the_password_of_somebody_who_has_one(client, bob):
    bob.set_password("a long password")
    bob.save()
    client.force_login(bob)

    asked = client.post(EXPORT_URL)
    confirmed = client.post(asked.url, {"password": "a long password"})

    assert asked.url.startswith("/accounts/reauthenticate/?next=")
    assert confirmed.url == "/members/me/#your-data"


def test_data_export_is_rate_limited(member_client, bob):
    answers = [member_client.post(EXPORT_URL) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    for answer in answers:
        answer.close()


def test_export_data_holds_every_field_of_the_account(bob, olga):
    moment = dt.datetime(2026, 7, 1, 18, tzinfo=dt.UTC)
    fields = {"joined_at": moment, "approved_at": moment + DAY, "last_login": moment + 2 * DAY}
    Member.objects.filter(pk=bob.pk).update(
        agrees_to_be_named=True, wants_messages=False, calendar_token="s" * 43, is_staff=True, **fields
    )
    bob.groups.add(Group.objects.get(name=AUTHOR))
    for member in (olga, bob):
        make.make_author(member=member, slug=member.first_name.lower())
        EmailAddress.objects.create(user=member, email=f"{member.first_name}@work.example", primary=True)
        Authenticator.objects.create(user=member, type=Authenticator.Type.RECOVERY_CODES, data={})
        SignIn.objects.create(member=member, session_key=member.first_name, browser=member.first_name)
    Author.objects.filter(member=bob).update(
        name="B. B.", job_title="Baker", bio="Bakes", email="b@bakers.example", shows_email=True, phone="020",
        shows_phone=True, website="https://bakers.example/",
    )  # fmt: skip
    bob = Member.objects.get(pk=bob.pk)
    Authenticator.objects.update(created_at=moment, last_used_at=moment + DAY)
    SignIn.objects.update(signed_in_at=moment)

    assert export_data(bob) == {
        "account": {
            "name": "Bob Baptiste",
            "email": "bob@example.org",
            "photo": bob.photo,
            "my_name_may_stand_in_public": True,
            "organisers_may_write_about_meetups": False,
            "joined_at": moment,
            "approved_at": moment + DAY,
            "last_signed_in_at": moment + 2 * DAY,
            "has_a_password": False,
            "has_a_private_calendar": True,
            "may_open_the_admin": True,
            "roles": ["Author"],
        },
        "email_addresses": [{"email": "Bob@work.example", "primary": True, "verified": False}],
        "second_factors": [{"kind": "Recovery codes", "name": "", "added_at": moment, "last_used_at": moment + DAY}],
        "sign_in_providers": [],
        "sign_ins": [{"browser": "Bob", "signed_in_at": moment}],
        "author_page": {
            "address": "http://localhost:8000/people/bob/",
            "name": "B. B.",
            "job_title": "Baker",
            "bio": "Bakes",
            "photo": bob.author.photo,
            "email": "b@bakers.example",
            "shows_email": True,
            "phone": "020",
            "shows_phone": True,
            "website": "https://bakers.example/",
        },
    }


def test_export_data_without_an_author_page_says_so(alice):
    assert export_data(alice)["author_page"] is None
