"""Writing to the guests in the admin: form, preview, sending, permissions."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookclub.mail.models import OutgoingMail
from meetups.models import GuestMessage
from tests.factories import make_meetup, make_member, make_rsvp, make_writeup
from tests.pages import read_page, text_of, texts

pytestmark = pytest.mark.django_db
WORDS = {"whom": "all", "subject": "Bring a cushion", "text": "The chairs are *hard*."}


@pytest.fixture
def meetup():
    """Ann and Ben have a seat, Cy waits, and Flo, who comes, refuses such mail."""
    meetup = make_meetup(capacity=3)
    for name, wants in {"Ann": True, "Ben": True, "Flo": False, "Cy": True}.items():
        make_rsvp(meetup, make_member(name=name, wants_messages=wants))
    OutgoingMail.objects.all().delete()
    return meetup


def url(meetup, rest=""):
    return f"/admin/meetups/meetup/{meetup.pk}/write/{rest}"


def test_organiser_writes_looks_and_sends_once(organiser_client, meetup):
    form = read_page(organiser_client.get(url(meetup)))
    assert texts(form, "fieldset label")[:3] == [
        "Everybody who comes or waits (3 people)",
        "Those who come (2 people)",
        "Those who wait for a seat (1 person)",
    ]

    preview_url = organiser_client.post(url(meetup), WORDS).url
    page = read_page(organiser_client.get(preview_url))
    assert texts(page, ".names li") == ["Ann", "Ben", "Cy", "Flo wants no such mail"]
    assert text_of(page.select_one(".preview-words em")) == "hard"
    assert OutgoingMail.objects.count() == 0

    for _ in range(2):
        sent = organiser_client.post(f"{preview_url}send/", follow=True)
    assert texts(read_page(sent), ".messagelist li") == ["They have got it already. Nobody gets it twice."]
    assert OutgoingMail.objects.count() == 3
    listed = read_page(organiser_client.get(f"/admin/meetups/meetup/{meetup.pk}/guests/"))
    assert "Bring a cushion" in text_of(listed.select_one(".messages-sent"))
    assert "3 waiting" in text_of(listed.select_one(".messages-sent"))
    assert not read_page(organiser_client.get(preview_url)).select("form.acts")


def test_form_keeps_words_and_says_what_is_wrong(organiser_client, meetup):
    page = read_page(organiser_client.post(url(meetup), {"whom": "came", "subject": " ", "text": "Kept <words>"}))

    assert texts(page, ".errorlist li") == [
        "Nobody would get it: choose others, or wait until somebody answers.",
        "Give it a subject.",
    ]
    assert page.title.string.startswith("Error: ")
    assert page.textarea.text.strip() == "Kept <words>"
    assert GuestMessage.objects.count() == 0


def test_change_it_begins_with_the_same_words(organiser_client, meetup):
    preview_url = organiser_client.post(url(meetup), WORDS).url
    back = read_page(organiser_client.get(preview_url)).select_one("a[href*='?from=']")["href"]

    form = read_page(organiser_client.get(back))

    assert (form.select_one("#id_subject")["value"], form.textarea.text.strip()) == (WORDS["subject"], WORDS["text"])


def test_pages_are_for_organisers_and_for_their_meetup(author_client, ann, meetup, olga):
    make_writeup(author=ann.author, meetup=meetup)
    message = GuestMessage.objects.create(meetup=meetup, whom="all", subject="Psst", text="Quiet")
    pages = [url(meetup), url(meetup, f"{message.pk}/")]

    assert [author_client.get(page).status_code for page in pages] == [403, 403]
    assert author_client.post(url(meetup, f"{message.pk}/send/")).status_code == 403
    author_client.force_login(olga)
    assert author_client.get(url(make_meetup(), f"{message.pk}/")).status_code == 404
    assert author_client.get(url(meetup, f"{message.pk}/send/")).status_code == 405


def test_pages_take_as_many_queries_for_many_guests(organiser_client, meetup):
    def count_queries():
        preview_url = organiser_client.post(url(meetup), WORDS | {"subject": f"To {meetup.rsvps.count()}"}).url
        organiser_client.post(f"{preview_url}send/")
        counts = []
        for page in (url(meetup), preview_url):
            with CaptureQueriesContext(connection) as queries:
                assert organiser_client.get(page).status_code == 200
            counts.append(len(queries))
        return counts

    few = count_queries()
    for _ in range(30):
        make_rsvp(meetup)

    assert count_queries() == few
