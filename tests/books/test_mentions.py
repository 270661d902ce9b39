import pytest

from books.mentions import EXCERPT_LENGTH, find_mentions
from tests import factories as make

pytestmark = pytest.mark.django_db
TEXT = "What may not be expected in a country of eternal light?"


@pytest.fixture
def quote():
    return make.make_quote(text=TEXT)


def list_titles(quote, user):
    return [mention.title for mention in find_mentions(quote, user)]


def test_note_with_words_of_the_quote_is_a_mention(quote, visitor):
    writeup = make.make_writeup(book=quote.book, title="The evening")
    make.make_session_note(writeup=writeup, text="Nobody liked it.")
    note = make.make_session_note(writeup=writeup, text="“A COUNTRY of eternal light”, said twice", name="Nick")

    [mention] = find_mentions(quote, visitor)

    assert mention.url == f"{writeup.get_absolute_url()}#{note.anchor}"
    assert mention.title == "A note in “The evening”"
    assert "Nick" not in str(mention)


def test_writeup_with_words_of_the_quote_is_a_mention(quote, visitor):
    make.make_writeup(book=quote.book, title="It does", body="He asks *what may not* be expected there.")
    make.make_writeup(book=quote.book, title="It does not", body="We ate cake in a country house.")
    make.make_writeup(title="Of another book", body=TEXT)

    assert list_titles(quote, visitor) == ["It does"]


@pytest.mark.parametrize("hidden", [{"published_at": None}, {"audience": "members"}])
def test_hidden_writeup_and_its_notes_are_no_mentions_for_a_visitor(quote, visitor, olga, hidden):
    writeup = make.make_writeup(book=quote.book, body=TEXT, **hidden)
    make.make_session_note(writeup=writeup, text=TEXT)

    assert list_titles(quote, visitor) == []
    assert len(list_titles(quote, olga)) == 2


def test_short_quote_is_found_whole_and_one_word_is_not(visitor):
    quote = make.make_quote(text="Eternal light")
    make.make_writeup(book=quote.book, title="Whole", body="We saw eternal light, once.")
    make.make_writeup(book=quote.book, title="Part", body="We saw light.")
    word = make.make_quote(text="Light", book=quote.book)

    assert (list_titles(quote, visitor), list_titles(word, visitor)) == (["Whole"], [])


def test_long_note_is_cut_at_a_word(quote, visitor):
    make.make_session_note(writeup=make.make_writeup(book=quote.book), text=f"{TEXT} {'again and ' * 60}")

    [mention] = find_mentions(quote, visitor)

    assert len(mention.excerpt) <= EXCERPT_LENGTH + 2
    assert mention.excerpt.endswith((" again …", " and …"))


def test_mentions_take_the_same_queries_for_few_and_many_writeups(quote, visitor, django_assert_num_queries):
    for _ in range(2):
        make.make_session_note(writeup=make.make_writeup(book=quote.book), text=TEXT)
    with django_assert_num_queries(2):
        find_mentions(quote, visitor)

    for _ in range(20):
        make.make_session_note(writeup=make.make_writeup(book=quote.book), text=TEXT)

    with django_assert_num_queries(2):
        find_mentions(quote, visitor)


def test_page_of_a_quote_lists_its_mentions(client, quote):
    writeup = make.make_writeup(book=quote.book, title="The evening")
    note = make.make_session_note(writeup=writeup, text=TEXT)

    page = client.get(quote.get_absolute_url()).text

    assert "Where we discussed it" in page
    assert f'href="{writeup.get_absolute_url()}#{note.anchor}"' in page
