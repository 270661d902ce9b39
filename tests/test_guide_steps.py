"""The organisers' guide is true: a test for each page of docs/organisers/ presses what the page says."""

import datetime as dt
import re
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookclub.core.models import Club
from bookclub.environment import BASE_DIR
from bookclub.mail.models import OutgoingMail, SendingPause
from books.models import Book, Quote
from meetups.models import Meetup, WriteUp
from newsletter.models import Issue, Subscriber
from tests import factories as make
from tests.walking import Walk

GUIDE = BASE_DIR / "docs/organisers"
BOLD = re.compile(r"\*\*([^*`\n]+(?:\n[^*`\n]+)?)\*\*")
LONGEST_LABEL = 6  # words; longer bold words are sentences
# Short bold words of the guide that are no labels either.
EMPHASIS = {
    "Its position",
    "Send it to … people",
    "Subscribers see changes automatically",
    "These count as changes",
    "Without a time",
}


def list_pages():
    return {file.stem for file in GUIDE.glob("*.md")} - {"README"}


def in_days(days):
    return timezone.localdate() + dt.timedelta(days=days)


@pytest.fixture
def walk(organiser_client):
    """A walk that begins on the dashboard."""
    return Walk(organiser_client, reverse("admin:index"))


def test_every_page_of_the_guide_has_a_test():
    tested = {
        name.removeprefix("test_guide_").replace("_", "-") for name in globals() if name.startswith("test_guide_")
    }

    assert tested == list_pages()


def test_guide_first_steps(walk):
    walk.press("Give the club its name")
    walk.press("Save", name="The Night Readers", contact_email="hello@example.org", time_zone="Europe/London")

    assert Club.objects.get().name == "The Night Readers"
    walk.open(reverse("admin:index"))
    assert "4 of 6 are done." in walk.words
    walk.press("Put this list away")
    walk.press("Show the first steps again")
    walk.press("Help with this page")
    assert walk.address == "/admin/guide/first-steps/"


def test_guide_paste(walk):
    make.make_author()

    walk.press("Paste a write-up")
    walk.press("Look it over", text="A Night Out\n\nBy Ada Byron\n\nWe met and talked until late.")
    walk.press("Save as a draft")

    assert WriteUp.objects.get().state == "draft"


def test_guide_write(walk):
    make.make_writeup(title="A Night Out", published_at=None)

    walk.open(reverse("admin:index"))
    walk.press("A Night Out")
    walk.press("Preview link …")
    walk.press("Make a link")
    link = walk.page.find(id="id_link")["value"]
    walk.press("Make a new link")
    walk.press("Revoke the link")

    assert walk.page.find(id="id_link") is None
    assert Client().get(urlsplit(link).path).status_code == 404


def test_guide_photos(walk):
    writeup = make.make_writeup(title="A Night Out", published_at=None)

    walk.open(reverse("admin:index"))
    walk.press("A Night Out")
    walk.press("Add photos")
    walk.press("Add them", images=[make.make_picture_file(), make.make_picture_file()])
    walk.press("Save", **{"photos-0-alt": "Eight readers around a table", "photos-1-is_decorative": "on"})

    assert [photo.shown_alt for photo in writeup.photos.described()] == ["Eight readers around a table", ""]


def test_guide_publish(walk):
    writeup = make.make_writeup(title="A Night Out", published_at=None)

    walk.open(reverse("admin:index"))
    walk.press("A Night Out")
    walk.press("Publish …", standfirst="Typed before publishing.")
    walk.press("Publish")
    writeup.refresh_from_db()
    assert (writeup.state, writeup.standfirst) == ("published", "Typed before publishing.")

    walk.press("Take back …")
    walk.press("Take back")
    writeup.refresh_from_db()
    assert writeup.state == "draft"


def test_guide_meetups(walk):
    walk.press("Add a meetup")
    walk.press("Save", date=in_days(20).isoformat())
    meetup = Meetup.objects.get()
    assert meetup.state == "draft"

    walk.open(reverse("admin:meetups_meetup_change", args=[meetup.pk]))
    walk.press("Publish …")
    walk.press("Publish")
    walk.press("Cancel …")
    walk.press("Cancel the meetup", reason="The roof leaks.")
    meetup.refresh_from_db()
    assert meetup.cancellation_reason == "The roof leaks."

    walk.press("Take the cancelling back …")


def test_guide_guests(walk):
    meetup = make.make_meetup(date=in_days(20), capacity=8)
    member = make.make_member(name="Ada Byron")

    walk.open(reverse("admin:index"))
    walk.press("Guest list")
    walk.press("Put them on the list", member=member.pk)

    assert meetup.rsvps.get().member == member
    assert "Ada Byron" in walk.words


def test_guide_mails(walk):
    OutgoingMail.objects.enqueue(
        key="held", kind="newsletter-confirm", to="ann@example.org", subject="Hello", text="Hello", state="held"
    )

    walk.press("Outgoing mail")
    walk.press("Stop all mail")
    assert SendingPause.objects.exists()

    walk.press("Let mail leave again")
    assert not SendingPause.objects.exists()


def test_guide_letter(walk):
    make.make_subscriber()
    writeup = make.make_writeup(title="A Night Out")

    walk.open(reverse("admin:meetups_writeup_change", args=[writeup.pk]))
    walk.press("Draft a letter")
    walk.press("Look and send", introduction="Dear readers, it was late.")

    assert Issue.objects.get().introduction == "Dear readers, it was late."
    assert "Dear readers, it was late." in walk.client.get(walk.address + "?as=text").content.decode()


def test_guide_subscribers(walk):
    subscriber = make.make_subscriber(email="ann@example.org")

    walk.press("Subscribers")
    walk.press("ann@example.org")
    walk.press("Take off the list")
    subscriber.refresh_from_db()
    assert subscriber.state == "left"

    walk.press("Put back")
    assert Subscriber.objects.get().state == "subscribed"
    walk.press("Subscribers")
    walk.press("Bring in a list")


def test_guide_books(walk):
    walk.press("Books")
    walk.press("Add a book by its ISBN")
    walk.press("Type the book yourself")
    walk.press("Save", title="Erewhon")

    assert Book.objects.get().slug == "erewhon"


def test_guide_members(walk):
    make.make_member(name="Ada Byron", approved_at=None, last_login=timezone.now())

    walk.open(reverse("admin:index"))
    walk.press("Ada Byron")
    walk.press("Say yes")
    walk.press("Say yes")

    assert make.Member.objects.get(name="Ada Byron").approved_at


def test_guide_roles(walk):
    walk.open(reverse("members:profile"))
    walk.press("Passkeys and more")

    assert walk.address == reverse("mfa_index")


def test_guide_history(walk):
    quote = make.make_quote(text="First words")
    form = reverse("admin:books_quote_change", args=[quote.pk])

    walk.open(form)
    walk.press("Save", text="Other words")
    walk.open(form)
    walk.press("History")
    walk.open(urljoin(walk.address, walk.page.select("#content a[href*='/history/']")[-1]["href"]))
    walk.press("Bring this version back")

    assert Quote.objects.get().text == "First words"


def test_labels_in_the_guide_exist():
    files = [*BASE_DIR.glob("templates/**/*.html")]
    files += [
        file
        for name in ("bookclub", "books", "meetups", "members", "newsletter")
        for file in BASE_DIR.glob(f"{name}/**/*.py")
    ]
    code = normalize(" ".join(file.read_text() for file in files))
    labels = {
        " ".join(label.split())
        for file in GUIDE.glob("*.md")
        for label in BOLD.findall(re.sub(r"\*\*, paste", "** , paste", file.read_text()))
    }

    short = {label for label in labels - EMPHASIS if len(label.split()) <= LONGEST_LABEL and label[-1] not in ".:"}
    assert len(short) > 50
    assert sorted(label for label in short if normalize(label) not in code) == []


def normalize(text):
    return " ".join(text.split()).replace("’", "'").casefold()
