import datetime as dt

import pytest

from books.models import Quote
from meetups.models import Meetup, Photo, WriteUp
from meetups.paste.importer import Refused, import_writeup, mark_as_sample
from tests import factories as make

OWN = """The Real Evening

POSTED BY Ada Byron
11th October 2018

Met: 10 October 2018
Venue: The Boot, Southwark
Came: 8

We met and talked until the candles were out.

The Lamp
By Bea Adams

Quotes from the book

“The club’s own line.”

Ada Byron

Ada writes the evenings up.
""".encode()


@pytest.fixture
def sample_writeup(db):
    """A published sample write-up with a quote, a session note and a photo."""
    book = make.make_book(title="The Lamp", published_at=None)
    make.make_contribution(book=book, contributor=make.make_contributor(name="Bea Adams"))
    make.make_quote(book=book, text="A sample line", published_at=None)
    meetup = make.make_meetup(
        date=dt.date(2018, 10, 10), venue=make.make_venue(name="The Boot", area="Southwark"), book=book
    )
    author = make.make_author(name="Ada Byron", bio="A sample bio.")
    writeup = make.make_writeup(
        title="Retold", meetup=meetup, author=author, posted_on=dt.date(2018, 10, 11), published_at=None
    )
    make.make_session_note(writeup=writeup)
    make.make_photo(writeup=writeup)
    writeup.publish()
    mark_as_sample(writeup)
    return writeup


@pytest.mark.django_db(transaction=True)
def test_unchanged_sample_is_replaced_with_its_rows(sample_writeup, media):
    later = make.make_quote(book=sample_writeup.book, text="A later line")

    result = import_writeup(OWN, publish=True)

    assert list(WriteUp.objects.all()) == [result.writeup]
    assert (result.writeup.meetup, result.writeup.book) == (sample_writeup.meetup, sample_writeup.book)
    assert list(Quote.objects.values_list("text", flat=True).order_by("pk")) == [later.text, "The club’s own line."]
    assert result.writeup.author.bio == "Ada writes the evenings up."
    assert "the sample’s retelling “Retold”, which makes way for this one" in result.found
    assert [path for path in media.rglob("*") if path.is_file()] == []


def change_prose(writeup):
    WriteUp.objects.update(body="Changed")


def change_quote(writeup):
    Quote.objects.update(text="Changed")


def change_caption(writeup):
    Photo.objects.update(caption="Changed")


def add_note(writeup):
    make.make_session_note(writeup=writeup)


def add_question(writeup):
    make.make_question(book=writeup.book, published_at=writeup.published_at)


def change_bio(writeup):
    type(writeup.author).objects.update(bio="Changed")


def take_back(writeup):
    writeup.unpublish()


@pytest.mark.parametrize(
    "touch", [change_prose, change_quote, change_caption, add_note, add_question, change_bio, take_back]
)
def test_changed_sample_stays_and_import_is_refused(sample_writeup, touch):
    touch(sample_writeup)

    with pytest.raises(Refused, match="has a write-up already: “Retold”"):
        import_writeup(OWN)

    assert list(WriteUp.objects.all()) == [sample_writeup]
    assert Quote.objects.count() == 1


def test_own_writeup_is_never_replaced(sample_writeup):
    WriteUp.objects.update(sample_fingerprint="")

    with pytest.raises(Refused):
        import_writeup(OWN)


@pytest.mark.django_db(transaction=True)
def test_dry_run_keeps_sample_and_picture(sample_writeup, media):
    import_writeup(OWN, dry_run=True)

    assert list(WriteUp.objects.all()) == [sample_writeup]
    assert Quote.objects.get().text == "A sample line"
    assert (media / sample_writeup.photos.get().image.name).exists()
    assert Meetup.objects.count() == 1
