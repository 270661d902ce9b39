"""Photos and the pull quote stand where the author put them."""

import pytest

from meetups.models import WriteUp
from meetups.paste.importer import import_writeup
from tests.factories import make_photo, make_writeup
from tests.pages import soup_of

pytestmark = pytest.mark.django_db


def order_on_page(client, writeup):
    """Return what stands in the write-up's text: words of paragraphs, "photo: …", "pull quote"."""
    section = soup_of(client.get(writeup.get_absolute_url())).select_one("#evening")
    found = []
    for element in section.find_all(["p", "figure", "aside"], recursive=False):
        if element.name == "figure":
            found.append(f"photo: {element.img['alt']}")
        else:
            found.append("pull quote" if element.name == "aside" else element.get_text(strip=True))
    return found


def test_photo_and_pull_quote_stand_at_their_lines(client):
    writeup = make_writeup(pull_quote="Read on", body="One.\n\n[photo 2]\n\nTwo.\n\n[pull quote]\n\nThree.\n\n[photo]")
    for alt in ("first", "second"):
        make_photo(writeup=writeup, alt=alt)

    assert order_on_page(client, writeup) == ["One.", "photo: second", "Two.", "pull quote", "Three.", "photo: first"]


def test_without_a_line_of_their_own_they_stand_before_the_text(client):
    writeup = make_writeup(pull_quote="Read on", body="One.")
    make_photo(writeup=writeup, alt="first")

    assert order_on_page(client, writeup) == ["photo: first", "pull quote", "One."]


def test_line_for_a_photo_that_is_missing_stays_as_typed(client):
    writeup = make_writeup(pull_quote="", body="One.\n\n[photo 3]\n\nIt is on [photo] two.\n\n[photo]\n\n[photo]")
    make_photo(writeup=writeup, alt="first")

    assert order_on_page(client, writeup) == ["One.", "[photo 3]", "It is on [photo] two.", "photo: first", "[photo]"]


def test_photo_without_words_keeps_its_number_and_is_not_shown(client):
    writeup = make_writeup(pull_quote="Read on", body="[photo]\n\nOne.\n\n[photo 2]")
    make_photo(writeup=writeup, alt="")
    make_photo(writeup=writeup, alt="", is_decorative=True)

    assert order_on_page(client, writeup) == ["pull quote", "One.", "photo: "]


def test_description_has_no_placeholders(client):
    writeup = make_writeup(pull_quote="Read on", standfirst="", body="[pull quote]\n\nOne.")

    page = soup_of(client.get(writeup.get_absolute_url()))

    assert page.select_one("meta[name=description]")["content"].strip() == "One."


def test_pull_quote_of_an_import_stands_where_it_stood_in_the_text():
    text = "A title\n11 October 2018\n\nOne went on.\n\n“What happens here, stays here”\n\nTwo went on."

    import_writeup(text.encode())

    writeup = WriteUp.objects.get()
    assert (writeup.body, writeup.pull_quote) == (
        "One went on.\n\n[pull quote]\n\nTwo went on.",
        "What happens here, stays here",
    )
