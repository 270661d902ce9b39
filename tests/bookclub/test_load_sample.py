import datetime as dt
import io
import json
import re
import stat

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone
from PIL import Image

from bookclub.models import CommunityLink
from bookclub.sample import load
from bookclub.sample.load import CONTENT, FOLDER
from books.models import Note, Question, Quote, Reading, Term
from meetups.models import Meetup, Photo, SessionNote, Venue
from members.models import Author
from tests.factories import make_book, make_club, make_meetup, make_member, make_venue, make_writeup

SAMPLE = json.loads((FOLDER / "club.json").read_text("utf-8"))
EVERYTHING = (*CONTENT, CommunityLink, Note, Term, Question, Quote, Reading, Venue, SessionNote, Photo, Author)
FILE_QUOTE = re.compile(r"^“(.+)” \(((?:Letter|Chapter) \w+)\)$", re.MULTILINE)


@pytest.fixture
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


def load_sample(*arguments):
    out = io.StringIO()
    call_command("load_sample", *arguments, stdout=out)
    return out.getvalue()


def counts():
    return {model.__name__: model.objects.count() for model in EVERYTHING}


@pytest.mark.parametrize(
    ("folder", "size", "bytes_at_most"), [("covers", (480, 720), 40_000), ("photos", (1280, 720), 90_000)]
)
def test_pictures_are_small(folder, size, bytes_at_most):
    for path in (FOLDER / folder).iterdir():
        with Image.open(path) as image:
            assert image.size == size
        assert path.stat().st_size < bytes_at_most


@pytest.mark.parametrize(
    "today", ["2026-01-01 00:00", "2026-03-11 20:00", "2026-10-07 12:00", "2027-12-29 23:59", "2028-02-29 08:00"]
)
def test_the_next_meetup_is_on_a_wednesday_some_weeks_ahead(db, today):
    make_book(slug=SAMPLE["next_meetup"]["book"])
    make_venue(name=SAMPLE["next_meetup"]["venue"])

    with time_machine.travel(f"{today}+00:00", tick=False):
        load.make_next_meetup(**SAMPLE["next_meetup"])
        meetup = Meetup.objects.get()
        days_ahead = (meetup.date - timezone.localdate()).days

    assert 21 <= days_ahead <= 27
    assert meetup.date.strftime("%A") == "Wednesday"
    assert (meetup.start_time, meetup.end_time) == (dt.time(19), dt.time(21, 30))


def test_an_older_sign_in_file_is_replaced_with_its_mode(db, data_dir):
    path = data_dir / "organiser.txt"
    path.write_text("open to all")
    path.chmod(0o644)

    load.make_organiser(**SAMPLE["organiser"])

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


def test_what_fails_half_way_leaves_nothing_behind(db, data_dir):
    (data_dir / "organiser.txt").mkdir()

    with pytest.raises(OSError):  # noqa: PT011 - which of its kinds is the system's choice
        load_sample()

    assert set(counts().values()) == {0}


def test_the_sample_speaks_quietly_and_in_curly_quotes():
    for path in (FOLDER / "writeups").iterdir():
        own = FILE_QUOTE.sub("", path.read_text("utf-8"))
        assert re.findall("[!\"']", own) == []
