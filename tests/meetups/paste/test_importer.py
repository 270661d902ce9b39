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
from meetups.paste.parser import Kind, Shape, Unreadable
from members.models import Author
from tests.factories import make_author, make_book, make_club, make_meetup, make_question, make_quote, make_venue
from tests.meetups.writeups import FIXTURES, REFERENCE, structured

HEAD = "A title\nPOSTED BY Anna Lee\n11 October 2018\n\n"
BOOK = "\n\nA Book: In Parts\n\nEd. Ann Bee and Cé Dé\n\n"
FACTS = (Kind.POSTED_ON, Kind.FACT)  # kept as dates, numbers and places
AS_TYPED = (Kind.TERM, Kind.QUESTION, Kind.QUOTE, Kind.READING)  # without a book

pytestmark = pytest.mark.django_db


def bring_in(text, **options):
    return import_writeup(text.encode(), **options)


def reasons(done):
    return {one.text: one.reason for one in done.left_out}


def sentences(done):
    return [doubt.sentence for doubt in done.doubts]


def test_import_escapes_markdown():
    done = bring_in(
        HEAD + "2018. A year.\n\n# no heading, <b> & *no* _emphasis_ [a](b)" + BOOK + "Quotes\n\n“*One* [two]”"
    )

    assert BeautifulSoup(done.writeup.body_html, "html.parser").get_text("|") == (
        "2018. A year.|\n|# no heading, <b> & *no* _emphasis_ [a](b)"
    )
    assert done.writeup.body_html.count("<p>") == 2
    assert BeautifulSoup(Quote.objects.get().text_html, "html.parser").get_text() == "*One* [two]"


@pytest.mark.parametrize("typed", ["A Book: In Parts", "a book – in parts", "A Book"])
def test_book_of_the_same_title_and_people_is_found(typed):
    bring_in(HEAD + "Prose." + BOOK)

    done = bring_in("Another title\n\nProse.\n\n" + typed + "\n\nEd. CÉ DÉ and Ann Bee\n\nQuotes\n\n“Words.”")

    assert done.writeup.book == Book.objects.get() == Quote.objects.get().book


def test_book_by_other_people_is_new_and_doubted():
    other = make_book(title="A Book", subtitle="In Parts")

    done = bring_in(HEAD + "Prose." + BOOK)

    assert done.writeup.book != other
    assert any(other.get_absolute_url() in sentence for sentence in sentences(done))


def test_given_book_overrides_text():
    given_book = make_book(title="Other")

    done = bring_in(HEAD + "Prose." + BOOK, book=given_book)

    assert done.writeup.book == given_book == Book.objects.get()
    assert reasons(done)["A Book: In Parts"] == "the write-up goes to “Other”, as asked"
    assert "Ed. Ann Bee and Cé Dé" in reasons(done)


def test_items_without_a_book_stay_in_the_prose():
    done = bring_in(HEAD + "Prose.\n\nQuestions\n\n• Was it so?\n• “It was.” – Discuss\n\nQuotes\n\n“Words.”")

    assert re.sub(r"\n+", "\n", done.writeup.body_html) == (
        "<p>Prose.</p>\n<h4>Questions</h4>\n<ul>\n<li>Was it so?</li>\n<li>“It was.” – Discuss</li>\n</ul>\n"
        "<h4>Quotes</h4>\n<p>“Words.”</p>"
    )
    assert not Book.objects.exists()
    assert "No book is named" in sentences(done)[-1]


def test_meetup_of_the_same_date_and_venue_is_found_and_completed():
    venue = make_venue(name="George", area="Southwark")
    meetup = make_meetup(date=dt.date(2018, 10, 10), venue=venue, book=None)

    done = bring_in(HEAD + "Nine of us met at the George in Southwark last night." + BOOK)

    meetup.refresh_from_db()
    assert done.writeup.meetup == meetup == Meetup.objects.get()
    assert (meetup.headcount, meetup.book) == (9, Book.objects.get())
    assert Venue.objects.get() == venue


def test_meetup_of_the_same_day_elsewhere_is_another_one():
    other = make_meetup(date=dt.date(2018, 10, 10), venue=make_venue(name="The Lamb"))

    done = bring_in(HEAD + "Nine of us met at the George in Southwark last night.")

    assert done.writeup.meetup != other
    assert str(done.writeup.meetup.venue) == "The George, Southwark"


def test_existing_meetup_facts_are_kept_and_differences_reported():
    meetup = make_meetup(date=dt.date(2018, 10, 10), headcount=7, room="The Snug")

    done = bring_in("A title\n11 October 2018\nCame: 9\nRoom: the snug\n\nProse.", meetup=meetup)

    meetup.refresh_from_db()
    assert (meetup.headcount, meetup.room) == (7, "The Snug")
    assert "The meetup keeps its headcount “7”; the text says “9”." in sentences(done)
    assert reasons(done) == {"Came: 9": "the meetup has another headcount already"}


@pytest.mark.parametrize("prose", ["I finished it last night.", "Nine of us met at the George."])
def test_text_without_meetup_date_makes_no_meetup(prose):
    done = bring_in(HEAD + prose)

    assert done.writeup.meetup is None
    assert not Meetup.objects.exists()
    assert any("kept nowhere" in sentence for sentence in sentences(done))


def test_labelled_facts_without_a_meetup_are_left_out():
    done = bring_in("A title\nVenue: The George, Southwark\n\nProse.")

    assert list(reasons(done)) == ["Venue: The George, Southwark"]


def test_venue_that_looks_like_a_home_is_private():
    done = bring_in(HEAD + "Met: 9 October 2018\nVenue: Anna’s flat, 3 High Street, Southwark\n\nProse.")

    venue = done.writeup.meetup.venue
    assert (venue.name, venue.address, venue.area, venue.is_private) == (
        "Anna’s flat",
        "3 High Street",
        "Southwark",
        True,
    )
    assert any("somebody's home" in sentence for sentence in sentences(done))


def test_same_quote_is_not_doubled_and_a_near_one_is_listed():
    book = make_book(title="A Book")
    make_quote(book=book, text="The *lamp* knows when you are tired…")
    make_quote(book=book, text="A door that opens by itself has decided about you")
    text = "Quotes\n\n“The lamp knows when you are tired…”\n\n“A door which opens by itself has decided about you”"

    done = bring_in(HEAD + "Prose.\n\n" + text, book=book)

    assert book.quotes.count() == 3
    assert "the same quote is here already" in reasons(done)["“The lamp knows when you are tired…”"]
    assert [sentence.split(":")[0] for sentence in sentences(done)] == ["This quote is nearly the same as another one"]


def test_different_quotes_are_neither_dropped_nor_listed():
    book = make_book(title="A Book")
    make_quote(book=book, text="The sea keeps its letters")

    done = bring_in(HEAD + "Prose.\n\nQuotes\n\n“The sea keeps no letters, it reads them”", book=book)

    assert (book.quotes.count(), sentences(done)) == (2, [])


def test_new_items_are_appended_without_duplicates():
    book = make_book(title="A Book")
    make_question(book=book, text="Was it so?", position=4)

    done = bring_in(HEAD + "Prose.\n\nQuestions\n\n- Was it so?\n- Is it still?", book=book)

    assert list(book.questions.values_list("text", "position")) == [("Was it so?", 4), ("Is it still?", 5)]
    assert "the same question is here already" in reasons(done)["- Was it so?"]


def test_items_are_drafts_also_of_a_published_book():
    book = make_book(title="A Book")

    bring_in(HEAD + "Prose.\n\nQuestions\n\n- Was it so?", book=book)

    assert Question.objects.get().published_at is None


def test_author_found_by_name_keeps_existing_fields():
    author = make_author(name="Anna Lee", bio="Reads.", phone="")

    done = bring_in(HEAD + "Prose.\n\nAnna Lee\n\nAnna Lee writes.\n\nGet in touch with Anna\n\n020 7946 0018")

    author.refresh_from_db()
    assert done.writeup.author == author == Author.objects.get()
    assert (author.bio, author.phone, author.shows_phone) == ("Reads.", "020 7946 0018", False)
    assert "Anna Lee writes." in reasons(done)


def test_box_about_somebody_else_is_left_out():
    done = bring_in(HEAD + "Prose.\n\nAbout the author\n\nBo Doe\n\nBo Doe wrote the book.")

    assert done.writeup.author.bio == ""
    assert "Bo Doe wrote the book." in reasons(done)


def test_write_up_that_names_nobody_is_posted_by_the_club():
    make_club(name="Night Readers")

    done = bring_in("A title\n\nProse.")

    assert done.writeup.author.name == "Night Readers"
    assert "Nobody is named" in sentences(done)[0]


@pytest.mark.parametrize("text", ["A title\n\nOther prose.", "A  title\n\nProse."])
def test_same_title_without_a_date_is_the_same_write_up(text):
    bring_in("A title\n\nProse.")

    with pytest.raises(Refused, match="is in already"):
        bring_in(text)


def test_same_title_on_another_date_is_another_write_up():
    bring_in("A title\n11 October 2018\n\nProse.")

    bring_in("A title\n11 October 2019\n\nProse.")

    assert list(WriteUp.objects.order_by("pk").values_list("slug", flat=True)) == ["a-title", "a-title-2"]


def test_term_keeps_its_paragraphs_and_its_question():
    bring_in((FIXTURES / "small-machines.txt").read_text("utf-8"))

    ambient = Term.objects.get(headword="ambient consent")
    assert ambient.definition_html.count("<p>") == 2
    assert "*assumed*" in ambient.definition_html
    assert [question.text for question in ambient.questions.all()] == ["Can one refuse a room?"]


def test_numbered_points_keep_their_numbers_after_a_paragraph():
    bring_in(HEAD + "Prose." + BOOK + "Key points\n\n1. One.\n2. Two.\n\nBetween.\n\n3. Three.")

    assert '<ol start="3">' in Note.objects.get().body_html


def words(*texts):
    return Counter(word for text in texts for word in text.split())


def shown(html):
    return BeautifulSoup(html, "html.parser").get_text(" " if "<li>" in html or "<br" in html else "")


def rendered(done):
    """Every word that the pages would show of the rows, and every word that the report lists as left out."""
    writeup, book = done.writeup, done.writeup.book
    yield from (writeup.title, writeup.standfirst, writeup.pull_quote, shown(writeup.body_html))
    yield from (one.text for one in done.left_out)
    for note in writeup.session_notes.all():
        yield from (shown(note.text_html), note.name)
    if done.splitting.of(Kind.POSTED_BY) + done.splitting.of(Kind.AUTHOR_NAME):
        yield writeup.author.name
    yield from (shown(writeup.author.bio_html), writeup.author.phone, writeup.author.email)
    if book:
        yield from rendered_book(book)


def rendered_book(book):
    yield from (book.full_title, *(contributor.name for contributor in book.contributors.all()))
    for note in book.notes.all():
        yield from ("" if note.heading == "Points from the book" else note.heading, shown(note.body_html))
    for term in book.terms.all():
        yield from (term.heading, shown(term.definition_html), term.source.replace(", ", " "), term.emphasis_note)
    for question in book.questions.all():
        yield from (shown(question.text_html), question.lead_word, question.source.replace(", ", " "))
    for quote in book.quotes.all():
        yield from (shown(quote.text_html), quote.locator, quote.written_by)
    for reading in book.readings.all():
        yield from (reading.title, reading.by, reading.url if reading.url != reading.title else "", reading.why)


def typed(done):
    """The same from the file: each piece's words, or its whole source where it was left out."""
    left_out = {(one.line, one.text) for one in done.left_out}
    pieces = [piece for piece in done.splitting.pieces if piece.kind != Kind.NOTE] + done.splitting.notes
    named = done.splitting.text_of(Kind.POSTED_BY)
    for piece in pieces:
        if (piece.first_line, piece.source) in left_out:
            yield piece.source
        elif piece.kind in AS_TYPED and not done.writeup.book:
            yield piece.source if piece.shape == Shape.PARAGRAPH else piece.source.split(None, 1)[1]
        elif piece.kind not in FACTS and not (piece.kind == Kind.AUTHOR_NAME and named):
            yield from piece.content


def letters(counter):
    """Without signs, of which headings lose theirs on the way into the prose."""
    return Counter(character for word in counter.elements() for character in word if character.isalnum())


def assert_every_word_is_somewhere(done):
    one, two = words(*rendered(done)), words(*typed(done))
    if not done.writeup.book:
        one, two = letters(one), letters(two)
    assert one == two


@pytest.mark.parametrize("path", [*sorted(FIXTURES.glob("*.txt")), REFERENCE], ids=lambda path: path.stem)
def test_every_word_of_file_is_on_page_or_listed(path):
    if not path.exists():
        pytest.skip("the reference is not at hand")

    assert_every_word_is_somewhere(import_writeup(path.read_bytes()))


TITLED = st.tuples(st.sampled_from(["", BOOK]), st.one_of(structured, st.text(max_size=120), structured)).map(
    lambda parts: f"{HEAD}Prose.{parts[0]}\n\n{parts[1]}"
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TITLED)
def test_every_word_of_any_text_is_on_a_page_or_listed(db, text):
    with transaction.atomic():
        try:
            done = bring_in(text)
        except (Refused, Unreadable):
            assume(False)
        else:
            assert_every_word_is_somewhere(done)
        finally:
            transaction.set_rollback(True)
