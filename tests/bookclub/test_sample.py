import datetime as dt
import io
import json
import re
import stat

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings

from bookclub.core.models import Club, CommunityLink
from bookclub.mail.models import OutgoingMail
from bookclub.sample.load import CONTENT, FOLDER
from books.models import Book, Note, Question, Quote, Reading, Term
from meetups.models import Meetup, Photo, SessionNote, Venue, WriteUp
from members.models import Author, Member
from tests.factories import run_worker
from tests.meetups.writeups import REFERENCE, needs_reference
from tests.pages import soup_of

VISITOR = AnonymousUser()
EVERYTHING = (*CONTENT, CommunityLink, Note, Term, Question, Quote, Reading, Venue, SessionNote, Photo, Author)
FILE_QUOTE = re.compile(r"^“(.+)” \(((?:Letter|Chapter) \w+)\)$", re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sample")


@pytest.fixture(scope="module")
def loaded_once(django_db_setup, django_db_blocker, folder):
    """Load the sample once for all tests of this file, in a transaction; return the command's output."""
    out = io.StringIO()
    places = override_settings(DATA_DIR=folder, MEDIA_ROOT=folder / "media")
    with django_db_blocker.unblock(), places, transaction.atomic():
        call_command("load_sample", stdout=out)
        yield out.getvalue()
        transaction.set_rollback(True)


@pytest.fixture
def loaded(loaded_once, db, settings, media, folder):
    settings.DATA_DIR, settings.MEDIA_ROOT = folder, folder / "media"
    return loaded_once


def typed(name):
    return (FOLDER / "writeups" / name).read_text("utf-8")


def test_sample_has_every_kind_of_content(loaded):
    shown = {
        model.__name__: model.objects.visible_to(VISITOR).count() for model in (WriteUp, Book, Meetup, Quote, Term)
    }

    assert shown == {"WriteUp": 5, "Book": 7, "Meetup": 6, "Quote": 37, "Term": 3}
    assert Question.objects.filter(is_quotation=True).exclude(source="").count() == 2
    assert Question.objects.filter(term__isnull=False).count() == 3
    assert CommunityLink.objects.filter(url="").count() == 1


def test_sample_has_no_drafts(loaded):
    drafts = {model.__name__: model.objects.drafts().count() for model in (WriteUp, Book, Meetup, Note, Term, Quote)}

    assert set(drafts.values()) == {0}


def test_sample_is_loaded_once(loaded):
    with pytest.raises(CommandError, match="has content already"):
        call_command("load_sample")


def test_sample_has_future_meetups_with_and_without_a_date(loaded):
    following, undated = Meetup.objects.visible_to(VISITOR).upcoming()

    assert following.book.slug == "rur"
    assert (undated.date, undated.book) == (None, None)


def test_sample_writeups_have_the_dates_of_their_files(loaded):
    days = WriteUp.objects.newest_first().values_list("published_at__date", "meetup__date", "meetup__headcount")

    assert list(days) == [
        (dt.date(2019, 2, 18), dt.date(2019, 2, 13), 11),
        (dt.date(2019, 1, 17), dt.date(2019, 1, 16), 7),
        (dt.date(2018, 12, 5), None, None),
        (dt.date(2018, 11, 16), dt.date(2018, 11, 14), 9),
        (dt.date(2018, 10, 11), dt.date(2018, 10, 10), 8),
    ]


@pytest.mark.parametrize(
    ("name", "slug"),
    [("02-a-dreary-night-of-november.txt", "frankenstein"), ("03-the-watch-in-the-museum.txt", "erewhon")],
)
def test_sample_quotes_match_their_file(loaded, name, slug):
    kept = Quote.objects.filter(book__slug=slug).values_list("text", "locator")

    assert list(kept) == FILE_QUOTE.findall(typed(name))
    assert len(kept) in (30, 7)


def test_sample_sources_list_every_quoted_book(loaded):
    sources = (FOLDER / "SOURCES.md").read_text("utf-8")

    for book in Book.objects.filter(quotes__isnull=False).distinct():
        row = next(line for line in sources.splitlines() if f"*{book.title}*" in line)
        assert "Project Gutenberg eBook no." in row
        assert f"| {book.quotes.count()}" in row


def test_sample_invents_no_quotes_of_living_authors(loaded):
    assert set(Book.objects.filter(quotes__isnull=False).values_list("slug", flat=True)) == {"frankenstein", "erewhon"}


def test_sample_first_writeup_has_every_part(loaded):
    writeup = WriteUp.objects.get(slug="a-smart-cities-special")
    term = writeup.book.terms.get()
    photo = writeup.photos.get()

    assert writeup.pull_quote == Club.objects.get().motto
    assert writeup.author.job_title == "Senior Content Strategist at TDMB"
    assert (writeup.author.phone, writeup.author.shown_phone) == ("01632 960 000", "")
    assert (writeup.meetup.venue.name, writeup.meetup.room) == ("The Boot and Flogger", "Private room")
    assert (term.emphasis_note, term.source) == ("Italics mine", "Our handout for the evening")
    assert term.definition_html.count("<p>") == 2
    assert "<em>look after together</em>" in term.definition_html
    assert list(writeup.session_notes.exclude(name="").values_list("name", "name_is_public")) == [("Nick", True)]
    assert writeup.book.readings.count() == 3
    assert photo.alt
    assert photo.caption == "A drawing stands in for the group photo"


def test_sample_titles_are_in_italics(loaded):
    for entry in json.loads((FOLDER / "club.json").read_text("utf-8"))["writeups"]:
        body = WriteUp.objects.get(slug=entry["slug"]).body
        assert [phrase for phrase in entry["italics"] if phrase not in body] == []


def test_sample_members_log_in_with_passwords_of_the_private_file(loaded, client, folder):
    members = Member.objects.filter(is_staff=False)
    pairs = re.findall(r"^(\S+@example\.org)  (\S+)$", (folder / "organiser.txt").read_text("utf-8"), re.MULTILINE)
    run_worker()

    assert "Five seats left" in client.get("/").content.decode()
    assert [authenticate(email=email, password=password) for email, password in pairs] == list(members.order_by("pk"))
    assert len({password for _, password in pairs}) == 7
    assert not OutgoingMail.objects.exists()


def test_sample_shows_agreed_names_only(loaded):
    club = Club.objects.get()
    named = SessionNote.objects.exclude(name="")

    assert {note.name for note in named} == {"Nick", "Amara", "Hannah", "Tom"}
    assert {note.name_for(VISITOR, club) for note in named} == {"Nick", "Hannah", ""}


def test_sample_covers_have_size_and_description(loaded):
    for book in Book.objects.all():
        assert (book.cover_width, book.cover_height) == (480, 720)
        assert book.cover_alt
        assert book.contributions.exists()


def test_sample_reading_links_to_a_known_book(loaded):
    assert Reading.objects.get(title="R.U.R.").known_book.slug == "rur"


def test_sample_related_writeups_begin_with_chosen_ones(loaded):
    chosen = {writeup.slug: [other.slug for other in writeup.related.all()] for writeup in WriteUp.objects.all()}

    assert {slug: others for slug, others in chosen.items() if others} == {
        "a-dreary-night-of-november": ["the-watch-in-the-museum"],
        "the-watch-in-the-museum": ["a-week-with-walden"],
    }


def test_sample_organiser_logs_in_with_a_private_password_file(loaded, folder):
    path = folder / "organiser.txt"
    email, password = re.match(r"E-mail: (\S+)\nPassword: (\S+)\n\n", path.read_text("utf-8")).groups()

    member = authenticate(email=email, password=password)

    assert str(path) in loaded
    assert password not in loaded
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert member == Member.objects.get(is_staff=True)
    assert (member.is_staff, member.is_superuser, member.has_perm("bookclub.publish")) == (True, False, True)
    assert member.author.slug == "michele-baker"


@needs_reference
def test_sample_writeup_is_replaced_by_the_real_one(loaded, client):
    call_command("import_writeup", str(REFERENCE), "--publish", stdout=io.StringIO())

    soup = soup_of(client.get("/write-ups/techtech-book-club-a-smart-cities-special/"))

    assert [
        len(soup.select(kind))
        for kind in (".kind-note li", "section.kind-term", ".kind-question li", ".quotation", ".session-notes li")
    ] == [
        7,
        1,
        9,
        17,
        5,
    ]
    assert not WriteUp.objects.filter(slug="a-smart-cities-special").exists()
    assert Meetup.objects.get(date="2018-10-10").writeup.author.bio.startswith("Michele Baker is the Senior")
