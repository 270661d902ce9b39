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

from bookclub.core.models import CommunityLink
from bookclub.sample import load
from bookclub.sample.load import CONTENT, FOLDER
from books.models import Note, Question, Quote, Reading, Term
from meetups.models import Meetup, Photo, SessionNote, Venue
from members.models import Author
from tests.factories import make_book, make_club, make_meetup, make_member, make_venue, make_writeup
from tests.racing import race

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
def test_sample_pictures_are_small(folder, size, bytes_at_most):
    for path in (FOLDER / folder).iterdir():
        with Image.open(path) as image:
            assert image.size == size
        assert path.stat().st_size < bytes_at_most


@pytest.mark.parametrize(
    "today", ["2026-01-01 00:00", "2026-03-11 20:00", "2026-10-07 12:00", "2027-12-29 23:59", "2028-02-29 08:00"]
)
def test_sample_next_meetup_is_on_a_wednesday_weeks_ahead(db, today):
    make_book(slug=SAMPLE["next_meetup"]["book"])
    make_venue(name=SAMPLE["next_meetup"]["venue"])

    with time_machine.travel(f"{today}+00:00", tick=False):
        load.make_next_meetup(**SAMPLE["next_meetup"])
        meetup = Meetup.objects.get()
        days_ahead = (meetup.date - timezone.localdate()).days

    assert 21 <= days_ahead <= 27
    assert meetup.date.strftime("%A") == "Wednesday"
    assert (meetup.start_time, meetup.end_time) == (dt.time(19), dt.time(21, 30))


def test_load_sample_replaces_an_old_password_file(db, data_dir):
    path = data_dir / "organiser.txt"
    path.write_text("open to all")
    path.chmod(0o644)

    load.make_organiser(**SAMPLE["organiser"])

    assert path.read_text("utf-8").startswith("E-mail: michele@techtech.example\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("make", [make_club, make_book, make_meetup, make_writeup, make_member])
def test_load_sample_refuses_a_database_with_content(db, data_dir, make):
    make()
    before = counts()

    with pytest.raises(CommandError, match="has content already"):
        load_sample()

    assert counts() == before
    assert list(data_dir.glob("*.txt")) == []


def test_load_sample_if_empty_accepts_content(db, data_dir):
    make_book()
    before = counts()

    assert load_sample("--if-empty").startswith("The database has content already")
    assert counts() == before


@pytest.mark.all_tests
@pytest.mark.both_databases
def test_load_sample_twice_at_once_loads_it_once(transactional_db, data_dir):
    runs = race([lambda: load_sample("--if-empty")] * 2)

    assert [run.error for run in runs] == ["", ""]
    assert sorted(run.result.split(".")[0] for run in runs) == [
        "The database has content already",
        "The sample club is loaded",
    ]
    assert len(list(data_dir.glob("*.txt"))) == 1


@pytest.mark.all_tests
def test_load_sample_rolls_back_after_an_error(db, data_dir):
    (data_dir / "organiser.txt").mkdir()

    with pytest.raises(OSError):  # noqa: PT011 - which of its kinds is the system's choice
        load_sample()

    assert set(counts().values()) == {0}


def test_sample_texts_have_curly_quotes():
    for path in (FOLDER / "writeups").iterdir():
        own = FILE_QUOTE.sub("", path.read_text("utf-8"))
        assert re.findall("[!\"']", own) == []
