import datetime as dt
import io
import json
import re
import stat

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.utils import timezone
from PIL import Image

from bookclub.models import Club, CommunityLink
from bookclub.sample.load import CONTENT, FOLDER
from books.models import Book, Note, Question, Quote, Reading, Term
from meetups.models import Meetup, Photo, SessionNote, Venue, WriteUp
from members.models import Author, Member
from tests.factories import make_book, make_club, make_meetup, make_member, make_writeup

VISITOR = AnonymousUser()
EVERYTHING = (*CONTENT, CommunityLink, Note, Term, Question, Quote, Reading, Venue, SessionNote, Photo, Author)
FILE_QUOTE = re.compile(r"^“(.+)” \(((?:Letter|Chapter) \w+)\)$", re.MULTILINE)


@pytest.fixture
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def loaded(db, data_dir):
    return load_sample()


def load_sample(*arguments):
    out = io.StringIO()
    call_command("load_sample", *arguments, stdout=out)
    return out.getvalue()


def counts():
    return {model.__name__: model.objects.count() for model in EVERYTHING}


def typed(name):
    return (FOLDER / "writeups" / name).read_text("utf-8")


def test_a_visitor_finds_every_kind_of_content(loaded):
    shown = {
        model.__name__: model.objects.visible_to(VISITOR).count() for model in (WriteUp, Book, Meetup, Quote, Term)
    }

    assert shown == {"WriteUp": 5, "Book": 7, "Meetup": 6, "Quote": 37, "Term": 3}
    assert Question.objects.filter(is_quotation=True).exclude(source="").count() == 2
    assert Question.objects.filter(term__isnull=False).count() == 3
    assert CommunityLink.objects.filter(url="").count() == 1


def test_nothing_of_it_is_left_a_draft(loaded):
    drafts = {model.__name__: model.objects.unstamped().count() for model in (WriteUp, Book, Meetup, Note, Term, Quote)}

    assert set(drafts.values()) == {0}


def test_write_ups_bear_the_dates_in_their_files(loaded):
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
def test_quotes_stand_as_in_the_file_to_the_letter_each_with_its_place(loaded, name, slug):
    kept = Quote.objects.filter(book__slug=slug).values_list("text", "locator")

    assert list(kept) == FILE_QUOTE.findall(typed(name))
    assert len(kept) in (30, 7)


def test_every_quoted_book_has_its_edition_in_the_list_of_sources(loaded):
    sources = (FOLDER / "SOURCES.md").read_text("utf-8")

    for book in Book.objects.filter(quotes__isnull=False).distinct():
        row = next(line for line in sources.splitlines() if f"*{book.title}*" in line)
        assert "Project Gutenberg eBook no." in row
        assert f"| {book.quotes.count()}" in row


def test_no_words_are_put_into_a_living_authors_book(loaded):
    assert set(Book.objects.filter(quotes__isnull=False).values_list("slug", flat=True)) == {"frankenstein", "erewhon"}


def test_the_first_write_up_holds_all_that_a_write_up_can(loaded):
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


def test_titles_in_the_prose_are_in_italics_again(loaded):
    for entry in json.loads((FOLDER / "club.json").read_text("utf-8"))["writeups"]:
        body = WriteUp.objects.get(slug=entry["slug"]).body
        assert [phrase for phrase in entry["italics"] if phrase not in body] == []


def test_names_stay_in_book_club_unless_their_owners_agreed(loaded):
    club = Club.objects.get()
    named = SessionNote.objects.exclude(name="")

    assert {note.name for note in named} == {"Nick", "Amara", "Hannah", "Tom"}
    assert {note.name_for(VISITOR, club) for note in named} == {"Nick", "Hannah", ""}


def test_books_are_in_the_size_and_words_that_pages_need(loaded):
    for book in Book.objects.all():
        assert (book.cover_width, book.cover_height) == (480, 720)
        assert book.cover_alt
        assert book.contributions.exists()


@pytest.mark.parametrize(
    ("folder", "size", "bytes_at_most"), [("covers", (480, 720), 40_000), ("photos", (1280, 720), 90_000)]
)
def test_pictures_are_small(folder, size, bytes_at_most):
    for path in (FOLDER / folder).iterdir():
        with Image.open(path) as image:
            assert image.size == size
        assert path.stat().st_size < bytes_at_most


def test_a_further_reading_that_the_club_knows_leads_to_its_page(loaded):
    assert Reading.objects.get(title="R.U.R.").known_book.slug == "rur"


def test_hand_picked_write_ups_come_first(loaded):
    chosen = {writeup.slug: [other.slug for other in writeup.related.all()] for writeup in WriteUp.objects.all()}

    assert {slug: others for slug, others in chosen.items() if others} == {
        "a-dreary-night-of-november": ["the-watch-in-the-museum"],
        "the-watch-in-the-museum": ["a-week-with-walden"],
    }


@pytest.mark.parametrize(
    "today", ["2026-01-01 00:00", "2026-03-11 20:00", "2026-10-07 12:00", "2027-12-29 23:59", "2028-02-29 08:00"]
)
def test_the_next_meetup_is_on_a_wednesday_some_weeks_ahead(db, data_dir, today):
    with time_machine.travel(f"{today}+00:00", tick=False):
        load_sample()
        following, undated = Meetup.objects.visible_to(VISITOR).upcoming()
        days_ahead = (following.date - timezone.localdate()).days

    assert 21 <= days_ahead <= 27
    assert following.date.strftime("%A") == "Wednesday"
    assert (following.start_time, following.end_time) == (dt.time(19), dt.time(21, 30))
    assert following.book.slug == "rur"
    assert (undated.date, undated.book) == (None, None)


def test_the_organiser_signs_in_with_a_password_that_only_this_account_can_read(loaded, data_dir):
    path = data_dir / "organiser.txt"
    email, password = re.fullmatch(r"E-mail: (\S+)\nPassword: (\S+)\n", path.read_text("utf-8")).groups()

    member = authenticate(email=email, password=password)

    assert str(path) in loaded
    assert password not in loaded
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert member == Member.objects.get()
    assert (member.is_staff, member.is_superuser) == (True, True)
    assert member.author.slug == "michele-baker"


def test_an_older_sign_in_file_is_replaced_with_its_mode(db, data_dir):
    path = data_dir / "organiser.txt"
    path.write_text("open to all")
    path.chmod(0o644)

    load_sample()

    assert path.read_text("utf-8").startswith("E-mail: michele@techtech.example\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("make", [make_club, make_book, make_meetup, make_writeup, make_member])
def test_into_a_database_with_content_it_does_not_go(db, data_dir, make):
    make()
    before = counts()

    with pytest.raises(CommandError, match="content here already"):
        load_sample()

    assert counts() == before
    assert list(data_dir.glob("*.txt")) == []


def test_if_empty_takes_content_for_an_answer(db, data_dir):
    make_book()
    before = counts()

    assert load_sample("--if-empty").startswith("There is content here already")
    assert counts() == before


def test_it_goes_in_once(loaded):
    with pytest.raises(CommandError, match="content here already"):
        load_sample()


def test_what_fails_half_way_leaves_nothing_behind(db, data_dir):
    (data_dir / "organiser.txt").mkdir()

    with pytest.raises(OSError):  # noqa: PT011 - which of its kinds is the system's choice
        load_sample()

    assert set(counts().values()) == {0}


def test_the_sample_speaks_quietly_and_in_curly_quotes():
    for path in (FOLDER / "writeups").iterdir():
        own = FILE_QUOTE.sub("", path.read_text("utf-8"))
        assert re.findall("[!\"']", own) == []
