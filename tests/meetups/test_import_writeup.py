import io
from collections import Counter

import pytest
from django.core.management import CommandError, call_command

from books.models import Book, Note, Question, Quote, Reading, Term
from meetups.models import Meetup, SessionNote, Venue, WriteUp
from members.models import Author
from tests.factories import make_book, make_meetup, make_writeup
from tests.meetups.writeups import FIXTURES, REFERENCE, needs_reference

ROWS = (Book, Note, Term, Question, Quote, Reading, Venue, Meetup, WriteUp, SessionNote, Author)
ORCHARD = FIXTURES / "the-glass-orchard.txt"

pytestmark = pytest.mark.django_db


def run(path, *options):
    out = io.StringIO()
    call_command("import_writeup", str(path), *options, stdout=out)
    return out.getvalue()


def rows():
    return {model.__name__: count for model in ROWS if (count := model.objects.count())}


def lines_under(heading, report):
    """Return the lines of one section of the report."""
    return report.split(f"{heading}:\n")[1].split("\n\n")[0].splitlines()


@pytest.mark.parametrize(
    ("name", "made"),
    [
        (
            "the-glass-orchard",
            {"Book": 1, "Note": 1, "Question": 3, "Quote": 3, "Venue": 1, "Meetup": 1, "SessionNote": 3},
        ),
        ("night-ferry", {"Meetup": 1, "SessionNote": 3}),
        ("small-machines", {"Book": 1, "Note": 1, "Term": 2, "Question": 3, "Quote": 4, "Reading": 3}),
        (
            "salt-letters",
            {"Book": 1, "Note": 1, "Question": 4, "Quote": 3, "Venue": 1, "Meetup": 1, "SessionNote": 4},
        ),
        ("against-maps", {"Book": 1, "Note": 2, "Term": 2, "Question": 2, "Reading": 1}),
        ("bare", {}),
    ],
)
def test_import_makes_draft_rows_of_each_fixture(name, made):
    report = run(FIXTURES / f"{name}.txt")

    assert rows() == made | {"WriteUp": 1, "Author": 1}
    assert WriteUp.objects.get().published_at is None
    assert ": a draft\n" in report


def test_import_dry_run_prints_same_and_changes_nothing():
    rehearsed = run(ORCHARD, "--dry-run")
    assert rows() == {}

    done = run(ORCHARD)

    assert "Nothing has been changed" in rehearsed
    assert lines_under("Would make", rehearsed) == lines_under("Made", done)
    assert lines_under("Left out", rehearsed) == lines_under("Left out", done)


def test_import_report_counts_doubts_with_reasons():
    report = run(FIXTURES / "salt-letters.txt")

    assert "  3 quotes" in lines_under("Made", report)
    assert "  1 note" in lines_under("Made", report)
    assert "  “Key ideas”: 2 paragraphs" in lines_under("Made", report)
    assert lines_under("Unsure of", report) == [
        "  line 7: Did you meet on 12 July 2022? Worked out from “on Tuesday”.",
        "  line 14: “Grief” is taken for the name of who said it.",
    ]
    assert "  line 5: “Salt Letters”, Read Backwards – repeats the title" in lines_under("Left out", report)


def test_import_publishes_with_posted_date():
    report = run(ORCHARD, "--publish")

    writeup = WriteUp.objects.get()
    assert f"{writeup.published_at:%Y-%m-%d %H:%M}" == "2019-03-06 12:00"
    assert Quote.objects.filter(published_at=writeup.published_at).count() == 3
    assert "published as of 6 March 2019" in report


def test_import_publishes_undated_text_now_and_says_so():
    report = run(FIXTURES / "bare.txt", "--publish")

    assert WriteUp.objects.get().is_published
    assert "  line 1: It has no date, so it is published as of now." in lines_under("Unsure of", report)


def test_import_takes_book_and_meetup_by_slug():
    book = make_book(title="The Glass Orchard", slug="orchard")
    meetup = make_meetup(slug="that-evening", book=None, date=None)

    run(ORCHARD, "--book", "orchard", "--meetup", "that-evening")

    writeup = WriteUp.objects.get()
    assert (writeup.book, writeup.meetup) == (book, meetup)
    assert (writeup.meetup.book, str(writeup.meetup.date), writeup.meetup.headcount) == (book, "2019-03-05", 11)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--book", "There is no book with the slug “nowhere”"),
        ("--meetup", "There is no meetup with the slug “nowhere”"),
    ],
)
def test_import_refuses_unknown_slug(option, words):
    with pytest.raises(CommandError, match=words):
        run(ORCHARD, option, "nowhere")

    assert rows() == {}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "This is a picture"),
        (b"a" * 1_048_577, "larger than 1 MB"),
        (("Long. " * 100).encode(), "There is no title"),
    ],
)
def test_import_refuses_file_without_writeup(tmp_path, data, words):
    path = tmp_path / "file.txt"
    path.write_bytes(data)

    with pytest.raises(CommandError, match=words):
        run(path)

    assert rows() == {}


@pytest.mark.parametrize("name", ["missing.txt", ""])
def test_import_refuses_unreadable_file(tmp_path, name):
    with pytest.raises(CommandError, match="can't be opened"):
        run(tmp_path / name)


def test_import_refusal_late_in_text_rolls_back(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text(ORCHARD.read_text("utf-8").replace("a kind of promise", "[" * 3000), "utf-8")

    with pytest.raises(CommandError, match=r"Line 33 makes no question that can be kept: text – .*too many"):
        run(path)

    assert rows() == {}


def test_import_refuses_same_writeup_with_link():
    run(ORCHARD)
    before = rows()

    with pytest.raises(
        CommandError, match=r"exists already: .*http://localhost:8000/write-ups/an-evening-in-the-glass-orchard/"
    ):
        run(ORCHARD)

    assert rows() == before


def test_import_refuses_second_writeup_of_meetup_with_link():
    meetup = make_meetup(slug="that-evening")
    make_writeup(meetup=meetup, slug="first")

    with pytest.raises(CommandError, match=r"has a write-up already: .*/write-ups/first/"):
        run(ORCHARD, "--meetup", "that-evening")

    assert WriteUp.objects.count() == 1


def test_import_prints_names_that_everybody_will_read(tmp_path):
    path = tmp_path / "night.txt"
    path.write_text("A Night\nPosted by Ann Lee\n3 April 2025\n\nWe met. Nadia cried.\n\nRatings\n\nTim: 4\nBo: 2\n")

    report = run(path, "--dry-run")

    assert lines_under("Names that everybody will read", report) == ["  line 5: Nadia", "  line 7: Tim, Bo"]


@needs_reference
def test_import_reference_makes_every_row():
    report = run(REFERENCE)

    assert rows() == {
        "Book": 1, "Note": 1, "Term": 1, "Question": 10, "Quote": 17, "Venue": 1, "Meetup": 1, "WriteUp": 1,
        "SessionNote": 5, "Author": 1,
    }  # fmt: skip
    assert "  “Some points from the book”: 4 points, 3 paragraphs, 3 points" in lines_under("Made", report)
    assert len(lines_under("Unsure of", report)) == 7
    assert "  names on session notes, which visitors do not see: Nick" in lines_under("Made", report)
    assert "  the phone number of Michele Baker, hidden until it is chosen to be shown" in lines_under("Made", report)
    assert len(lines_under("Left out", report)) == 14


@needs_reference
def test_import_reference_book_and_editors():
    run(REFERENCE)

    book = Book.objects.get()
    assert (book.title, book.subtitle) == ("Smart Urbanism", "Utopian Vision or False Dawn?")
    assert [(entry.contributor.name, entry.role) for entry in book.contributions.all()] == [
        ("Simon Marvin", "edt"),
        ("Andrés Luque-Ayala", "edt"),
        ("Colin McFarlane", "edt"),
    ]


@needs_reference
def test_import_reference_meetup_and_author():
    run(REFERENCE, "--publish")

    writeup = WriteUp.objects.get()
    meetup, author = writeup.meetup, writeup.author
    assert (str(meetup.date), str(meetup.venue), meetup.room) == (
        "2018-10-10",
        "The Boot and Flogger, Southwark",
        "private room",
    )
    assert (meetup.headcount, str(writeup.posted_on), writeup.standfirst) == (8, "2018-10-11", "")
    assert writeup.pull_quote == "What happens in book club, stays in book club"
    assert (author.name, author.job_title) == ("Michele Baker", "Senior Content Strategist at TDMB")
    assert (author.phone, author.shown_phone) == ("01306 632 854", "")
    assert f"{writeup.published_at:%Y-%m-%d}" == "2018-10-11"


@needs_reference
def test_import_reference_items_are_related():
    run(REFERENCE)

    note, term = Note.objects.get(), Term.objects.get()
    assert (note.body_html.count("<ul>"), note.body_html.count("<li>"), note.body_html.count("<p>")) == (2, 7, 3)
    assert (term.definition_html.count("<p>"), term.emphasis_note) == (2, "Italics mine")
    assert term.headword == "technocratic governance"
    assert Question.objects.get(term=term).text.startswith("Based on this definition")
    assert Question.objects.get(is_quotation=True).text.startswith("Looking at history")
    assert Counter(Question.objects.values_list("lead_word", flat=True)) == {"Discuss": 2, "": 8}
    assert list(SessionNote.objects.values_list("name", flat=True)) == ["", "", "Nick", "", ""]


@needs_reference
def test_import_reference_quotes_are_exact():
    run(REFERENCE)

    typed = REFERENCE.read_text("utf-8").split("Quotes from the book")[1].splitlines()
    assert list(Quote.objects.values_list("text", flat=True)) == [line.strip("“”") for line in typed if "“" in line]
