import datetime as dt
import re
from collections import Counter

import pytest
from bs4 import BeautifulSoup
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from books.models import Book, Note, Question, Quote, Term
from meetups.models import Meetup, Venue, WriteUp
from meetups.paste.importer import Refused, import_writeup
from meetups.paste.parser.names import read_people
from meetups.paste.pieces import Kind
from meetups.paste.sources import Unreadable
from meetups.placement import without_placeholders
from members.models import Author
from tests.factories import make_author, make_book, make_club, make_meetup, make_question, make_quote, make_venue
from tests.meetups.paste.words import words
from tests.meetups.writeups import FIXTURES, REFERENCE_PARAM, structured

HEAD = "A title\nPOSTED BY Anna Lee\n11 October 2018\n\n"
BOOK = "\n\nA Book: In Parts\n\nEd. Ann Bee and Cé Dé\n\n"
FACT_KINDS = (Kind.POSTED_ON, Kind.FACT)  # stored as dates, numbers and places, not as text

pytestmark = pytest.mark.django_db


def import_text(text, **options):
    return import_writeup(text.encode(), **options)


def reasons(result):
    return {one.text: one.reason for one in result.left_out}


def sentences(result):
    return [doubt.sentence for doubt in result.doubts]


def test_import_escapes_markdown():
    result = import_text(
        HEAD + "2018. A year.\n\n# no heading, <b> & *no* _emphasis_ [a](b)" + BOOK + "Quotes\n\n“*One* [two]”"
    )

    assert BeautifulSoup(result.writeup.body_html, "html.parser").get_text("|") == (
        "2018. A year.|\n|# no heading, <b> & *no* _emphasis_ [a](b)"
    )
    assert result.writeup.body_html.count("<p>") == 2
    assert BeautifulSoup(Quote.objects.get().text_html, "html.parser").get_text() == "*One* [two]"


@pytest.mark.parametrize("typed", ["A Book: In Parts", "a book – in parts", "A Book"])
def test_book_with_same_title_and_people_is_found(typed):
    import_text(HEAD + "Prose." + BOOK)

    result = import_text("Another title\n\nProse.\n\n" + typed + "\n\nEd. CÉ DÉ and Ann Bee\n\nQuotes\n\n“Words.”")

    assert result.writeup.book == Book.objects.get() == Quote.objects.get().book


def test_book_by_other_people_is_created_with_doubt():
    other = make_book(title="A Book", subtitle="In Parts")

    result = import_text(HEAD + "Prose." + BOOK)

    assert result.writeup.book != other
    assert any(other.get_absolute_url() in sentence for sentence in sentences(result))


def test_given_book_overrides_text():
    given_book = make_book(title="Other")

    result = import_text(HEAD + "Prose." + BOOK, book=given_book)

    assert result.writeup.book == given_book == Book.objects.get()
    assert reasons(result)["A Book: In Parts"] == "the write-up goes to “Other”, as asked"
    assert "Ed. Ann Bee and Cé Dé" in reasons(result)


def test_items_without_book_stay_in_prose():
    result = import_text(HEAD + "Prose.\n\nQuestions\n\n• Was it so?\n• “It was.” – Discuss\n\nQuotes\n\n“Words.”")

    assert re.sub(r"\n+", "\n", result.writeup.body_html) == (
        "<p>Prose.</p>\n<h4>Questions</h4>\n<ul>\n<li>Was it so?</li>\n<li>Discuss: “It was.”</li>\n</ul>\n"
        "<h4>Quotes</h4>\n<p>“Words.”</p>"
    )
    assert not Book.objects.exists()
    assert "No book is named" in sentences(result)[-1]


def test_meetup_with_same_date_and_venue_is_completed():
    venue = make_venue(name="George", area="Southwark")
    meetup = make_meetup(date=dt.date(2018, 10, 10), venue=venue, book=None)

    result = import_text(HEAD + "Nine of us met at the George in Southwark last night." + BOOK)

    meetup.refresh_from_db()
    assert result.writeup.meetup == meetup == Meetup.objects.get()
    assert (meetup.headcount, meetup.book) == (9, Book.objects.get())
    assert Venue.objects.get() == venue


def test_meetup_of_same_day_at_another_venue_is_not_reused():
    other = make_meetup(date=dt.date(2018, 10, 10), venue=make_venue(name="The Lamb"))

    result = import_text(HEAD + "Nine of us met at the George in Southwark last night.")

    assert result.writeup.meetup != other
    assert str(result.writeup.meetup.venue) == "The George, Southwark"


def test_existing_meetup_facts_are_kept_and_differences_reported():
    meetup = make_meetup(date=dt.date(2018, 10, 10), headcount=7, room="The Snug")

    result = import_text("A title\n11 October 2018\nCame: 9\nRoom: the snug\n\nProse.", meetup=meetup)

    meetup.refresh_from_db()
    assert (meetup.headcount, meetup.room) == (7, "The Snug")
    assert "The meetup keeps its headcount “7”; the text says “9”." in sentences(result)
    assert reasons(result) == {"Came: 9": "the meetup has another headcount already"}


@pytest.mark.parametrize("prose", ["I finished it last night.", "Nine of us met at the George."])
def test_text_without_meetup_date_makes_no_meetup(prose):
    result = import_text(HEAD + prose)

    assert result.writeup.meetup is None
    assert not Meetup.objects.exists()
    assert any("is not stored" in sentence for sentence in sentences(result))


def test_labelled_facts_without_a_meetup_are_left_out():
    result = import_text("A title\nVenue: The George, Southwark\n\nProse.")

    assert list(reasons(result)) == ["Venue: The George, Southwark"]


def test_venue_that_looks_like_a_home_is_private():
    result = import_text(HEAD + "Met: 9 October 2018\nVenue: Anna’s flat, 3 High Street, Southwark\n\nProse.")

    venue = result.writeup.meetup.venue
    assert (venue.name, venue.address, venue.area, venue.is_private) == (
        "Anna’s flat",
        "3 High Street",
        "Southwark",
        True,
    )
    assert any("somebody's home" in sentence for sentence in sentences(result))


def test_equal_quote_is_skipped_and_similar_one_is_reported():
    book = make_book(title="A Book")
    make_quote(book=book, text="The *lamp* knows when you are tired…")
    make_quote(book=book, text="A door that opens by itself has decided about you")
    text = "Quotes\n\n“The lamp knows when you are tired…”\n\n“A door which opens by itself has decided about you”"

    result = import_text(HEAD + "Prose.\n\n" + text, book=book)

    assert book.quotes.count() == 3
    assert "the same quote is here already" in reasons(result)["“The lamp knows when you are tired…”"]
    assert [sentence.split(":")[0] for sentence in sentences(result)] == [
        "This quote is nearly the same as another one"
    ]


def test_different_quote_is_added_without_report():
    book = make_book(title="A Book")
    make_quote(book=book, text="The sea keeps its letters")

    result = import_text(HEAD + "Prose.\n\nQuotes\n\n“The sea keeps no letters, it reads them”", book=book)

    assert (book.quotes.count(), sentences(result)) == (2, [])


def test_new_items_are_appended_without_duplicates():
    book = make_book(title="A Book")
    make_question(book=book, text="Was it so?", position=4)

    result = import_text(HEAD + "Prose.\n\nQuestions\n\n- Was it so?\n- Is it still?", book=book)

    assert list(book.questions.values_list("text", "position")) == [("Was it so?", 4), ("Is it still?", 5)]
    assert "the same question is here already" in reasons(result)["- Was it so?"]


def test_items_of_published_book_are_drafts():
    book = make_book(title="A Book")

    import_text(HEAD + "Prose.\n\nQuestions\n\n- Was it so?", book=book)

    assert Question.objects.get().published_at is None


def test_author_found_by_name_keeps_existing_fields():
    author = make_author(name="Anna Lee", bio="Reads.", phone="")

    result = import_text(HEAD + "Prose.\n\nAnna Lee\n\nAnna Lee writes.\n\nGet in touch with Anna\n\n020 7946 0018")

    author.refresh_from_db()
    assert result.writeup.author == author == Author.objects.get()
    assert (author.bio, author.phone, author.shows_phone) == ("Reads.", "020 7946 0018", False)
    assert "Anna Lee writes." in reasons(result)


def test_author_box_about_somebody_else_is_left_out():
    result = import_text(HEAD + "Prose.\n\nAbout the author\n\nBo Doe\n\nBo Doe wrote the book.")

    assert result.writeup.author.bio == ""
    assert "Bo Doe wrote the book." in reasons(result)


def test_writeup_without_author_is_posted_by_club():
    make_club(name="Night Readers")

    result = import_text("A title\n\nProse.")

    assert result.writeup.author.name == "Night Readers"
    assert "Nobody is named" in sentences(result)[0]


@pytest.mark.parametrize("text", ["A title\n\nOther prose.", "A  title\n\nProse."])
def test_import_refuses_same_title_without_date(text):
    import_text("A title\n\nProse.")

    with pytest.raises(Refused, match="exists already"):
        import_text(text)


def test_import_accepts_same_title_on_another_date():
    import_text("A title\n11 October 2018\n\nProse.")

    import_text("A title\n11 October 2019\n\nProse.")

    assert list(WriteUp.objects.order_by("pk").values_list("slug", flat=True)) == ["a-title", "a-title-2"]


def test_imported_term_has_paragraphs_and_question():
    import_text((FIXTURES / "small-machines.txt").read_text("utf-8"))

    ambient = Term.objects.get(headword="ambient consent")
    assert ambient.definition_html.count("<p>") == 2
    assert "*assumed*" in ambient.definition_html
    assert [question.text for question in ambient.questions.all()] == ["Can one refuse a room?"]


def test_numbered_list_continues_after_paragraph():
    import_text(HEAD + "Prose." + BOOK + "Key points\n\n1. One.\n2. Two.\n\nBetween.\n\n3. Three.")

    assert '<ol start="3">' in Note.objects.get().body_html


def html_to_words(html):
    return BeautifulSoup(html, "html.parser").get_text(" " if "<li>" in html or "<br" in html else "")


def rendered_texts(result):
    """Yield the texts that the pages show, and the texts that the report lists as left out."""
    writeup, book = result.writeup, result.writeup.book
    yield from (
        writeup.title,
        writeup.standfirst,
        writeup.pull_quote,
        html_to_words(without_placeholders(writeup.body_html)),
    )
    yield from (one.text for one in result.left_out)
    for note in writeup.session_notes.all():
        yield from (html_to_words(note.text_html), note.name)
    if result.splitting.of(Kind.POSTED_BY) + result.splitting.of(Kind.AUTHOR_NAME):
        yield writeup.author.name
    yield from (html_to_words(writeup.author.bio_html), writeup.author.phone, writeup.author.email)
    if book:
        yield from rendered_book_texts(book)


def rendered_book_texts(book):
    yield from (book.full_title, *(contributor.name for contributor in book.contributors.all()))
    for note in book.notes.all():
        yield from ("" if note.heading == "Points from the book" else note.heading, html_to_words(note.body_html))
    for term in book.terms.all():
        yield from (
            term.heading,
            html_to_words(term.definition_html),
            term.source.replace(", ", " "),
            term.emphasis_note,
        )
    for question in book.questions.all():
        yield from (html_to_words(question.text_html), question.lead_word, question.source.replace(", ", " "))
    for quote in book.quotes.all():
        yield from (html_to_words(quote.text_html), quote.locator, quote.written_by)
    for reading in book.readings.all():
        yield from (reading.title, reading.by, reading.url if reading.url != reading.title else "", reading.why)


def typed_texts(result):
    """Yield the expected texts: what each piece shows, or its whole source if it was left out."""
    left_out = {(one.line, one.text) for one in result.left_out}
    named = result.splitting.text_of(Kind.POSTED_BY)
    yield from (one.text for one in result.left_out)
    for piece in result.splitting.pieces:
        if (piece.first_line, piece.source) in left_out:
            continue
        if piece.kind == Kind.CONTRIBUTORS:
            yield from (person.name for person in read_people(piece.text, trusted=True))
        elif piece.kind not in FACT_KINDS and not (piece.kind == Kind.AUTHOR_NAME and named):
            yield from (piece.words, piece.heading, piece.who, piece.where, piece.why)


def assert_every_word_is_somewhere(result):
    assert Counter(words(*rendered_texts(result))) == Counter(words(*typed_texts(result)))


@pytest.mark.parametrize("path", [*sorted(FIXTURES.glob("*.txt")), REFERENCE_PARAM], ids=lambda path: path.stem)
def test_every_word_of_file_is_on_page_or_listed(path):
    assert_every_word_is_somewhere(import_writeup(path.read_bytes()))


TITLED = st.tuples(st.sampled_from(["", BOOK]), st.one_of(structured, st.text(max_size=120), structured)).map(
    lambda parts: f"{HEAD}Prose.{parts[0]}\n\n{parts[1]}"
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TITLED)
def test_every_word_of_any_text_is_on_a_page_or_listed(db, text):
    with transaction.atomic():
        try:
            result = import_text(text)
        except (Refused, Unreadable):
            assume(False)
        else:
            assert_every_word_is_somewhere(result)
        finally:
            transaction.set_rollback(True)
